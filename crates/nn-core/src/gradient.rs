//! Backpropagation's last step, dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, a block of rows at a time.
//!
//! A row of dW_l belongs to one input of the layer and is computed for itself. So the gradient can be
//! used as it comes, while it is in the processor's nearest cache, and several threads can share it.

use std::ops::Range;

use crate::input::{GROUP, LayerInput, SparseScratch};
use crate::kernel::buffer::Buffer;
use crate::kernel::product::{MatrixScratch, PackedMatrix};
use crate::kernel::scalar::Scalar;
use crate::mlp::{Layer, Mlp};
use crate::params::{Grads, Params};
use crate::vectorised;
use crate::workspace::PerLayer;

/// A batch's loss, and all that its gradient is computed from: whole, or block by block.
#[must_use = "the gradient is still to be taken"]
pub struct Backpropagation<'a, F: Scalar> {
    network: &'a Mlp,
    loss: F,
    layers: PerLayer<LayerGradient<'a, F>>,
    /// Each thread's memory for a block of a gradient.
    blocks: &'a mut [Buffer<F>],
}

/// Some neighbouring parameters of one layer, either weights or biases, with their gradient.
#[derive(Debug)]
pub struct GradientBlock<'a, F> {
    /// Where the parameters lie in [`Params::as_slice`].
    pub range: Range<usize>,
    /// Whether the parameters are biases.
    pub is_bias: bool,
    /// The block's parameters.
    pub params: &'a mut [F],
    /// What belongs to the parameters elsewhere: their velocity, for one.
    pub companion: &'a mut [F],
    /// The parameters' gradient; what is written here is forgotten.
    pub gradient: &'a mut [F],
}

impl<'a, F: Scalar> Backpropagation<'a, F> {
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

    /// Computes the whole gradient into `grads`, which is overwritten.
    ///
    /// # Panics
    /// If `grads` are another number of parameters than the network's.
    pub fn gradient(self, grads: &mut Grads<F>) {
        let whole = grads.as_mut_slice();
        self.by_blocks(whole, &|_, _, out, gradient| out.copy_from_slice(gradient));
    }

    /// Calls `update` for all parameters, block by block, several blocks at once if the workspace has
    /// several threads. `companion` is cut in the same way.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Mlp, Params, Workspace};
    ///
    /// let network = Mlp::new(&[3, 2], Activation::Tanh)?;
    /// let (mut params, mut sums) = (Params::<f64>::zeros(&network), Params::zeros(&network));
    /// let (x, mut workspace) = (array![[1.0, 2.0, 3.0]], Workspace::new());
    /// let backpropagation = network.backpropagate(&params, &x, &[1], &mut workspace)?;
    /// // A step of AdaGrad, whose sums of squares are the companion.
    /// backpropagation.update(&mut params, &mut sums, |block| {
    ///     for ((w, s), g) in block.params.iter_mut().zip(block.companion).zip(&*block.gradient) {
    ///         *s += g * g;
    ///         *w -= 0.1 * g / s.sqrt();
    ///     }
    /// });
    /// assert_eq!(params.bias(0), array![-0.1, 0.1]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `params` or `companion` are another number of parameters than the network's.
    pub fn update(
        self,
        params: &mut Params<F>,
        companion: &mut Params<F>,
        update: impl Fn(GradientBlock<'_, F>) + Sync,
    ) {
        let both = (params.as_mut_slice(), companion.as_mut_slice());
        self.by_blocks(both, &|range, is_bias, (params, companion), gradient| {
            update(GradientBlock {
                range,
                is_bias,
                params,
                companion,
                gradient,
            });
        });
    }

    /// Computes the gradient block by block. `take` gets where a block's parameters lie, whether they
    /// are biases, their slice of the target, and their gradient.
    fn by_blocks<T: Target>(
        self,
        target: T,
        take: &(impl Fn(Range<usize>, bool, T, &mut [F]) + Sync),
    ) {
        assert_eq!(target.len(), self.network.parameter_count(), "one network");
        let chunks = Chunks {
            network: self.network,
            layers: &self.layers,
            count: self.blocks.len(),
            take,
        };
        chunks.for_each(0..chunks.count, target, self.blocks);
    }
}

/// The factors of one layer's gradient.
pub(crate) struct LayerGradient<'a, F> {
    layer: Layer,
    /// A_{l−1} [examples × fan-in].
    input: LayerInput<'a, F>,
    /// δ_l [examples × fan-out].
    delta: &'a [F],
    /// δ_l, packed for A_{l−1}ᵀ·δ_l.
    packed: PackedMatrix<'a, F>,
    /// What A_{l−1}·W_l has left of the examples.
    sorted: &'a [SparseScratch<F>],
}

