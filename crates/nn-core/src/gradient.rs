//! The last step of backpropagation, dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, block by block.
//!
//! A row of dW_l belongs to one input of the layer and does not depend on the other rows. So a block of rows
//! can be used while it is in the processor's first-level cache.

use std::ops::Range;

use crate::float::Float;
use crate::input::{Batch, Factor, FactorScratch, SparseScratch};
use crate::kernel::{Buffer, vectorised};
use crate::mlp::{Layer, Mlp};
use crate::params::Params;
use crate::workspace::PerLayer;

/// The loss of a batch and the factors of its gradient, which is computed on request, whole or block by block.
#[must_use = "the gradient is not computed yet"]
pub struct Backpropagation<'a, F> {
    network: &'a Mlp,
    loss: F,
    layers: PerLayer<LayerGradient<'a, F>>,
    /// Memory for a block of the gradient.
    block: &'a mut Buffer<F>,
}

/// Contiguous parameters of one layer, either weights or biases, with their gradient.
#[derive(Debug)]
pub struct GradientBlock<'a, F, const N: usize> {
    /// The parameters' positions in [`Params::as_slice`].
    pub range: Range<usize>,
    /// Whether the parameters are biases.
    pub is_bias: bool,
    /// The parameters.
    pub params: &'a mut [F],
    /// The optimizer's state for the parameters, such as their velocity.
    pub state: [&'a mut [F]; N],
    /// The parameters' gradient. Changes of this copy have no effect elsewhere.
    pub gradient: &'a mut [F],
}

/// The function that takes a block: its range of the parameters, whether they are biases, and their gradient.
pub(crate) type Take<'f, F> = &'f mut dyn FnMut(Range<usize>, bool, &mut [F]);

impl<'a, F: Float> Backpropagation<'a, F> {
    pub(crate) fn new(
        network: &'a Mlp,
        loss: F,
        layers: PerLayer<LayerGradient<'a, F>>,
        block: &'a mut Buffer<F>,
    ) -> Self {
        Self {
            network,
            loss,
            layers,
            block,
        }
    }

    /// The batch's mean cross-entropy, in nats.
    pub fn loss(&self) -> F {
        self.loss
    }

    /// Panics unless there are as many numbers as parameters of the network.
    pub(crate) fn expect_size(&self, numbers: &Params<F>) {
        let expected = self.network.parameter_count();
        assert_eq!(numbers.as_slice().len(), expected, "one network");
    }

    /// Computes the gradient block by block, and calls `take` for each block.
    pub(crate) fn by_blocks(self, take: Take<'_, F>) {
        for layer in &self.layers {
            layer.by_blocks(self.block, take);
        }
    }
}

/// The factors of a layer's gradient.
pub(crate) struct LayerGradient<'a, F> {
    layer: Layer,
    /// A_{l−1} [examples × fan-in].
    input: Batch<'a, F>,
    /// δ_l [examples × fan-out].
    delta: &'a [F],
    /// δ_l, packed for A_{l−1}ᵀ·δ_l.
    packed: Factor<'a, F>,
    /// The sorted examples, from the product A_{l−1}·W_l.
    sorted: &'a SparseScratch<F>,
}

impl<'a, F: Float> LayerGradient<'a, F> {
    pub(crate) fn new(
        layer: Layer,
        input: Batch<'a, F>,
        delta: &'a [F],
        sorted: &'a SparseScratch<F>,
        scratch: &'a mut FactorScratch<F>,
    ) -> Self {
        Self {
            layer,
            input,
            delta,
            packed: input.pack_delta(delta, layer.fan_out, scratch),
            sorted,
        }
    }

    /// Computes this layer's gradient, block by block: the rows of dW, then db.
    fn by_blocks(&self, scratch: &mut Buffer<F>, take: Take<'_, F>) {
        let Layer {
            fan_out, offset, ..
        } = self.layer;
        let (packed, sorted) = (&self.packed, self.sorted);
        self.input.tr_mul(packed, sorted, scratch, |rows, block| {
            let range = offset + rows.start * fan_out..offset + rows.end * fan_out;
            take(range, false, block);
        });
        let sums = scratch.sized(fan_out);
        sum_rows(self.delta, sums);
        take(self.layer.biases(), true, sums);
    }
}

vectorised! {
    /// `sums` [width] ← the sum of the rows of `matrix` [_ × width].
    fn sum_rows<'a, F>(matrix: &'a [F], sums: &'a mut [F]) {
        sums.fill(F::zero());
        for row in matrix.chunks_exact(sums.len()) {
            for (sum, &x) in sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
    }
}
