//! The room that a forward and a backward pass need, and how threads share it.

use std::ops::Range;

use smallvec::SmallVec;

use crate::buffer::Buffer;
use crate::input::{Room, Scratch};
use crate::mlp::Mlp;
use crate::scalar::Scalar;

/// Something for each layer; on the heap only for networks of more than three hidden layers.
pub(crate) type PerLayer<T> = SmallVec<[T; 4]>;

/// Scratch space for [`Mlp::forward`] and [`Mlp::backpropagate`]. Its owner keeps it from call to
/// call; it grows to the largest batch seen and then allocates nothing.
#[derive(Clone, Debug)]
pub struct Workspace<F> {
    pub(crate) threads: usize,
    pub(crate) layers: Vec<LayerRoom<F>>,
    /// Cross-entropy of each example. [capacity]
    pub(crate) losses: Buffer<F>,
    /// One for each thread.
    pub(crate) rooms: Vec<Room<F>>,
}

/// A layer's part.
#[derive(Clone, Debug)]
pub(crate) struct LayerRoom<F> {
    /// What the forward pass leaves: activations, in the last layer logits. [capacity × fan-out]
    pub(crate) output: Buffer<F>,
    /// δ = dE/dz, z being the layer's weighted input. [capacity × fan-out]
    pub(crate) delta: Buffer<F>,
    /// The right-hand factors of this layer's three products: A·W, δ·Wᵀ and Aᵀ·δ.
    pub(crate) forward: Scratch<F>,
    pub(crate) backward: Scratch<F>,
    pub(crate) gradient: Scratch<F>,
}

impl<F> Default for LayerRoom<F> {
    fn default() -> Self {
        Self {
            output: Buffer::default(),
            delta: Buffer::default(),
            forward: Scratch::default(),
            backward: Scratch::default(),
            gradient: Scratch::default(),
        }
    }
}

impl<F: Scalar> Default for Workspace<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Scalar> Workspace<F> {
    /// An empty one, which grows at its first use; its work is done by the thread that calls.
    pub fn new() -> Self {
        Self::with_threads(1)
    }

    /// An empty one whose work is shared by `threads` threads: those of the [`rayon`] pool in which a
    /// pass is called, which should have as many. Results do not depend on their number.
    pub fn with_threads(threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            threads,
            layers: Vec::new(),
            losses: Buffer::default(),
            rooms: (0..threads).map(|_| Room::default()).collect(),
        }
    }

    /// Makes room for a batch of `examples`; `backward` asks for the hidden layers' δ too.
    pub(crate) fn reserve(&mut self, network: &Mlp, examples: usize, backward: bool) {
        let depth = network.depth();
        self.layers.resize_with(depth, LayerRoom::default);
        self.losses.sized(examples);
        for (index, layer) in network.layers().enumerate() {
            self.layers[index].output.sized(examples * layer.fan_out);
            // Even without a backward pass, the loss does its sums in the last layer's δ.
            if backward || index + 1 == depth {
                self.layers[index].delta.sized(examples * layer.fan_out);
            }
        }
    }
}

/// The room of some of a batch's examples, in every layer.
pub(crate) struct Rows<'w, F> {
    pub(crate) examples: Range<usize>,
    pub(crate) layers: PerLayer<LayerRows<'w, F>>,
    pub(crate) losses: &'w mut [F],
}

/// One layer's outputs and deltas [examples × fan-out].
pub(crate) struct LayerRows<'w, F> {
    pub(crate) fan_out: usize,
    pub(crate) output: &'w mut [F],
    /// Empty where a pass needs none.
    pub(crate) delta: &'w mut [F],
}

impl<'w, F: Scalar> Rows<'w, F> {
    /// Does `work` for all rows, in `parts` parts that may run at once.
    pub(crate) fn in_parts(self, parts: usize, work: &(impl Fn(Self) + Sync)) {
        if parts <= 1 || self.examples.len() < 2 {
            return work(self);
        }
        let count = self.examples.len() * (parts / 2) / parts;
        let (first, second) = self.split_at(count);
        rayon::join(
            || first.in_parts(parts / 2, work),
            || second.in_parts(parts - parts / 2, work),
        );
    }

    fn split_at(self, count: usize) -> (Self, Self) {
        let Range { start, end } = self.examples;
        let layers = self.layers.into_iter();
        let (layers, others) = layers.map(|layer| layer.split_at(count)).unzip();
        let (losses, other_losses) = self.losses.split_at_mut(count);
        let first = Self {
            examples: start..start + count,
            layers,
            losses,
        };
        let second = Self {
            examples: start + count..end,
            layers: others,
            losses: other_losses,
        };
        (first, second)
    }
}

impl<'w, F> LayerRows<'w, F> {
    fn split_at(self, examples: usize) -> (Self, Self) {
        let numbers = examples * self.fan_out;
        let (output, other_output) = self.output.split_at_mut(numbers);
        let (delta, other_delta) = self.delta.split_at_mut(numbers.min(self.delta.len()));
        let rows = |output, delta| Self {
            fan_out: self.fan_out,
            output,
            delta,
        };
        (rows(output, delta), rows(other_output, other_delta))
    }
}
