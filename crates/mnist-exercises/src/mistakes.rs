//! The catalogue of common mistakes.

use std::f64::consts::LN_2;

use ndarray::{Array1, Array2, Axis};
use nn_core::Activation::{self, Identity, Relu, Sigmoid, Tanh};
use nn_core::textbook::{self, LayerParams};

use crate::functions::{Forward, Functions};

/// A common mistake.
pub struct Mistake {
    /// What is wrong, as a phrase.
    pub text: &'static str,
    /// Makes the mistake in a table of functions.
    pub plant: fn(&mut Functions),
}

macro_rules! mistakes {
    ($($text:literal: $($function:ident = $wrong:expr;)+)*) => {
        /// The mistakes. A text occurs twice if a mistake has two forms.
        pub const MISTAKES: &[Mistake] =
            &[$(Mistake { text: $text, plant: |f| { $(f.$function = $wrong;)+ } }),*];
    };
}

mistakes! {
    // softmax
    "softmax does not subtract the largest logit":
        log_softmax = |logits| probabilities(logits).mapv(f64::ln);
        cross_entropy = |logits, labels| {
            let y = probabilities(logits);
            (mean_loss(&y.mapv(f64::ln), labels), (y - targets(logits, labels)) / count(labels))
        };
    "softmax does not subtract the largest logit":
        log_softmax = |logits| logits - sums(&logits.mapv(f64::exp)).mapv(f64::ln);
        cross_entropy = |logits, labels| {
            let log_y = logits - sums(&logits.mapv(f64::exp)).mapv(f64::ln);
            let delta = log_y.mapv(f64::exp) - targets(logits, labels);
            (mean_loss(&log_y, labels), delta / count(labels))
        };
    "the largest logit of the whole batch is subtracted instead of each row's":
        log_softmax = |logits| {
            let shifted = logits - largest(logits.iter());
            &shifted - sums(&shifted.mapv(f64::exp)).mapv(f64::ln)
        };
    "the sum of e^z goes over the whole batch instead of each row":
        log_softmax = |logits| {
            let shifted = logits - largest(logits.iter());
            &shifted - shifted.mapv(f64::exp).sum().ln()
        };
    "the largest logit is subtracted inside the sum only, and not from z_k":
        log_softmax = |logits| {
            let maxima = logits.map_axis(Axis(1), |row| largest(row.iter()));
            textbook::log_softmax(logits) + maxima.insert_axis(Axis(1))
        };
    "softmax goes over the columns (examples) instead of the rows (classes)":
        log_softmax = |logits| textbook::log_softmax(&logits.t().to_owned()).reversed_axes();
    "the result has the probabilities instead of their logarithms":
        log_softmax = |logits| textbook::log_softmax(logits).mapv(f64::exp);
    "the logarithm has base 2, so the loss is in bits instead of nats":
        log_softmax = |logits| textbook::log_softmax(logits) / LN_2;
        cross_entropy = |logits, labels| changed(logits, labels, 1.0 / LN_2, 1.0);

    // cross-entropy
    "sum over the batch instead of the mean":
        cross_entropy = |logits, labels| changed(logits, labels, count(labels), count(labels));
    "mean over all elements, so the sum is divided by the number of classes too":
        cross_entropy = |logits, labels| {
            let factor = 1.0 / logits.ncols() as f64;
            changed(logits, labels, factor, factor)
        };
    "the sum is divided by the number of classes instead of the number of examples":
        cross_entropy = |logits, labels| {
            let factor = count(labels) / logits.ncols() as f64;
            changed(logits, labels, factor, factor)
        };
    "δ of the output layer is y instead of y − t":
        cross_entropy = |logits, labels| {
            let (loss, delta) = textbook::cross_entropy(logits, labels);
            (loss, delta + targets(logits, labels) / count(labels))
        };
    "δ of the output layer is t − y instead of y − t":
        cross_entropy = |logits, labels| changed(logits, labels, 1.0, -1.0);
    "δ of the output layer has the extra factor y (1 − y)":
        cross_entropy = |logits, labels| {
            let (loss, delta) = textbook::cross_entropy(logits, labels);
            let y = textbook::log_softmax(logits).mapv(f64::exp);
            (loss, delta * y.mapv(|y| y * (1.0 - y)))
        };
    "the loss lacks its minus sign":
        cross_entropy = |logits, labels| changed(logits, labels, -1.0, 1.0);

    // the forward pass
    "the bias is left out":
        pre_activations = |a, layer| a.dot(&layer.w);
        forward = |layers, f, x| {
            let mut layers = layers.to_vec();
            layers.iter_mut().for_each(|layer| layer.b.fill(0.0));
            textbook::forward(&layers, f, x)
        };
    "the exponent of the sigmoid is z instead of −z":
        activate = |f, z| textbook::activate(f, &if f == Sigmoid { -z } else { z.clone() });
    "ReLU keeps the negative numbers instead of the positive ones":
        activate = |f, z| if f == Relu { z.mapv(|z| z.min(0.0)) } else { textbook::activate(f, z) };
    "the network's inputs X go through the activation function too":
        forward = |layers, f, x| textbook::forward(layers, f, &textbook::activate(f, x));
    "the logits go through the activation function":
        forward = |layers, f, x| {
            let (a, mut z) = textbook::forward(layers, f, x);
            let logits = z.pop().map(|z| textbook::activate(f, &z));
            z.extend(logits);
            (a, z)
        };
    "the activations are stored in place of the pre-activations":
        forward = |layers, f, x| {
            let (a, z) = textbook::forward(layers, f, x);
            let stored = a[1..].iter().chain(z.last()).cloned().collect();
            (a, stored)
        };
    "the hidden layers are not activated":
        forward = |layers, _, x| textbook::forward(layers, Identity, x);

    // backpropagation
    "δ is multiplied by W instead of Wᵀ":
        delta_below = |delta, w, f, z| {
            let w = if w.is_square() { w.t().to_owned() } else { w.clone() };
            textbook::delta_below(delta, &w, f, z)
        };
    "f′ is taken at the output instead of the pre-activation":
        derivative = |f, z| textbook::derivative(f, &textbook::activate(f, z));
        delta_below = |delta, w, f, z| textbook::delta_below(delta, w, f, &textbook::activate(f, z));
    "the formula for f′ that takes f(z) is given z":
        derivative = derivative_by_output;
        delta_below = |delta, w, f, z| delta.dot(&w.t()) * derivative_by_output(f, z);
    "f is used instead of f′":
        derivative = textbook::activate;
        delta_below = |delta, w, f, z| delta.dot(&w.t()) * textbook::activate(f, z);
    "f′ is left out":
        delta_below = |delta, w, _, z| textbook::delta_below(delta, w, Identity, z);
    "db stays 0":
        layer_gradient = |a, delta| LayerParams {
            b: Array1::zeros(delta.ncols()),
            ..textbook::layer_gradient(a, delta)
        };
    "weight gradients are summed while bias gradients are averaged":
        layer_gradient = |a, delta| {
            let d = textbook::layer_gradient(a, delta);
            LayerParams { b: d.b / delta.nrows() as f64, ..d }
        };
    "the gradient is divided by the number of examples a second time; δ is divided already":
        layer_gradient = |a, delta| textbook::layer_gradient(a, &(delta / delta.nrows() as f64));
    "the gradient is divided by the number of inputs":
        layer_gradient = |a, delta| textbook::layer_gradient(a, &(delta / a.ncols() as f64));
    "the gradient is divided by the number of features instead of the number of examples":
        loss_and_grad = Some(|layers, f, x, labels| {
            let (loss, mut d_layers) = textbook::loss_and_grad(layers, f, x, labels);
            for d in &mut d_layers {
                let factor = x.nrows() as f64 / x.ncols() as f64;
                d.w *= factor;
                d.b *= factor;
            }
            (loss, d_layers)
        });
    "the gradients are in the order last layer first, so they must be reversed":
        loss_and_grad = Some(|layers, f, x, labels| {
            let (loss, mut d_layers) = textbook::loss_and_grad(layers, f, x, labels);
            d_layers.reverse();
            (loss, d_layers)
        });
    "dW uses the pre-activations of the layer below instead of its outputs":
        loss_and_grad = Some(|layers, f, x, labels| {
            let forward: Forward = |layers, f, x| {
                let (mut a, z) = textbook::forward(layers, f, x);
                a[1..].clone_from_slice(&z[..z.len() - 1]);
                (a, z)
            };
            Functions { forward, ..Functions::TEXTBOOK }.loss_and_grad(layers, f, x, labels)
        });

    // the gradient check
    "the difference is one-sided: (E(w + ε) − E(w)) / ε":
        numerical_gradient = |loss, w, epsilon| {
            let above = |i| {
                let mut point = w.to_vec();
                point[i] += epsilon;
                loss(&point)
            };
            (0..w.len()).map(|i| (above(i) - loss(w)) / epsilon).collect()
        };
    "the difference is divided by ε instead of 2ε":
        numerical_gradient = |loss, w, epsilon| {
            let gradient = textbook::numerical_gradient(loss, w, epsilon);
            gradient.iter().map(|d| 2.0 * d).collect()
        };
    "`/ 2.0 * epsilon` multiplies by ε instead of dividing by 2ε; `/ (2.0 * epsilon)` divides":
        numerical_gradient = |loss, w, epsilon| {
            let gradient = textbook::numerical_gradient(loss, w, epsilon);
            gradient.iter().map(|d| d * epsilon * epsilon).collect()
        };
    "a coordinate is not restored before the next one is moved":
        numerical_gradient = |loss, w, epsilon| {
            let mut point = w.to_vec();
            let mut derivative = |i| {
                point[i] = w[i] + epsilon;
                let above = loss(&point);
                point[i] = w[i] - epsilon;
                (above - loss(&point)) / (2.0 * epsilon)
            };
            (0..w.len()).map(&mut derivative).collect()
        };

    // the update
    "the factor 1 − γ is missing":
        sgd_step = |layer, v, d, rate, gamma| textbook::sgd_step(layer, v, d, rate / (1.0 - gamma), gamma);
    "the velocity is reset at each step":
        sgd_step = |layer, v, d, rate, gamma| {
            v.w.fill(0.0);
            v.b.fill(0.0);
            textbook::sgd_step(layer, v, d, rate, gamma);
        };
    "the update has the wrong sign":
        sgd_step = |layer, v, d, rate, gamma| textbook::sgd_step(layer, v, d, -rate, gamma);
    "γ and 1 − γ are exchanged":
        sgd_step = |layer, v, d, rate, gamma| textbook::sgd_step(layer, v, d, rate, 1.0 - gamma);
    "the velocity lacks the factor α; it is multiplied in when the weights move":
        sgd_step = |layer, v, d, rate, gamma| {
            textbook::sgd_step(&mut layer.clone(), v, d, 1.0, gamma);
            layer.w.scaled_add(-rate, &v.w);
            layer.b.scaled_add(-rate, &v.b);
        };
    "the weights move by α times the gradient instead of by the velocity":
        sgd_step = |layer, v, d, rate, gamma| {
            textbook::sgd_step(&mut layer.clone(), v, d, rate, gamma);
            layer.w.scaled_add(-rate, &d.w);
            layer.b.scaled_add(-rate, &d.b);
        };
    "the weights move before the velocity is updated":
        sgd_step = |layer, v, d, rate, gamma| {
            layer.w -= &v.w;
            layer.b -= &v.b;
            textbook::sgd_step(&mut layer.clone(), v, d, rate, gamma);
        };
    "the biases are not updated":
        sgd_step = |layer, v, d, rate, gamma| {
            let (b, velocity) = (layer.b.clone(), v.b.clone());
            textbook::sgd_step(layer, v, d, rate, gamma);
            (layer.b, v.b) = (b, velocity);
        };

    // penalties
    "the gradient of the penalties has the wrong sign":
        penalty_gradient = |w, l1, l2| -textbook::penalty_gradient(w, l1, l2);
    "the L2 gradient has an extra factor of 2":
        penalty_gradient = |w, l1, l2| textbook::penalty_gradient(w, l1, 2.0 * l2);
    "the L1 gradient is w instead of the sign of w":
        penalty_gradient = |w, l1, l2| textbook::penalty_gradient(w, 0.0, l1 + l2);
    "the sign of 0 is 1 or −1 instead of 0 (`f64::signum` is never 0)":
        penalty_gradient = |w, l1, l2| w.mapv(|w| l1 * w.signum() + l2 * w);
    "the L2 penalty lacks its factor 1/2":
        penalty = |w, l1, l2| textbook::penalty(w, l1, 2.0 * l2);
    "the L1 penalty sums w instead of |w|":
        penalty = |w, l1, l2| l1 * w.sum() + textbook::penalty(w, 0.0, l2);
    "λ₁ and λ₂ are exchanged":
        penalty = |w, l1, l2| textbook::penalty(w, l2, l1);
        penalty_gradient = |w, l1, l2| textbook::penalty_gradient(w, l2, l1);

    // early stopping
    "the count goes by epochs since the best one instead of consecutive increases":
        early_stopping = |losses, patience| {
            stopping(losses, patience, |n, loss, _, lowest| if loss >= lowest { n + 1 } else { 0 })
        };
    "the count of increases is not set back to 0 when the loss does not rise":
        early_stopping = |losses, patience| {
            stopping(losses, patience, |n, loss, previous, _| n + usize::from(loss > previous))
        };
    "an equal loss counts as an increase":
        early_stopping = |losses, patience| {
            stopping(losses, patience, |n, loss, previous, _| if loss >= previous { n + 1 } else { 0 })
        };
    "the run ends when the count exceeds patience instead of when it reaches patience":
        early_stopping = |losses, patience| textbook::early_stopping(losses, patience + 1);
    "epochs are counted from 0":
        early_stopping = |losses, patience| {
            let (last, best) = textbook::early_stopping(losses, patience);
            (last - 1, best - 1)
        };
    "the last epoch is returned as the best":
        early_stopping = |losses, patience| {
            let (last, _) = textbook::early_stopping(losses, patience);
            (last, last)
        };
    "of equally low losses, the last is taken as the best instead of the first":
        early_stopping = |losses, patience| {
            let (last, best) = textbook::early_stopping(losses, patience);
            let lowest = losses[best - 1];
            (last, 1 + losses[..last].iter().rposition(|&loss| loss == lowest).unwrap_or(0))
        };
    "the best epoch is searched among the epochs after the stop too":
        early_stopping = |losses, patience| {
            let (last, _) = textbook::early_stopping(losses, patience);
            (last, textbook::early_stopping(losses, usize::MAX).1)
        };
}

