//! Forward pass, backpropagation, the update and early stopping in plain matrices: the file to read first.
//!
//! Each function is one formula, in double precision, and allocates new arrays. The rest of the crate and `nn-train`
//! compute the same faster, and tests compare both on many shapes. `mnist-exercises` asks students for these functions:
//! it takes a function's documentation and signature from here, and leaves out its body.
//!
//! Layer ℓ of L has weights W_ℓ [fan-in × fan-out] and biases b_ℓ [fan-out]. With A_0 = X, a batch [B × features], it
//! computes Z_ℓ = A_{ℓ−1}·W_ℓ + b_ℓ, with b_ℓ added to each row, and A_ℓ = f(Z_ℓ). Z of the last layer are the logits,
//! and softmax turns them into probabilities Y. Labels are class numbers; T is 1 at an example's label and 0 elsewhere.
//! E is the loss, and δ_ℓ = dE/dZ_ℓ. The name of a gradient is d and its parameter: dW_ℓ = dE/dW_ℓ. The small letter
//! with indices is an element: z_nk is the logit of class k for example n, which the paper writes a_k.
//!
//! # Example
//! A network learns exclusive or. The loss and the gradient are those of the fast functions, up to rounding.
//!
//! ```
//! use ndarray::array;
//! use nn_core::{Activation, Grads, Init, Mlp, Workspace, textbook};
//! use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
//!
//! let network = Mlp::new(&[2, 8, 2], Activation::Tanh)?;
//! let params = network.init::<f64>(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(1));
//! let (x, y) = (array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]);
//!
//! let mut layers = textbook::layers(&params);
//! let (loss, d_layers) = textbook::loss_and_grad(&layers, Activation::Tanh, &x, &y);
//!
//! let mut grads = Grads::zeros(&network);
//! let fast = network.loss_and_grad(&params, &x, &y, &mut Workspace::new(), &mut grads)?;
//! assert!((loss - fast).abs() < 1e-15);
//! assert!((d_layers[1].w[[3, 0]] - grads.weight(1)[[3, 0]]).abs() < 1e-15);
//!
//! let mut velocity = textbook::layers(&Grads::<f64>::zeros(&network));
//! for _ in 0..500 {
//!     let (_, d_layers) = textbook::loss_and_grad(&layers, Activation::Tanh, &x, &y);
//!     for ((layer, v), d) in layers.iter_mut().zip(&mut velocity).zip(&d_layers) {
//!         textbook::sgd_step(layer, v, d, 0.5, 0.9);
//!     }
//! }
//! let (loss, _) = textbook::loss_and_grad(&layers, Activation::Tanh, &x, &y);
//! assert!(loss < 0.1);
//! # Ok::<(), nn_core::Error>(())
//! ```

use ndarray::{Array1, Array2, Axis, Zip};

use crate::activation::Activation;
use crate::float::Float;
use crate::params::Params;

/// The text of this file.
pub const SOURCE: &str = include_str!("textbook.rs");

/// The text of one of these functions, with its documentation; empty if there is no such function.
///
/// ```
/// let text = nn_core::textbook::function("layer_gradient");
/// assert!(text.starts_with("/// A layer's gradient") && text.ends_with("}\n"));
/// ```
pub fn function(name: &str) -> &'static str {
    let mut items = SOURCE.split_inclusive("\n}\n");
    let item = items.find(|item| item.contains(&format!("\npub fn {name}(")));
    item.unwrap_or_default().trim_start()
}

/// A layer's parameters, or their gradient or velocity.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerParams {
    /// W [fan-in × fan-out].
    pub w: Array2<f64>,
    /// b [fan-out].
    pub b: Array1<f64>,
}

/// The parameters layer by layer, in double precision.
pub fn layers<F: Float>(params: &Params<F>) -> Vec<LayerParams> {
    let layer = |index| LayerParams {
        w: params.weight(index).mapv(F::to_double),
        b: params.bias(index).mapv(F::to_double),
    };
    (0..params.network().depth()).map(layer).collect()
}

