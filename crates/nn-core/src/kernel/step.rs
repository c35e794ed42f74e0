//! The loops of a training step, with one formula each for the update and for the penalty.
//! [`textbook`](crate::textbook) has the same formulas in plain matrices.

use crate::float::Float;
use crate::kernel::vectorised;

/// A change of a parameter, or 0 if the change is negligible.
#[inline(always)]
fn change<F: Float>(x: F) -> F {
    if x.abs() < F::NEGLIGIBLE {
        F::zero()
    } else {
        x
    }
}

vectorised! {
    /// A step of gradient descent with momentum (eq. 5): Δw ← γ Δw + (1 − γ) α dE/dw, then w ← w − Δw. A negligible Δw
    /// becomes 0. `v` is Δw, `d` is dE/dw, `momentum` is γ and `gradient_weight` is (1 − γ) α.
    pub(crate) fn sgd_step<'a, F>(
        w: &'a mut [F],
        v: &'a mut [F],
        d: &'a [F],
        momentum: F,
        gradient_weight: F,
    ) {
        for ((w, v), &d) in w.iter_mut().zip(v).zip(d) {
            *v = change(momentum * *v + gradient_weight * d);
            *w -= *v;
        }
    }
}

vectorised! {
    /// The penalty λ₁ Σ|w| + λ₂/2 Σw², in 32 interleaved sums: a fixed order that vectorises and rounds
    /// less than a single sum.
    pub(crate) fn penalty<'a, F>(weights: &'a [F], l1: F, half_l2: F) -> F {
        let mut sums = [F::zero(); 32];
        for chunk in weights.chunks(sums.len()) {
            for (sum, &w) in sums.iter_mut().zip(chunk) {
                *sum += half_l2 * w * w + l1 * w.abs();
            }
        }
        sums.iter().fold(F::zero(), |total, &sum| total + sum)
    }
}

/// The penalty's derivative λ₁ sign(w) + λ₂ w (eq. 6 and 7), with sign(0) = 0.
#[inline(always)]
fn penalty_derivative<F: Float>(w: F, l1: F, l2: F) -> F {
    let sign = if w == F::zero() { w } else { w.signum() };
    l2 * w + l1 * sign
}

vectorised! {
    /// Adds the penalty's derivative to the gradient `d` of some weights.
    pub(crate) fn add_penalty_gradient<'a, F>(weights: &'a [F], d: &'a mut [F], l1: F, l2: F) {
        for (d, &w) in d.iter_mut().zip(weights) {
            *d += penalty_derivative(w, l1, l2);
        }
    }
}

vectorised! {
    /// Subtracts the penalty's derivative from the weights, unless it is negligible; `l1` and `l2` contain the learning
    /// rate.
    pub(crate) fn descend_penalty<'a, F>(weights: &'a mut [F], l1: F, l2: F) {
        for w in weights {
            *w -= change(penalty_derivative(*w, l1, l2));
        }
    }
}
