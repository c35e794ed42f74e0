//! The catalogue of common mistakes.

use std::f64::consts::LN_2;

use ndarray::{Array2, Axis};
use nn_core::Activation;
use nn_core::textbook::{self, LayerParams};

use crate::functions::{Functions, LogSoftmax};

/// A common mistake.
pub struct Mistake {
    /// What is wrong, as a phrase.
    pub text: &'static str,
    /// Makes the mistake in a table of functions.
    pub plant: fn(&mut Functions),
}

const NO_MAXIMUM: &str = "softmax does not subtract the largest logit";

/// The mistakes. A text occurs twice if a mistake has two forms.
pub const MISTAKES: &[Mistake] = &[
    // softmax
    Mistake {
        text: NO_MAXIMUM,
        plant: |f| {
            f.log_softmax = |logits| probabilities(logits).mapv(f64::ln);
            f.cross_entropy = |logits, labels| {
                let y = probabilities(logits);
                let delta = (&y - targets(logits, labels)) / labels.len() as f64;
                (mean_loss(&y.mapv(f64::ln), labels), delta)
            };
        },
    },
    Mistake {
        text: NO_MAXIMUM,
        plant: |f| {
            let log_softmax: LogSoftmax =
                |logits| logits - sums(&logits.mapv(f64::exp)).mapv(f64::ln);
            f.log_softmax = log_softmax;
            f.cross_entropy = |logits, labels| {
                let log_y = logits - sums(&logits.mapv(f64::exp)).mapv(f64::ln);
                let delta = log_y.mapv(f64::exp) - targets(logits, labels);
                (mean_loss(&log_y, labels), delta / labels.len() as f64)
            };
        },
    },
    Mistake {
        text: "the largest logit of the whole batch is subtracted instead of each row's",
        plant: |f| {
            f.log_softmax = |logits| {
                let shifted = logits - logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
                &shifted - sums(&shifted.mapv(f64::exp)).mapv(f64::ln)
            };
        },
    },
    Mistake {
        text: "the largest logit is subtracted inside the sum only, and not from a_k",
        plant: |f| {
            f.log_softmax = |logits| {
                let maxima =
                    logits.map_axis(Axis(1), |row| row.fold(f64::NEG_INFINITY, |a, &b| a.max(b)));
                textbook::log_softmax(logits) + maxima.insert_axis(Axis(1))
            };
        },
    },
    Mistake {
        text: "softmax goes over the columns (examples) instead of the rows (classes)",
        plant: |f| {
            f.log_softmax = |logits| {
                let columns = logits.t().as_standard_layout().into_owned();
                textbook::log_softmax(&columns).reversed_axes()
            };
        },
    },
    Mistake {
        text: "the result has the probabilities instead of their logarithms",
        plant: |f| f.log_softmax = |logits| textbook::log_softmax(logits).mapv(f64::exp),
    },
    Mistake {
        text: "the logarithm has base 2, so the loss is in bits instead of nats",
        plant: |f| {
            f.log_softmax = |logits| textbook::log_softmax(logits) / LN_2;
            f.cross_entropy = |logits, labels| {
                let (loss, delta) = textbook::cross_entropy(logits, labels);
                (loss / LN_2, delta)
            };
        },
    },
    // cross-entropy
    Mistake {
        text: "sum over the batch instead of the mean",
        plant: |f| f.cross_entropy = |logits, labels| scaled(logits, labels, labels.len() as f64),
    },
    Mistake {
        text: "mean over all elements, so the sum is divided by the number of classes too",
        plant: |f| {
            f.cross_entropy = |logits, labels| scaled(logits, labels, 1.0 / logits.ncols() as f64);
        },
    },
    Mistake {
        text: "the sum is divided by the number of classes instead of the number of examples",
        plant: |f| {
            f.cross_entropy = |logits, labels| {
                scaled(logits, labels, labels.len() as f64 / logits.ncols() as f64)
            };
        },
    },
    Mistake {
        text: "δ of the output layer is y instead of y − t",
        plant: |f| {
            f.cross_entropy = |logits, labels| {
                let (loss, delta) = textbook::cross_entropy(logits, labels);
                (loss, delta + targets(logits, labels) / labels.len() as f64)
            };
        },
    },
    Mistake {
        text: "δ of the output layer is t − y instead of y − t",
        plant: |f| {
            f.cross_entropy = |logits, labels| {
                let (loss, delta) = textbook::cross_entropy(logits, labels);
                (loss, -delta)
            };
        },
    },
    Mistake {
        text: "δ of the output layer has the extra factor y (1 − y)",
        plant: |f| {
            f.cross_entropy = |logits, labels| {
                let (loss, delta) = textbook::cross_entropy(logits, labels);
                let y = textbook::log_softmax(logits).mapv(f64::exp);
                (loss, delta * y.mapv(|y| y * (1.0 - y)))
            };
        },
    },
    Mistake {
        text: "the loss lacks its minus sign",
        plant: |f| {
            f.cross_entropy = |logits, labels| {
                let (loss, delta) = textbook::cross_entropy(logits, labels);
                (-loss, delta)
            };
        },
    },
    // the forward pass
    Mistake {
        text: "the bias is left out",
        plant: |f| {
            f.pre_activations = |a, layer| a.dot(&layer.w);
            f.forward = |layers, f, x| {
                let mut layers = layers.to_vec();
                layers.iter_mut().for_each(|layer| layer.b.fill(0.0));
                textbook::forward(&layers, f, x)
            };
        },
    },
    Mistake {
        text: "the exponent of the sigmoid is z instead of −z",
        plant: |f| {
            f.activate = |f, z| match f {
                Activation::Sigmoid => textbook::activate(f, &-z),
                _ => textbook::activate(f, z),
            }
        },
    },
    Mistake {
        text: "ReLU keeps the negative numbers instead of the positive ones",
        plant: |f| {
            f.activate = |f, z| match f {
                Activation::Relu => z.mapv(|z| z.min(0.0)),
                _ => textbook::activate(f, z),
            }
        },
    },
    Mistake {
        text: "the network's inputs X go through the activation function too",
        plant: |f| {
            f.forward = |layers, f, x| {
                let (mut a, z) = textbook::forward(layers, f, &textbook::activate(f, x));
                a[0] = textbook::activate(f, x);
                (a, z)
            }
        },
    },
    Mistake {
        text: "the logits go through the activation function",
        plant: |f| {
            f.forward = |layers, f, x| {
                let (a, mut z) = textbook::forward(layers, f, x);
                let last = z.len() - 1;
                z[last] = textbook::activate(f, &z[last]);
                (a, z)
            }
        },
    },
    Mistake {
        text: "the activations are stored in place of the pre-activations",
        plant: |f| {
            f.forward = |layers, f, x| {
                let (a, z) = textbook::forward(layers, f, x);
                let last = z.len() - 1;
                let activated = |(l, z): (usize, Array2<f64>)| {
                    if l < last {
                        textbook::activate(f, &z)
                    } else {
                        z
                    }
                };
                (a, z.into_iter().enumerate().map(activated).collect())
            }
        },
    },
    Mistake {
        text: "the hidden layers are not activated",
        plant: |f| f.forward = |layers, _, x| textbook::forward(layers, Activation::Identity, x),
    },
    // backpropagation
    Mistake {
        text: "δ is multiplied by W instead of Wᵀ",
        plant: |f| {
            f.delta_below = |delta, w, f, z| {
                let transposed = w.t().as_standard_layout().into_owned();
                let w = if w.is_square() { &transposed } else { w };
                textbook::delta_below(delta, w, f, z)
            };
        },
    },
    Mistake {
        text: "f′ is taken at the output instead of the pre-activation",
        plant: |f| {
            f.derivative = |f, z| textbook::derivative(f, &textbook::activate(f, z));
            f.delta_below =
                |delta, w, f, z| textbook::delta_below(delta, w, f, &textbook::activate(f, z));
        },
    },
    Mistake {
        text: "the formula for f′ that takes f(z) is given z",
        plant: |f| {
            f.derivative = derivative_by_output;
            f.delta_below = |delta, w, f, z| delta.dot(&w.t()) * derivative_by_output(f, z);
        },
    },
    Mistake {
        text: "f is used instead of f′",
        plant: |f| {
            f.derivative = textbook::activate;
            f.delta_below = |delta, w, f, z| delta.dot(&w.t()) * textbook::activate(f, z);
        },
    },
    Mistake {
        text: "f′ is left out",
        plant: |f| {
            f.delta_below =
                |delta, w, _, z| textbook::delta_below(delta, w, Activation::Identity, z)
        },
    },
    Mistake {
        text: "db stays 0",
        plant: |f| {
            f.layer_gradient = |a, delta| LayerParams {
                b: ndarray::Array1::zeros(delta.ncols()),
                ..textbook::layer_gradient(a, delta)
            }
        },
    },
    Mistake {
        text: "weight gradients are summed while bias gradients are averaged",
        plant: |f| {
            f.layer_gradient = |a, delta| {
                let d = textbook::layer_gradient(a, delta);
                LayerParams {
                    b: d.b / delta.nrows() as f64,
                    ..d
                }
            }
        },
    },
    Mistake {
        text: "the gradient is divided by the number of examples a second time; δ is divided already",
        plant: |f| {
            f.layer_gradient =
                |a, delta| textbook::layer_gradient(a, &(delta / delta.nrows() as f64))
        },
    },
    Mistake {
        text: "the gradient is divided by the number of inputs",
        plant: |f| {
            f.layer_gradient = |a, delta| textbook::layer_gradient(a, &(delta / a.ncols() as f64))
        },
    },
    Mistake {
        text: "the gradient is divided by the number of features instead of the number of examples",
        plant: |f| {
            f.loss_and_grad = Some(|layers, f, x, labels| {
                let (loss, mut d_layers) = textbook::loss_and_grad(layers, f, x, labels);
                for d in &mut d_layers {
                    let factor = x.nrows() as f64 / x.ncols() as f64;
                    d.w *= factor;
                    d.b *= factor;
                }
                (loss, d_layers)
            })
        },
    },
    Mistake {
        text: "dW uses the pre-activations of the layer below instead of its outputs",
        plant: |f| f.inputs_not_activated = true,
    },
    // the gradient check
    Mistake {
        text: "the difference is one-sided: (E(w + ε) − E(w)) / ε",
        plant: |f| {
            f.numerical_gradient = |loss, w, epsilon| {
                moved(w, |point, i| {
                    let here = loss(point);
                    point[i] += epsilon;
                    (loss(point) - here) / epsilon
                })
            }
        },
    },
    Mistake {
        text: "the difference is divided by ε instead of 2ε",
        plant: |f| {
            f.numerical_gradient = |loss, w, epsilon| {
                textbook::numerical_gradient(loss, w, epsilon)
                    .iter()
                    .map(|d| 2.0 * d)
                    .collect()
            }
        },
    },
    Mistake {
        text: "a coordinate is not restored before the next one is moved",
        plant: |f| {
            f.numerical_gradient = |loss, w, epsilon| {
                let mut point = w.to_vec();
                (0..w.len())
                    .map(|i| {
                        point[i] = w[i] + epsilon;
                        let above = loss(&point);
                        point[i] = w[i] - epsilon;
                        (above - loss(&point)) / (2.0 * epsilon)
                    })
                    .collect()
            }
        },
    },
    // the update
    Mistake {
        text: "the factor 1 − γ is missing",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| {
                textbook::sgd_step(layer, v, d, rate / (1.0 - gamma), gamma)
            }
        },
    },
    Mistake {
        text: "the velocity is reset at each step",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| {
                v.w.fill(0.0);
                v.b.fill(0.0);
                textbook::sgd_step(layer, v, d, rate, gamma);
            }
        },
    },
    Mistake {
        text: "the update has the wrong sign",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| textbook::sgd_step(layer, v, d, -rate, gamma)
        },
    },
    Mistake {
        text: "γ and 1 − γ are exchanged",
        plant: |f| {
            f.sgd_step =
                |layer, v, d, rate, gamma| textbook::sgd_step(layer, v, d, rate, 1.0 - gamma)
        },
    },
    Mistake {
        text: "the velocity lacks the factor α; it is multiplied in when the weights move",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| {
                let mut scaled = LayerParams {
                    w: &v.w * rate,
                    b: &v.b * rate,
                };
                textbook::sgd_step(layer, &mut scaled, d, rate, gamma);
                *v = LayerParams {
                    w: scaled.w / rate,
                    b: scaled.b / rate,
                };
            }
        },
    },
    Mistake {
        text: "the weights move by α times the gradient instead of by the velocity",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| {
                textbook::sgd_step(&mut layer.clone(), v, d, rate, gamma);
                layer.w.scaled_add(-rate, &d.w);
                layer.b.scaled_add(-rate, &d.b);
            }
        },
    },
    Mistake {
        text: "the weights move before the velocity is updated",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| {
                layer.w -= &v.w;
                layer.b -= &v.b;
                textbook::sgd_step(&mut layer.clone(), v, d, rate, gamma);
            }
        },
    },
    Mistake {
        text: "the biases are not updated",
        plant: |f| {
            f.sgd_step = |layer, v, d, rate, gamma| {
                let (b, velocity) = (layer.b.clone(), v.b.clone());
                textbook::sgd_step(layer, v, d, rate, gamma);
                (layer.b, v.b) = (b, velocity);
            }
        },
    },
    // penalties
    Mistake {
        text: "the gradient of the penalties has the wrong sign",
        plant: |f| f.penalty_gradient = |w, l1, l2| -textbook::penalty_gradient(w, l1, l2),
    },
    Mistake {
        text: "the L2 gradient has an extra factor of 2",
        plant: |f| f.penalty_gradient = |w, l1, l2| textbook::penalty_gradient(w, l1, 2.0 * l2),
    },
    Mistake {
        text: "the L1 gradient is w instead of the sign of w",
        plant: |f| f.penalty_gradient = |w, l1, l2| textbook::penalty_gradient(w, 0.0, l1 + l2),
    },
    Mistake {
        text: "the sign of 0 is 1 or −1 instead of 0 (`f64::signum` has no 0)",
        plant: |f| f.penalty_gradient = |w, l1, l2| w.mapv(|w| l1 * w.signum() + l2 * w),
    },
    Mistake {
        text: "the L2 penalty lacks its factor 1/2",
        plant: |f| f.penalty = |w, l1, l2| textbook::penalty(w, l1, 2.0 * l2),
    },
    Mistake {
        text: "the L1 penalty sums w instead of |w|",
        plant: |f| f.penalty = |w, l1, l2| l1 * w.sum() + textbook::penalty(w, 0.0, l2),
    },
    Mistake {
        text: "λ₁ and λ₂ are exchanged",
        plant: |f| {
            f.penalty = |w, l1, l2| textbook::penalty(w, l2, l1);
            f.penalty_gradient = |w, l1, l2| textbook::penalty_gradient(w, l2, l1);
        },
    },
    // early stopping
    Mistake {
        text: "the count goes by epochs since the best one instead of consecutive increases",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                stopping(losses, patience, true, |loss, _, lowest| loss >= lowest)
            }
        },
    },
    Mistake {
        text: "the count of increases is not set back to 0 when the loss does not rise",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                stopping(losses, patience, false, |loss, previous, _| loss > previous)
            }
        },
    },
    Mistake {
        text: "an equal loss counts as an increase",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                stopping(losses, patience, true, |loss, previous, _| loss >= previous)
            }
        },
    },
    Mistake {
        text: "the run ends when the count exceeds patience instead of when it reaches patience",
        plant: |f| {
            f.early_stopping = |losses, patience| textbook::early_stopping(losses, patience + 1)
        },
    },
    Mistake {
        text: "epochs are counted from 0",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                let (last, best) = textbook::early_stopping(losses, patience);
                (last - 1, best - 1)
            }
        },
    },
    Mistake {
        text: "the last epoch is returned as the best",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                let (last, _) = textbook::early_stopping(losses, patience);
                (last, last)
            }
        },
    },
    Mistake {
        text: "of equally low losses, the last is taken as the best instead of the first",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                let (last, _) = textbook::early_stopping(losses, patience);
                let best = (1..=last)
                    .rev()
                    .min_by(|&a, &b| losses[a - 1].total_cmp(&losses[b - 1]));
                (last, best.unwrap_or(last))
            }
        },
    },
    Mistake {
        text: "the best epoch is searched among the epochs after the stop too",
        plant: |f| {
            f.early_stopping = |losses, patience| {
                let (last, _) = textbook::early_stopping(losses, patience);
                (last, textbook::early_stopping(losses, usize::MAX).1)
            }
        },
    },
];