/// The numbers of all layers, in the order of [`Params::as_slice`].
pub fn flat(layers: &[LayerParams]) -> Vec<f64> {
    let numbers = layers
        .iter()
        .flat_map(|layer| layer.w.iter().chain(&layer.b));
    numbers.copied().collect()
}

/// Z = A·W + b [B × fan-out], given A [B × fan-in] (eq. 2).
pub fn pre_activations(a: &Array2<f64>, layer: &LayerParams) -> Array2<f64> {
    a.dot(&layer.w) + &layer.b
}

/// A = f(Z), element by element (eq. 8 and 9).
pub fn activate(f: Activation, z: &Array2<f64>) -> Array2<f64> {
    match f {
        Activation::Identity => z.clone(),
        Activation::Sigmoid => z.mapv(|z| 1.0 / (1.0 + (-z).exp())),
        Activation::Tanh => z.mapv(f64::tanh),
        Activation::Relu => z.mapv(|z| z.max(0.0)),
    }
}

/// f′(Z), element by element.
pub fn derivative(f: Activation, z: &Array2<f64>) -> Array2<f64> {
    match f {
        Activation::Identity => Array2::ones(z.dim()),
        Activation::Sigmoid => activate(f, z).mapv(|a| a * (1.0 - a)),
        Activation::Tanh => activate(f, z).mapv(|a| 1.0 - a * a),
        Activation::Relu => z.mapv(|z| if z > 0.0 { 1.0 } else { 0.0 }),
    }
}

/// The forward pass: A_0 … A_{L−1}, the layers' inputs, and Z_1 … Z_L, of which the last are the logits.
pub fn forward(
    layers: &[LayerParams],
    f: Activation,
    x: &Array2<f64>,
) -> (Vec<Array2<f64>>, Vec<Array2<f64>>) {
    let (mut a, mut z): (Vec<Array2<f64>>, Vec<Array2<f64>>) = (Vec::new(), Vec::new());
    for (l, layer) in layers.iter().enumerate() {
        a.push(if l == 0 {
            x.clone()
        } else {
            activate(f, &z[l - 1])
        });
        z.push(pre_activations(&a[l], layer));
    }
    (a, z)
}

/// The logarithm of the softmax Y of the logits Z (eq. 1): ln y_nk = z_nk − ln Σ_j exp(z_nj). The largest logit of the
/// row is subtracted first. This does not change the result, but keeps exp(z) finite.
pub fn log_softmax(logits: &Array2<f64>) -> Array2<f64> {
    let mut log_y = logits.clone();
    for mut row in log_y.rows_mut() {
        let largest = row.fold(f64::NEG_INFINITY, |largest, &z| largest.max(z));
        row -= largest;
        let log_sum = row.mapv(f64::exp).sum().ln();
        row -= log_sum;
    }
    log_y
}

/// The mean cross-entropy E = −1/B Σ_n Σ_k t_nk ln y_nk (eq. 3), in nats, and the output layer's
/// δ = dE/dZ = (Y − T)/B [B × classes] (eq. 4).
pub fn cross_entropy(logits: &Array2<f64>, labels: &[u8]) -> (f64, Array2<f64>) {
    let log_y = log_softmax(logits);
    let mut loss = 0.0;
    let mut delta = log_y.mapv(f64::exp);
    for (n, &label) in labels.iter().enumerate() {
        loss -= log_y[[n, usize::from(label)]];
        delta[[n, usize::from(label)]] -= 1.0;
    }
    let count = labels.len() as f64;
    (loss / count, delta / count)
}

/// The δ of the layer below, δ_{ℓ−1} = (δ_ℓ·W_ℓᵀ) ∘ f′(Z_{ℓ−1}) [B × fan-in], given W_ℓ and Z_{ℓ−1}.
pub fn delta_below(
    delta: &Array2<f64>,
    w: &Array2<f64>,
    f: Activation,
    z_below: &Array2<f64>,
) -> Array2<f64> {
    delta.dot(&w.t()) * derivative(f, z_below)
}

/// A layer's gradient, dW = Aᵀ·δ and db = Σ_n δ_n, given its inputs A and its δ.
pub fn layer_gradient(a: &Array2<f64>, delta: &Array2<f64>) -> LayerParams {
    LayerParams {
        w: a.t().dot(delta),
        b: delta.sum_axis(Axis(0)),
    }
}

