//! The forward pass and backpropagation, in the order of their derivation.
//!
//! A network of L layers turns a batch A_0 = X [examples × features] into logits Z_L
//! [examples × classes]. Layer l computes its pre-activations and, except in the last layer, its outputs
//!
//! Z_l = A_{l−1}·W_l + 1·b_lᵀ,  A_l = f(Z_l).
//!
//! E is the mean of the examples' cross-entropies between the targets t and y = softmax(Z_L) (eq. 1 and 3). Its
//! derivatives are computed from the derivatives with respect to the pre-activations, δ_l = dE/dZ_l:
//!
//! 1. *Outputs.* The two formulas above, from the first layer to the last.
//! 2. *Cross-entropy.* At the output, softmax and cross-entropy together have a simple derivative,
//!    δ_L = (y − t) / B for a batch of B examples (eq. 4).
//! 3. *Deltas.* Z_l depends on Z_{l−1} through A_{l−1} = f(Z_{l−1}) only. By the chain rule, back through
//!    the weights and then through the activation, δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}), from the last
//!    layer to the second.
//! 4. *Gradient.* Z_l is linear in W_l and b_l, so dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l.
//!
//! Step 4 is computed block by block (`gradient.rs`). [`textbook`](crate::textbook) has the same four steps in plain
//! matrices.

use crate::activation;
use crate::float::Float;
use crate::gradient::{Backpropagation, LayerGradient};
use crate::input::{Batch, Factor, FactorScratch, SparseScratch};
use crate::kernel::{Matrix, product, vectorised};
use crate::loss::{self, Score, argmax};
use crate::mlp::Mlp;
use crate::params::Params;
use crate::workspace::{Pass, PerLayer, Workspace};

/// A forward pass, and the score for the labels.
pub(crate) fn score<'w, F: Float>(
    network: &Mlp,
    params: &Params<F>,
    x: Batch<'_, F>,
    y: &[u8],
    workspace: &'w mut Workspace<F>,
) -> (Score, &'w [F]) {
    let mut pass = forward(network, params, x, workspace);
    cross_entropy(network, y, None, &mut pass);
    let loss_sum = pass.losses.iter().map(|loss| loss.to_double()).sum();
    let logits = pass.into_logits();
    let predictions = logits.chunks_exact(network.classes()).map(argmax);
    let score = Score {
        loss_sum,
        correct: predictions
            .zip(y)
            .filter(|&(prediction, &label)| prediction == usize::from(label))
            .count(),
        examples: y.len(),
    };
    (score, logits)
}

/// Backpropagation: the four steps above, in their order. With weights s, E is Σ s_n E_n / Σ s_n and δ_L = s (y − t) / Σ s_n.
pub(crate) fn backpropagate<'a, F: Float>(
    network: &'a Mlp,
    params: &Params<F>,
    x: Batch<'a, F>,
    y: &[u8],
    weights: Option<&[F]>,
    workspace: &'a mut Workspace<F>,
) -> Backpropagation<'a, F> {
    let count = match weights {
        None => F::of(y.len() as f64),
        Some(weights) => total_weight(weights),
    };
    let x = Batch::in_row_major(x, &mut workspace.dense_copy);
    let packed = pack_weights(network, params, x, &mut workspace.weights);
    let transposes = pack_transposes(network, params, &mut workspace.transposes);

    let mut pass = workspace.results.begin(network, y.len(), true);
    outputs(
        network,
        params,
        x,
        &packed,
        &mut workspace.sparse,
        &mut pass,
    );
    cross_entropy(network, y, Some(count.recip()), &mut pass);
    if let Some(weights) = weights {
        weigh(network, weights, &mut pass);
    }
    deltas(network, &transposes, &mut pass);
    let losses = pass.losses.iter();
    let loss = losses.fold(F::zero(), |sum, &loss| sum + loss) / count;
    let layers = gradients(network, x, pass, &workspace.sparse, &mut workspace.deltas);
    Backpropagation::new(network, loss, layers, &mut workspace.block)
}

/// The forward pass, which is step 1.
pub(crate) fn forward<'w, F: Float>(
    network: &Mlp,
    params: &Params<F>,
    x: Batch<'_, F>,
    workspace: &'w mut Workspace<F>,
) -> Pass<'w, F> {
    let (examples, _) = x.shape();
    let x = Batch::in_row_major(x, &mut workspace.dense_copy);
    let weights = pack_weights(network, params, x, &mut workspace.weights);
    let mut pass = workspace.results.begin(network, examples, false);
    outputs(
        network,
        params,
        x,
        &weights,
        &mut workspace.sparse,
        &mut pass,
    );
    pass
}

