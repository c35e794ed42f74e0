//! The room that a forward and a backward pass need.

use crate::input::Scratch;
use crate::mlp::Mlp;
use crate::scalar::Scalar;

/// Scratch space for [`Mlp::forward`] and [`Mlp::loss_and_grad`]. Its owner keeps it from call to
/// call; it grows to the largest batch seen and then allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Workspace<F> {
    /// For each layer, what the forward pass leaves: activations, in the last layer logits.
    /// [capacity × fan-out]
    pub(crate) outputs: Vec<Vec<F>>,
    /// For each layer, δ = dE/dz, z being the layer's weighted input. [capacity × fan-out]
    pub(crate) deltas: Vec<Vec<F>>,
    /// Cross-entropy of each example. [capacity]
    pub(crate) losses: Vec<F>,
    pub(crate) scratch: Scratch<F>,
}

impl<F: Scalar> Workspace<F> {
    /// An empty one, which grows at its first use.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for a batch of `examples`; `backward` asks for the hidden layers' δ too.
    pub(crate) fn reserve(&mut self, network: &Mlp, examples: usize, backward: bool) {
        let depth = network.depth();
        self.outputs.resize_with(depth, Vec::new);
        self.deltas.resize_with(depth, Vec::new);
        grow(&mut self.losses, examples);
        for (index, layer) in network.layers().enumerate() {
            grow(&mut self.outputs[index], examples * layer.fan_out);
            // Even without a backward pass, the loss does its sums in the last layer's δ.
            if backward || index + 1 == depth {
                grow(&mut self.deltas[index], examples * layer.fan_out);
            }
        }
    }
}

fn grow<F: Scalar>(buffer: &mut Vec<F>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, F::zero());
    }
}
