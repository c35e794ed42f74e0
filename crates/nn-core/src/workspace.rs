//! The memory of a forward and a backward pass, and its division among threads.

use std::ops::Range;

use smallvec::SmallVec;

use crate::float::Float;
use crate::input::{FactorScratch, SparseScratch};
use crate::join::join;
use crate::kernel::Buffer;
use crate::mlp::Mlp;

/// One value for each layer, on the heap only for networks with more than three hidden layers.
pub(crate) type PerLayer<T> = SmallVec<[T; 4]>;

/// Memory for the passes of an [`Mlp`], which the caller keeps from call to call. It grows to the largest batch, and
/// allocates nothing afterwards.
#[derive(Clone, Debug)]
pub struct Workspace<F> {
    /// The results of a pass.
    pub(crate) results: Results<F>,
    /// The packed right-hand factors of the layers' products: W of A·W and Wᵀ of δ·Wᵀ, which are the same for all
    /// examples, and δ of Aᵀ·δ.
    pub(crate) weights: Vec<FactorScratch<F>>,
    pub(crate) transposes: Vec<FactorScratch<F>>,
    pub(crate) deltas: Vec<FactorScratch<F>>,
    /// A row-major copy of a batch that is in another order.
    pub(crate) dense_copy: Buffer<F>,
    /// For each thread, memory for the first layer of a sparse batch.
    pub(crate) sparse: Vec<SparseScratch<F>>,
    /// For each thread, memory for a block of a gradient.
    pub(crate) blocks: Vec<Buffer<F>>,
}

impl<F: Float> Default for Workspace<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Float> Workspace<F> {
    /// An empty workspace, which grows at its first use. Passes run on the calling thread.
    pub fn new() -> Self {
        Self::with_threads(1)
    }

    /// An empty workspace for passes on `threads` threads of the current [`rayon`] thread pool. The pool should have as
    /// many threads. Results do not depend on the number of threads.
    pub fn with_threads(threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            results: Results::default(),
            weights: Vec::new(),
            transposes: Vec::new(),
            deltas: Vec::new(),
            dense_copy: Buffer::default(),
            sparse: vec![SparseScratch::default(); threads],
            blocks: vec![Buffer::default(); threads],
        }
    }
}

/// The results of a pass for each example.
#[derive(Clone, Debug)]
pub(crate) struct Results<F> {
    layers: Vec<LayerResults<F>>,
    /// Cross-entropies [capacity].
    losses: Buffer<F>,
}

/// The results of a pass in one layer.
#[derive(Clone, Debug)]
struct LayerResults<F> {
    /// A = f(Z), in the last layer the logits [capacity × fan-out].
    output: Buffer<F>,
    /// δ = dE/dZ [capacity × fan-out].
    delta: Buffer<F>,
}

impl<F> Default for Results<F> {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            losses: Buffer::default(),
        }
    }
}

impl<F> Default for LayerResults<F> {
    fn default() -> Self {
        Self {
            output: Buffer::default(),
            delta: Buffer::default(),
        }
    }
}

impl<F: Float> Results<F> {
    /// A chunk to be filled, with all examples of a batch. It has the δ of all layers only if `all_deltas`. The δ of
    /// the last layer is always included, because the loss is computed in it.
    pub(crate) fn chunk<'w>(
        &'w mut self,
        network: &Mlp,
        examples: usize,
        all_deltas: bool,
        scratch: &'w mut [SparseScratch<F>],
    ) -> Chunk<'w, F> {
        let depth = network.depth();
        self.layers.resize_with(depth, LayerResults::default);
        let layers = network.layers().zip(&mut self.layers).enumerate();
        let layers = layers.map(|(index, (layer, results))| {
            let numbers = examples * layer.fan_out;
            let has_delta = all_deltas || index + 1 == depth;
            LayerChunk {
                fan_out: layer.fan_out,
                output: results.output.sized(numbers),
                delta: results.delta.sized(if has_delta { numbers } else { 0 }),
            }
        });
        Chunk {
            examples: 0..examples,
            layers: layers.collect(),
            losses: self.losses.sized(examples),
            scratch,
        }
    }

    /// The cross-entropies of a batch of `examples` examples.
    pub(crate) fn losses(&self, examples: usize) -> &[F] {
        &self.losses[..examples]
    }

    /// The first `numbers` of layer `index`'s outputs.
    pub(crate) fn output(&self, index: usize, numbers: usize) -> &[F] {
        &self.layers[index].output[..numbers]
    }

    /// The first `numbers` of layer `index`'s δ.
    pub(crate) fn delta(&self, index: usize, numbers: usize) -> &[F] {
        &self.layers[index].delta[..numbers]
    }
}

/// The results of some examples in every layer, which one thread computes.
pub(crate) struct Chunk<'w, F> {
    pub(crate) examples: Range<usize>,
    pub(crate) layers: PerLayer<LayerChunk<'w, F>>,
    pub(crate) losses: &'w mut [F],
    /// The scratches of the threads for these examples; the chunk itself uses the first.
    pub(crate) scratch: &'w mut [SparseScratch<F>],
}

/// One layer's outputs and δ [examples × fan-out].
pub(crate) struct LayerChunk<'w, F> {
    pub(crate) fan_out: usize,
    pub(crate) output: &'w mut [F],
    /// δ [examples × fan-out]; empty if the pass does not need it.
    pub(crate) delta: &'w mut [F],
}

impl<'w, F: Float> Chunk<'w, F> {
    /// Calls `work` for all examples in parallel, in as many chunks as there are scratches.
    pub(crate) fn for_each(self, work: &(impl Fn(Self) + Sync)) {
        let threads = self.scratch.len();
        if threads == 1 || self.examples.len() < 2 {
            self.scratch[1..].iter_mut().for_each(SparseScratch::clear);
            return work(self);
        }
        let count = self.examples.len() * (threads / 2) / threads;
        let (first, second) = self.split_at(count, threads / 2);
        join(|| first.for_each(work), || second.for_each(work));
    }

    /// Splits the chunk into the first `count` examples, with the scratches of `threads` threads, and the others.
    fn split_at(self, count: usize, threads: usize) -> (Self, Self) {
        let Range { start, end } = self.examples;
        let layers = self.layers.into_iter();
        let (layers, other_layers) = layers.map(|layer| layer.split_at(count)).unzip();
        let (losses, other_losses) = self.losses.split_at_mut(count);
        let (scratch, other_scratch) = self.scratch.split_at_mut(threads);
        let first = Self {
            examples: start..start + count,
            layers,
            losses,
            scratch,
        };
        let second = Self {
            examples: start + count..end,
            layers: other_layers,
            losses: other_losses,
            scratch: other_scratch,
        };
        (first, second)
    }
}

impl<F> LayerChunk<'_, F> {
    fn split_at(self, examples: usize) -> (Self, Self) {
        let numbers = examples * self.fan_out;
        let (output, other_output) = self.output.split_at_mut(numbers);
        let (delta, other_delta) = self.delta.split_at_mut(numbers.min(self.delta.len()));
        let chunk = |output, delta| Self {
            fan_out: self.fan_out,
            output,
            delta,
        };
        (chunk(output, delta), chunk(other_output, other_delta))
    }
}
