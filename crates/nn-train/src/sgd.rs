//! The parameter update: stochastic gradient descent with momentum.

use nn_core::{Float, Grads, Params};

/// One step of eq. 5: Δw ← γ Δw + (1 − γ) α dE/dw, then w ← w − Δw.
///
/// `velocity` is Δw, zeros before the first step. The momentum is an exponential average: (1 − γ)
/// scales the gradient, unlike in most libraries, whose learning rate is then (1 − γ) times this one.
/// With γ = 0 it is plain gradient descent.
///
/// ```
/// use nn_core::{Activation, Mlp, Params};
///
/// let network = Mlp::new(&[1, 1], Activation::Identity)?;
/// let mut params = Params::from_vec(&network, vec![1.0, 0.0])?;
/// let mut velocity = Params::from_vec(&network, vec![0.5, 0.0])?;
/// let grads = Params::from_vec(&network, vec![2.0, 0.0])?;
/// nn_train::sgd_step(&mut params, &mut velocity, &grads, 0.1, 0.9);
/// assert_eq!(velocity.as_slice()[0], 0.9 * 0.5 + (1.0 - 0.9) * 0.1 * 2.0);
/// assert_eq!(params.as_slice()[0], 1.0 - velocity.as_slice()[0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Panics
/// If the three belong to networks with different numbers of parameters.
pub fn sgd_step<F: Float>(
    params: &mut Params<F>,
    velocity: &mut Params<F>,
    grads: &Grads<F>,
    learning_rate: f64,
    momentum: f64,
) {
    let (w, v, g) = (
        params.as_mut_slice(),
        velocity.as_mut_slice(),
        grads.as_slice(),
    );
    Sgd::new(learning_rate, momentum).step(w, v, g);
}

/// Eq. 5's two constants, in the parameters' precision.
#[derive(Clone, Copy)]
pub(crate) struct Sgd<F> {
    gamma: F,
    /// (1 − γ) α
    rate: F,
}

impl<F: Float> Sgd<F> {
    pub(crate) fn new(learning_rate: f64, momentum: f64) -> Self {
        Self {
            gamma: F::of(momentum),
            rate: F::of((1.0 - momentum) * learning_rate),
        }
    }

    /// One step for some parameters w with velocity v and gradient g.
    pub(crate) fn step(self, w: &mut [F], v: &mut [F], g: &[F]) {
        assert!(w.len() == v.len() && v.len() == g.len(), "one network");
        F::sgd_step(w, v, g, self.gamma, self.rate);
    }
}
