//! L1 and L2 penalties, and the objective that they and the loss add up to.

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
    /// Adds the penalty's gradient to `grads` and returns its value.
    fn add<F: Scalar>(&self, params: &Params<F>, grads: &mut Grads<F>) -> F {
        let mut value = F::zero();
        if self.l1 == 0.0 && self.l2 == 0.0 {
            return value;
        }
        let (l1, l2) = (F::of(self.l1), F::of(self.l2));
        let half = F::of(0.5);
        for layer in params.network().layers() {
            let end = if self.biases {
                layer.biases().end
            } else {
                layer.weights().end
            };
            let range = layer.weights().start..end;
            let pairs = grads.as_mut_slice()[range.clone()]
                .iter_mut()
                .zip(&params.as_slice()[range]);
            for (d, &w) in pairs {
                *d += l2 * w + l1 * sign(w);
                value += half * l2 * w * w + l1 * w.abs();
            }
        }
        value
    }
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
    let penalty = penalty.add(params, grads);
    Ok(Objective { loss, penalty })
}