/// The sum of each row, as a column.
fn sums(m: &Array2<f64>) -> Array2<f64> {
    m.sum_axis(Axis(1)).insert_axis(Axis(1))
}

/// Softmax as eq. 1 has it, so e^a may be infinite.
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
    let losses = labels
        .iter()
        .enumerate()
        .map(|(n, &label)| -log_y[[n, usize::from(label)]]);
    losses.sum::<f64>() / labels.len() as f64
}

/// The cross-entropy and its δ, multiplied by a factor.
fn scaled(logits: &Array2<f64>, labels: &[u8], factor: f64) -> (f64, Array2<f64>) {
    let (loss, delta) = textbook::cross_entropy(logits, labels);
    (loss * factor, delta * factor)
}

/// f′, given f(z): right only for outputs.
fn derivative_by_output(f: Activation, a: &Array2<f64>) -> Array2<f64> {
    match f {
        Activation::Sigmoid => a.mapv(|a| a * (1.0 - a)),
        Activation::Tanh => a.mapv(|a| 1.0 - a * a),
        _ => textbook::derivative(f, a),
    }
}

/// A derivative for each coordinate, computed with a copy of the point.
fn moved(w: &[f64], derivative: impl Fn(&mut Vec<f64>, usize) -> f64) -> Vec<f64> {
    (0..w.len())
        .map(|i| derivative(&mut w.to_vec(), i))
        .collect()
}

/// Early stopping with another rule for bad losses, given the loss, the previous loss and the lowest loss.
fn stopping(
    losses: &[f64],
    patience: usize,
    resets: bool,
    is_bad: fn(f64, f64, f64) -> bool,
) -> (usize, usize) {
    let (mut best, mut count) = (1, 0);
    for epoch in 2..=losses.len() {
        let loss = losses[epoch - 1];
        let bad = is_bad(loss, losses[epoch - 2], losses[best - 1]);
        count = if bad {
            count + 1
        } else if resets {
            0
        } else {
            count
        };
        if loss < losses[best - 1] {
            best = epoch;
        }
        if count == patience {
            return (epoch, best);
        }
    }
    (losses.len(), best)
}
