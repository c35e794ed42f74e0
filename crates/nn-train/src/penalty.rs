//! L1 and L2 penalties, and the objective that they and the loss add up to.

use std::ops::Range;

use nn_core::{Error, Grads, Input, Mlp, Params, Scalar, Workspace};

/// A penalty on large weights, added to the loss: λ₁ Σ|w| + λ₂/2 Σw².
///
/// Its gradient is λ₁ sign(w) + λ₂ w, as eq. 6 and 7 have it, with sign(0) = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// λ₁, the L1 constant; 0 for none.
    pub l1: f64,
    /// λ₂, the L2 constant; 0 for none.
    pub l2: f64,
    /// Whether biases are penalised like weights. By default they are not.
    pub biases: bool,
}

/// What training minimises, in its two parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective<F> {
    /// Mean cross-entropy of the batch, in nats.
    pub loss: F,
    /// The penalty; 0 without one.
    pub penalty: F,
}

impl<F: Scalar> Objective<F> {
    /// Loss and penalty together: the function whose gradient [`objective`] gives.
    pub fn total(&self) -> F {
        self.loss + self.penalty
    }
}

impl Penalty {
    /// λ₁ Σ|w| + λ₂/2 Σw² over the weights, and over the biases if they are covered.
    pub fn value<F: Scalar>(&self, params: &Params<F>) -> F {
        let (l1, l2) = (F::of(self.l1), F::of(self.l2 / 2.0));
        self.covered(params)
            .map(|range| sum(&params.as_slice()[range], |w| l2 * w * w + l1 * w.abs()))
            .fold(F::zero(), |total, part| total + part)
    }

    /// Adds λ₁ sign(w) + λ₂ w to `grads`.
    fn add_gradient<F: Scalar>(&self, params: &Params<F>, grads: &mut Grads<F>) {
        let (l1, l2) = (F::of(self.l1), F::of(self.l2));
        for range in self.covered(params) {
            let weights = &params.as_slice()[range.clone()];
            for (d, &w) in grads.as_mut_slice()[range].iter_mut().zip(weights) {
                *d += l2 * w + l1 * sign(w);
            }
        }
    }

    /// Where the parameters lie that are penalised; nowhere without a penalty.
    fn covered<F: Scalar>(&self, params: &Params<F>) -> impl Iterator<Item = Range<usize>> {
        let active = self.l1 != 0.0 || self.l2 != 0.0;
        let layers = params
            .network()
            .layers()
            .take(if active { usize::MAX } else { 0 });
        layers.map(|layer| {
            let biases = layer.biases();
            let end = if self.biases {
                biases.end
            } else {
                biases.start
            };
            layer.weights().start..end
        })
    }
}

/// Σ f(w) in 32 interleaved sums: a fixed order that vectorises, and rounds less than a single sum.
fn sum<F: Scalar>(weights: &[F], f: impl Fn(F) -> F) -> F {
    let mut sums = [F::zero(); 32];
    for chunk in weights.chunks(sums.len()) {
        for (sum, &w) in sums.iter_mut().zip(chunk) {
            *sum += f(w);
        }
    }
    sums.iter().fold(F::zero(), |total, &sum| total + sum)
}

/// −1, 0 or 1; unlike `signum`, 0 for 0.
fn sign<F: Scalar>(x: F) -> F {
    if x == F::zero() { x } else { x.signum() }
}

/// Loss plus penalty of a batch, and the gradient of their sum in `grads`, which is overwritten.
///
/// # Errors
/// As [`Mlp::loss_and_grad`].
pub fn objective<F: Scalar>(
    network: &Mlp,
    params: &Params<F>,
    x: &impl Input<F>,
    y: &[u8],
    penalty: &Penalty,
    workspace: &mut Workspace<F>,
    grads: &mut Grads<F>,
) -> Result<Objective<F>, Error> {
    let loss = network.loss_and_grad(params, x, y, workspace, grads)?;
    penalty.add_gradient(params, grads);
    Ok(Objective {
        loss,
        penalty: penalty.value(params),
    })
}
