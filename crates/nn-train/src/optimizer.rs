//! Optimizers: rules that update parameters by their gradient.

use nn_core::{Float, GradientBlock};

/// A rule that updates parameters by their gradient. It keeps N numbers for each parameter, the *optimizer state*: for
/// [`Sgd`], the velocity.
///
/// The optimizer itself does not change during a run. So a run continues from a [`State`](crate::State) with the same
/// result, and a second thread can do steps that are thrown away.
///
/// [`Trainer::with_optimizer`](crate::Trainer::with_optimizer) takes an optimizer. For example, AdaGrad:
///
/// ```
/// use nn_train::nn_core::GradientBlock;
/// use nn_train::{Float, Optimizer};
///
/// struct AdaGrad;
///
/// impl<F: Float> Optimizer<F, 1> for AdaGrad {
///     fn step(&self, learning_rate: f64, _: u64, block: GradientBlock<'_, F, 1>) {
///         let [squares] = block.state;
///         for ((w, &g), sum) in block.params.iter_mut().zip(&*block.gradient).zip(squares) {
///             *sum += g * g;
///             *w -= F::of(learning_rate) * g / (sum.sqrt() + F::of(1e-8));
///         }
///     }
/// }
/// ```
pub trait Optimizer<F: Float, const N: usize> {
    /// Updates some parameters and their optimizer state, given their gradient. In each step of training, this function
    /// is called for one block of parameters after another. The optimizer state is 0 before the first step.
    ///
    /// `learning_rate` is that of the epoch, after the schedule. `number` is the number of the step, counted from 1 over
    /// the whole run.
    ///
    /// The trainer has already applied the penalty: to the gradient, or directly to the parameters, as
    /// [`PenaltyPlace`](crate::PenaltyPlace) says.
    ///
    /// If this function gives NaN, the next loss is NaN, and ends the run as [`Error::Diverged`](crate::Error::Diverged).
    /// If it uses functions of the platform, such as `powf`, other processors may give other bits.
    fn step(&self, learning_rate: f64, number: u64, block: GradientBlock<'_, F, N>);
}

/// Stochastic gradient descent with momentum, eq. 5: Δw ← γ Δw + (1 − γ) α dE/dw, then w ← w − Δw.
///
/// The velocity Δw is the only optimizer state. It is an exponential average, in which (1 − γ) scales the gradient. Most
/// libraries omit this factor, so their equivalent learning rate is (1 − γ) times this one. With γ = 0, the update is
/// plain gradient descent. A change below [`Float::NEGLIGIBLE`] is 0, so that velocities and weights do not fade into
/// subnormal numbers.
///
/// ```
/// use nn_train::nn_core::{Activation, Mlp, Params, Workspace};
/// use nn_train::{Optimizer, Sgd};
///
/// let network = Mlp::new(&[1, 2], Activation::Identity)?;
/// let (mut params, mut velocity) = (Params::<f64>::zeros(&network), Params::zeros(&network));
/// let (x, mut workspace) = (ndarray::array![[2.0]], Workspace::new());
/// let sgd = Sgd { momentum: 0.9 };
/// let backpropagation = network.backpropagate(&params, &x, &[0], &mut workspace)?;
/// backpropagation.update(&mut params, [&mut velocity], |block| sgd.step(0.1, 1, block));
/// // The probabilities are 1/2, so dE/dw = 2·(1/2 − 1).
/// assert_eq!(velocity.as_slice()[0], (1.0 - 0.9) * 0.1 * 2.0 * (0.5 - 1.0));
/// assert_eq!(params.as_slice()[0], -velocity.as_slice()[0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The momentum γ, from 0 (plain SGD) to below 1.
    pub momentum: f64,
}

impl<F: Float> Optimizer<F, 1> for Sgd {
    /// # Panics
    /// If parameters, velocity and gradient have different lengths.
    fn step(&self, learning_rate: f64, _: u64, block: GradientBlock<'_, F, 1>) {
        let (w, [v], d) = (block.params, block.state, block.gradient);
        assert!(w.len() == v.len() && v.len() == d.len(), "one network");
        let gradient_weight = (1.0 - self.momentum) * learning_rate;
        F::sgd_step(w, v, d, F::of(self.momentum), F::of(gradient_weight));
    }
}