/// Step 1: Z_l = A_{l−1}·W_l + 1·b_lᵀ, then A_l = f(Z_l) except in the last layer. Afterwards, `sorted` has the data of
/// the batch for step 4.
fn outputs<F: Float>(
    network: &Mlp,
    params: &Params<F>,
    x: Batch<'_, F>,
    weights: &[Factor<'_, F>],
    sorted: &mut SparseScratch<F>,
    pass: &mut Pass<'_, F>,
) {
    for (index, layer) in network.layers().enumerate() {
        let (below, from_here) = pass.layers.split_at_mut(index);
        let out = &mut *from_here[0].output;
        match below.last() {
            None => x.mul(&weights[0], sorted, out),
            Some(below) => {
                let input = Matrix::new(below.output, pass.examples, layer.fan_in);
                product(input, 0..pass.examples, &weights[index].matrix, out);
            }
        }
        add_biases(out, params.bias_slice(index));
        if index + 1 < network.depth() {
            activation::apply(network.activation(), out);
        }
    }
}

/// Step 2: each example's cross-entropy, and with a scale, δ_L = (y − t)·scale. With a scale of 1/B, this is the
/// derivative of the mean.
fn cross_entropy<F: Float>(network: &Mlp, labels: &[u8], scale: Option<F>, pass: &mut Pass<'_, F>) {
    let last = &mut pass.layers[network.depth() - 1];
    let classes = network.classes();
    loss::cross_entropy(last.output, labels, classes, pass.losses, last.delta, scale);
}

/// The sum of the examples' weights. If all are 0, there is no mean: a sum of 1 makes the loss and the gradient 0.
fn total_weight<F: Float>(weights: &[F]) -> F {
    let total = weights.iter().fold(F::zero(), |sum, &weight| sum + weight);
    if total == F::zero() { F::one() } else { total }
}

/// Multiplies each example's cross-entropy and δ_L by its weight.
fn weigh<F: Float>(network: &Mlp, weights: &[F], pass: &mut Pass<'_, F>) {
    let deltas = &mut *pass.layers[network.depth() - 1].delta;
    let examples = deltas.chunks_exact_mut(network.classes());
    for ((delta, loss), &weight) in examples.zip(&mut *pass.losses).zip(weights) {
        *loss *= weight;
        delta.iter_mut().for_each(|d| *d *= weight);
    }
}

/// Step 3: δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}), the last hidden layer first. `transposes` are those of the weights from
/// the second layer on.
fn deltas<F: Float>(network: &Mlp, transposes: &[Factor<'_, F>], pass: &mut Pass<'_, F>) {
    let examples = pass.examples;
    for (index, layer) in network.layers().enumerate().skip(1).rev() {
        let (below, from_here) = pass.layers.split_at_mut(index);
        let below = &mut below[index - 1];
        let delta = Matrix::new(from_here[0].delta, examples, layer.fan_out);
        let transpose = &transposes[index - 1].matrix;
        product(delta, 0..examples, transpose, below.delta);
        activation::chain(network.activation(), below.delta, below.output);
    }
}

/// Step 4: the factors of dW_l = A_{l−1}ᵀ·δ_l for each layer. The product is computed block by block, on request.
fn gradients<'a, F: Float>(
    network: &Mlp,
    x: Batch<'a, F>,
    pass: Pass<'a, F>,
    sorted: &'a SparseScratch<F>,
    scratch: &'a mut Vec<FactorScratch<F>>,
) -> PerLayer<LayerGradient<'a, F>> {
    scratch.resize_with(network.depth(), FactorScratch::default);
    let mut input = x;
    let layers = network.layers().zip(pass.layers).zip(scratch);
    let layers = layers.map(|((layer, results), scratch)| {
        let gradient = LayerGradient::new(layer, input, results.delta, sorted, scratch);
        input = Batch::dense(results.output, pass.examples, layer.fan_out);
        gradient
    });
    layers.collect()
}

/// The layers' weights W_l, packed for A_{l−1}·W_l.
fn pack_weights<'p, F: Float>(
    network: &Mlp,
    params: &'p Params<F>,
    x: Batch<'_, F>,
    scratch: &'p mut Vec<FactorScratch<F>>,
) -> PerLayer<Factor<'p, F>> {
    scratch.resize_with(network.depth(), FactorScratch::default);
    let layers = network.layers().zip(scratch).enumerate();
    let layers = layers.map(|(index, (layer, scratch))| {
        let weights = params.weight_slice(index);
        match index {
            0 => x.pack_weights(weights, layer.fan_out, scratch),
            _ => Factor::dense(Matrix::new(weights, layer.fan_in, layer.fan_out), scratch),
        }
    });
    layers.collect()
}

/// The transposes W_lᵀ from the second layer on, packed for δ_l·W_lᵀ.
fn pack_transposes<'p, F: Float>(
    network: &Mlp,
    params: &Params<F>,
    scratch: &'p mut Vec<FactorScratch<F>>,
) -> PerLayer<Factor<'p, F>> {
    scratch.resize_with(network.depth(), FactorScratch::default);
    let layers = network.layers().zip(scratch).enumerate().skip(1);
    let layers = layers.map(|(index, (layer, scratch))| {
        let weights = Matrix::new(params.weight_slice(index), layer.fan_in, layer.fan_out);
        Factor::dense(weights.t(), scratch)
    });
    layers.collect()
}

vectorised! {
    /// Adds the biases [width] to each row of `out` [examples × width].
    fn add_biases<'a, F>(out: &'a mut [F], biases: &'a [F]) {
        for row in out.chunks_exact_mut(biases.len()) {
            for (z, &b) in row.iter_mut().zip(biases) {
                *z += b;
            }
        }
    }
}