impl<'a, F: Scalar> LayerGradient<'a, F> {
    pub(crate) fn new(
        layer: Layer,
        input: LayerInput<'a, F>,
        delta: &'a [F],
        sorted: &'a [SparseScratch<F>],
        scratch: &'a mut MatrixScratch<F>,
    ) -> Self {
        Self {
            layer,
            input,
            delta,
            packed: input.pack_delta(delta, layer.fan_out, scratch),
            sorted,
        }
    }

    /// Rows of this layer's gradient, [_ × fan-out], block by block: dW, and db as one more row.
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

/// What is cut in blocks along with the parameters.
trait Target: Send + Sized {
    fn len(&self) -> usize;
    fn split_at(self, position: usize) -> (Self, Self);
}

impl<F: Send> Target for &mut [F] {
    fn len(&self) -> usize {
        <[F]>::len(self)
    }

    fn split_at(self, position: usize) -> (Self, Self) {
        self.split_at_mut(position)
    }
}

impl<F: Send> Target for (&mut [F], &mut [F]) {
    fn len(&self) -> usize {
        assert_eq!(self.0.len(), self.1.len(), "one network");
        self.0.len()
    }

    fn split_at(self, position: usize) -> (Self, Self) {
        let (a, c) = self.0.split_at_mut(position);
        let (b, d) = self.1.split_at_mut(position);
        ((a, b), (c, d))
    }
}

/// The parameters in as many chunks as there are threads, and what is done with their gradient.
struct Chunks<'a, F, U> {
    network: &'a Mlp,
    layers: &'a [LayerGradient<'a, F>],
    count: usize,
    take: &'a U,
}

impl<F: Scalar, U> Chunks<'_, F, U> {
    /// Where a chunk begins among the parameters: always with a row, in the first layer with the first of
    /// a group of rows that a sparse input computes together.
    fn start(&self, chunk: usize) -> usize {
        let position = self.network.parameter_count() * chunk / self.count;
        let mut layers = self.network.layers();
        let layer = layers.find(|layer| position < layer.biases().end);
        layer.map_or(position, |layer| {
            let row = (position - layer.offset) / layer.fan_out;
            layer.offset + row / GROUP * GROUP * layer.fan_out
        })
    }

    /// Computes some chunks, which may run at once, with a scratch for each.
    fn for_each<T: Target>(&self, chunks: Range<usize>, target: T, scratch: &mut [Buffer<F>])
    where
        U: Fn(Range<usize>, bool, T, &mut [F]) + Sync,
    {
        let Range { start, end } = chunks;
        if end - start == 1 {
            return self.chunk(self.start(start), target, &mut scratch[0]);
        }
        let middle = start + (end - start) / 2;
        let (first, second) = target.split_at(self.start(middle) - self.start(start));
        let (scratch_first, scratch_second) = scratch.split_at_mut(middle - start);
        rayon::join(
            || self.for_each(start..middle, first, scratch_first),
            || self.for_each(middle..end, second, scratch_second),
        );
    }

    /// Computes one chunk, which begins at parameter `start` and fills `target`.
    fn chunk<T: Target>(&self, start: usize, target: T, scratch: &mut Buffer<F>)
    where
        U: Fn(Range<usize>, bool, T, &mut [F]) + Sync,
    {
        let end = start + target.len();
        let mut rest = Some(target);
        for gradient in self.layers {
            let Layer {
                fan_in,
                fan_out,
                offset,
            } = gradient.layer;
            let row = |position: usize| position.saturating_sub(offset) / fan_out;
            let rows = row(start)..row(end).min(fan_in + 1);
            gradient.rows(rows, scratch, |range, is_bias, gradient| {
                if let Some(target) = rest.take() {
                    let (slice, others) = target.split_at(gradient.len());
                    rest = Some(others);
                    (self.take)(range, is_bias, slice, gradient);
                }
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