fn count(labels: &[u8]) -> f64 {
    labels.len() as f64
}

fn largest<'a>(numbers: impl Iterator<Item = &'a f64>) -> f64 {
    numbers.fold(f64::NEG_INFINITY, |max, &x| max.max(x))
}

/// The sum of each row, as a column.
fn sums(m: &Array2<f64>) -> Array2<f64> {
    m.sum_axis(Axis(1)).insert_axis(Axis(1))
}

/// Softmax as eq. 1 has it, so e^z may be infinite.
fn probabilities(logits: &Array2<f64>) -> Array2<f64> {
    let exps = logits.mapv(f64::exp);
    &exps / sums(&exps)
}

/// The labels t, one-hot.
fn targets(logits: &Array2<f64>, labels: &[u8]) -> Array2<f64> {
    Array2::from_shape_fn(logits.dim(), |(n, k)| {
        f64::from(usize::from(labels[n]) == k)
    })
}

fn mean_loss(log_y: &Array2<f64>, labels: &[u8]) -> f64 {
    -(targets(log_y, labels) * log_y).sum() / count(labels)
}

/// The cross-entropy and its δ, each multiplied by a factor.
fn changed(logits: &Array2<f64>, labels: &[u8], loss: f64, delta: f64) -> (f64, Array2<f64>) {
    let (e, d) = textbook::cross_entropy(logits, labels);
    (e * loss, d * delta)
}

/// f′, given f(z): right only for outputs.
fn derivative_by_output(f: Activation, a: &Array2<f64>) -> Array2<f64> {
    match f {
        Sigmoid => a.mapv(|a| a * (1.0 - a)),
        Tanh => a.mapv(|a| 1.0 - a * a),
        Identity | Relu => textbook::derivative(f, a),
    }
}

/// Early stopping with another count of bad losses, given the count before, the loss, the previous one and the lowest.
fn stopping(
    losses: &[f64],
    patience: usize,
    next: fn(usize, f64, f64, f64) -> usize,
) -> (usize, usize) {
    let (mut best, mut count) = (1, 0);
    for epoch in 2..=losses.len() {
        let (previous, loss, lowest) = (losses[epoch - 2], losses[epoch - 1], losses[best - 1]);
        count = next(count, loss, previous, lowest);
        if loss < lowest {
            best = epoch;
        }
        if count == patience {
            return (epoch, best);
        }
    }
    (losses.len(), best)
}
