//! The memory of a forward and a backward pass.

use smallvec::SmallVec;

use crate::float::Float;
use crate::input::{FactorScratch, SparseScratch};
use crate::kernel::Buffer;
use crate::mlp::Mlp;

/// One value for each layer, on the heap only for networks with more than three hidden layers.
pub(crate) type PerLayer<T> = SmallVec<[T; 4]>;

/// Memory for the passes of an [`Mlp`], which the caller keeps from call to call. It grows to the largest batch, and
/// allocates nothing afterwards.
#[derive(Clone, Debug, Default)]
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
    /// Memory for the first layer of a sparse batch.
    pub(crate) sparse: SparseScratch<F>,
    /// Memory for a block of a gradient.
    pub(crate) block: Buffer<F>,
}

impl<F: Float> Workspace<F> {
    /// An empty workspace, which grows at its first use.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Memory for the results of a pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results<F> {
    layers: Vec<LayerResults<F>>,
    losses: Buffer<F>,
}

/// Memory for the results of a pass in one layer.
#[derive(Clone, Debug, Default)]
struct LayerResults<F> {
    output: Buffer<F>,
    delta: Buffer<F>,
}

impl<F: Float> Results<F> {
    /// The results of a pass that begins. They have the δ of all layers only if `all_deltas`. The δ of the last layer is
    /// always included, because the loss is computed in it.
    pub(crate) fn begin<'w>(
        &'w mut self,
        network: &Mlp,
        examples: usize,
        all_deltas: bool,
    ) -> Pass<'w, F> {
        let depth = network.depth();
        self.layers.resize_with(depth, LayerResults::default);
        let layers = network.layers().zip(&mut self.layers).enumerate();
        let layers = layers.map(|(index, (layer, results))| {
            let numbers = examples * layer.fan_out;
            let has_delta = all_deltas || index + 1 == depth;
            LayerPass {
                output: results.output.sized(numbers),
                delta: results.delta.sized(if has_delta { numbers } else { 0 }),
            }
        });
        Pass {
            examples,
            layers: layers.collect(),
            losses: self.losses.sized(examples),
        }
    }
}

/// The results of a pass, which its steps fill.
pub(crate) struct Pass<'w, F> {
    pub(crate) examples: usize,
    pub(crate) layers: PerLayer<LayerPass<'w, F>>,
    /// Cross-entropies [examples].
    pub(crate) losses: &'w mut [F],
}

/// The results of a pass in one layer.
pub(crate) struct LayerPass<'w, F> {
    /// A = f(Z), in the last layer the logits [examples × fan-out].
    pub(crate) output: &'w mut [F],
    /// δ = dE/dZ [examples × fan-out]; empty if the pass does not need it.
    pub(crate) delta: &'w mut [F],
}

impl<'w, F> Pass<'w, F> {
    /// The logits [examples × classes].
    pub(crate) fn into_logits(mut self) -> &'w [F] {
        self.layers.pop().map_or(&[], |last| last.output)
    }
}
