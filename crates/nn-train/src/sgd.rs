//! The parameter update: stochastic gradient descent with momentum and a penalty.

use nn_core::{Float, GradientBlock};

use crate::penalty::{Penalty, PenaltyPlace};

/// The update of eq. 5: Δw ← γ Δw + (1 − γ) α dE/dw, then w ← w − Δw.
///
/// The velocity Δw is the only optimizer state; it is 0 before the first step. The velocity is an exponential average,
/// in which (1 − γ) scales the gradient. Most libraries omit this factor, so their equivalent learning rate is (1 − γ)
/// times this one. With γ = 0, the update is plain gradient descent. [`PenaltyPlace`] decides where a penalty enters.
/// A change below [`Float::NEGLIGIBLE`] is 0, so that velocities and weights do not fade into subnormal numbers.
///
/// ```
/// use nn_train::nn_core::{Activation, Grads, Mlp, Params, Workspace};
/// use nn_train::{Penalty, Sgd};
///
/// let network = Mlp::new(&[1, 2], Activation::Identity)?;
/// let (mut params, mut velocity) = (Params::<f64>::zeros(&network), Params::zeros(&network));
/// let (x, mut workspace) = (ndarray::array![[2.0]], Workspace::new());
/// let sgd = Sgd::new(0.1, 0.9, Penalty::default());
/// let backpropagation = network.backpropagate(&params, &x, &[0], &mut workspace)?;
/// backpropagation.update(&mut params, [&mut velocity], |block| sgd.step(block));
/// // The probabilities are 1/2, so dE/dw = 2·(1/2 − 1).
/// assert_eq!(velocity.as_slice()[0], (1.0 - 0.9) * 0.1 * 2.0 * (0.5 - 1.0));
/// assert_eq!(params.as_slice()[0], -velocity.as_slice()[0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sgd<F> {
    /// γ
    momentum: F,
    /// (1 − γ) α
    gradient_weight: F,
    penalty: Penalty,
    /// λ₁ and λ₂; multiplied by α or (1 − γ) α if the penalty enters in the update.
    l1: F,
    l2: F,
}

impl<F: Float> Sgd<F> {
    /// The update with learning rate α and momentum γ.
    pub fn new(learning_rate: f64, momentum: f64, penalty: Penalty) -> Self {
        let gradient_weight = (1.0 - momentum) * learning_rate;
        let penalty_weight = match penalty.place {
            PenaltyPlace::Gradient => 1.0,
            PenaltyPlace::Update => learning_rate,
            PenaltyPlace::DampedUpdate => gradient_weight,
        };
        Self {
            momentum: F::of(momentum),
            gradient_weight: F::of(gradient_weight),
            penalty,
            l1: F::of(penalty_weight * penalty.l1),
            l2: F::of(penalty_weight * penalty.l2),
        }
    }

    /// Updates some parameters and their velocity, given their gradient.
    ///
    /// # Panics
    /// If parameters, velocity and gradient have different lengths.
    pub fn step(&self, block: GradientBlock<'_, F, 1>) {
        let (w, [v], d) = (block.params, block.state, block.gradient);
        assert!(w.len() == v.len() && v.len() == d.len(), "one network");
        if self.penalty.is_active() && (!block.is_bias || self.penalty.biases) {
            match self.penalty.place {
                PenaltyPlace::Gradient => F::add_penalty_gradient(w, d, self.l1, self.l2),
                PenaltyPlace::Update | PenaltyPlace::DampedUpdate => {
                    F::descend_penalty(w, self.l1, self.l2);
                }
            }
        }
        F::sgd_step(w, v, d, self.momentum, self.gradient_weight);
    }
}