/// Backpropagation: the loss E and the gradient of every layer.
pub fn loss_and_grad(
    layers: &[LayerParams],
    f: Activation,
    x: &Array2<f64>,
    labels: &[u8],
) -> (f64, Vec<LayerParams>) {
    let (a, z) = forward(layers, f, x);
    let (loss, mut delta) = cross_entropy(&z[layers.len() - 1], labels);
    let mut d_layers = Vec::new();
    for l in (0..layers.len()).rev() {
        d_layers.push(layer_gradient(&a[l], &delta));
        if l > 0 {
            delta = delta_below(&delta, &layers[l].w, f, &z[l - 1]);
        }
    }
    d_layers.reverse();
    (loss, d_layers)
}

/// The gradient by central differences (section 3): dE/dw_i ≈ (E(w + ε·e_i) − E(w − ε·e_i)) / 2ε, where e_i is 1 at i
/// and 0 elsewhere. `loss` is E.
pub fn numerical_gradient(loss: &dyn Fn(&[f64]) -> f64, w: &[f64], epsilon: f64) -> Vec<f64> {
    let mut point = w.to_vec();
    let mut gradient = Vec::new();
    for i in 0..w.len() {
        point[i] = w[i] + epsilon;
        let above = loss(&point);
        point[i] = w[i] - epsilon;
        let below = loss(&point);
        point[i] = w[i];
        gradient.push((above - below) / (2.0 * epsilon));
    }
    gradient
}

/// The penalty on large weights, λ₁ Σ|w| + λ₂/2 Σw².
pub fn penalty(w: &Array2<f64>, l1: f64, l2: f64) -> f64 {
    w.iter().map(|w| l1 * w.abs() + l2 / 2.0 * w * w).sum()
}

/// The penalty's gradient, λ₁ sign(w) + λ₂ w (eq. 6 and 7), with sign(0) = 0.
pub fn penalty_gradient(w: &Array2<f64>, l1: f64, l2: f64) -> Array2<f64> {
    let sign = |w: f64| if w == 0.0 { 0.0 } else { w.signum() };
    w.mapv(|w| l1 * sign(w) + l2 * w)
}

/// A step of gradient descent with momentum (eq. 5): Δw ← γ Δw + (1 − γ) α dE/dw, then w ← w − Δw.
/// `velocity` is Δw, 0 before the first step; `learning_rate` is α and `momentum` is γ.
pub fn sgd_step(
    layer: &mut LayerParams,
    velocity: &mut LayerParams,
    d: &LayerParams,
    learning_rate: f64,
    momentum: f64,
) {
    let step = |w: &mut f64, v: &mut f64, d: &f64| {
        *v = momentum * *v + (1.0 - momentum) * learning_rate * d;
        // Far smaller than any change that matters: see `Float::NEGLIGIBLE`.
        if v.abs() < f64::NEGLIGIBLE {
            *v = 0.0;
        }
        *w -= *v;
    };
    Zip::from(&mut layer.w)
        .and(&mut velocity.w)
        .and(&d.w)
        .for_each(step);
    Zip::from(&mut layer.b)
        .and(&mut velocity.b)
        .and(&d.b)
        .for_each(step);
}

/// Early stopping (section 2.4): the last epoch of a run, and the epoch whose weights the run returns. Epochs count from
/// 1. `losses` has the validation loss of every epoch that the run may have; there is at least one.
///
/// A loss that is higher than that of the epoch before is an increase. `patience` increases in a row end the run. The
/// weights are those of the lowest loss until then, and of the first such epoch if several have this loss.
pub fn early_stopping(losses: &[f64], patience: usize) -> (usize, usize) {
    let (mut best, mut increases) = (1, 0);
    for epoch in 2..=losses.len() {
        let (previous, loss) = (losses[epoch - 2], losses[epoch - 1]);
        if loss < losses[best - 1] {
            best = epoch;
        }
        increases = if loss > previous { increases + 1 } else { 0 };
        if increases == patience {
            return (epoch, best);
        }
    }
    (losses.len(), best)
}
