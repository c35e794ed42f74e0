//! The last step of backpropagation, dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, block by block.
//!
//! A row of dW_l belongs to one input of the layer and does not depend on the other rows. So a block of rows
//! can be used while it is in the processor's first-level cache, and several threads can share the work.

use std::ops::Range;

use smallvec::SmallVec;

use crate::float::Float;
use crate::input::{Batch, Factor, FactorScratch, GROUP, SparseScratch};
use crate::join::join;
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
    /// For each thread, memory for a block of a gradient.
    blocks: &'a mut [Buffer<F>],
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

/// The same block of several `Params`, such as parameters and velocity.
pub(crate) type Slices<'a, F> = SmallVec<[&'a mut [F]; 4]>;

/// The function that takes a block: its range of the parameters, whether they are biases, their slices, and their
/// gradient.
pub(crate) type Take<'f, F> = &'f (dyn Fn(Range<usize>, bool, Slices<'_, F>, &mut [F]) + Sync);

impl<'a, F: Float> Backpropagation<'a, F> {
    pub(crate) fn new(
        network: &'a Mlp,
        loss: F,
        layers: PerLayer<LayerGradient<'a, F>>,
        blocks: &'a mut [Buffer<F>],
    ) -> Self {
        Self {
            network,
            loss,
            layers,
            blocks,
        }
    }

    /// The batch's mean cross-entropy, in nats.
    pub fn loss(&self) -> F {
        self.loss
    }

    /// Computes the gradient block by block, and calls `take` for each block with its slices of `all`.
    pub(crate) fn by_blocks(self, all: &mut [&mut Params<F>], take: Take<'_, F>) {
        let parameters = self.network.parameter_count();
        let slices: Slices<'_, F> = all.iter_mut().map(|params| params.as_mut_slice()).collect();
        for slice in &slices {
            assert_eq!(slice.len(), parameters, "one network");
        }
        let chunks = Chunks {
            network: self.network,
            layers: &self.layers,
            count: self.blocks.len(),
            take,
        };
        chunks.for_each(0..chunks.count, slices, self.blocks);
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
    sorted: &'a [SparseScratch<F>],
}

impl<'a, F: Float> LayerGradient<'a, F> {
    pub(crate) fn new(
        layer: Layer,
        input: Batch<'a, F>,
        delta: &'a [F],
        sorted: &'a [SparseScratch<F>],
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

    /// Computes rows of this layer's gradient [_ × fan-out], block by block. The last row is db, and the others are dW.
    fn rows(
        &self,
        rows: Range<usize>,
        scratch: &mut Buffer<F>,
        mut take: impl FnMut(Range<usize>, bool, &mut [F]),
    ) {
        let Layer {
            fan_in,
            fan_out,
            offset,
        } = self.layer;
        let place = |rows: Range<usize>| offset + rows.start * fan_out..offset + rows.end * fan_out;
        let weights = rows.start..rows.end.min(fan_in);
        if !weights.is_empty() {
            self.input.tr_mul(
                weights,
                &self.packed,
                self.sorted,
                scratch,
                |rows, block| {
                    take(place(rows), false, block);
                },
            );
        }
        if rows.contains(&fan_in) {
            let sums = scratch.sized(fan_out);
            sum_rows(self.delta, sums);
            take(place(fan_in..fan_in + 1), true, sums);
        }
    }
}

/// Cuts each of several slices in two.
fn split_at<'a, F>(slices: Slices<'a, F>, position: usize) -> (Slices<'a, F>, Slices<'a, F>) {
    let halves = slices.into_iter().map(|slice| slice.split_at_mut(position));
    halves.unzip()
}

/// The parameters, divided into one chunk per thread, and the function that takes their gradient.
struct Chunks<'c, 'a, F> {
    network: &'a Mlp,
    layers: &'c [LayerGradient<'a, F>],
    count: usize,
    take: Take<'c, F>,
}

impl<F: Float> Chunks<'_, '_, F> {
    /// The first parameter of a chunk. A chunk begins at a row; in the first layer, at the first of a group of
    /// rows that a sparse input computes together.
    fn start(&self, chunk: usize) -> usize {
        let position = self.network.parameter_count() * chunk / self.count;
        let mut layers = self.network.layers();
        let layer = layers.find(|layer| position < layer.biases().end);
        layer.map_or(position, |layer| {
            let row = (position - layer.offset) / layer.fan_out;
            layer.offset + row / GROUP * GROUP * layer.fan_out
        })
    }

    /// Computes some chunks, in parallel if there are several, each with its own scratch.
    fn for_each(&self, chunks: Range<usize>, slices: Slices<'_, F>, scratch: &mut [Buffer<F>]) {
        let Range { start, end } = chunks;
        if end - start == 1 {
            let (first, last) = (self.start(start), self.start(end));
            return self.chunk(first..last, slices, &mut scratch[0]);
        }
        let middle = start + (end - start) / 2;
        let (first, second) = split_at(slices, self.start(middle) - self.start(start));
        let (scratch_first, scratch_second) = scratch.split_at_mut(middle - start);
        join(
            || self.for_each(start..middle, first, scratch_first),
            || self.for_each(middle..end, second, scratch_second),
        );
    }

    /// Computes one chunk: the parameters in `range`, with these slices.
    fn chunk(&self, range: Range<usize>, slices: Slices<'_, F>, scratch: &mut Buffer<F>) {
        let mut rest = slices;
        for gradient in self.layers {
            let Layer {
                fan_in,
                fan_out,
                offset,
            } = gradient.layer;
            let row = |position: usize| position.saturating_sub(offset) / fan_out;
            let rows = row(range.start)..row(range.end).min(fan_in + 1);
            gradient.rows(rows, scratch, |range, is_bias, gradient| {
                let (block, others) = split_at(std::mem::take(&mut rest), gradient.len());
                rest = others;
                (self.take)(range, is_bias, block, gradient);
            });
        }
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
