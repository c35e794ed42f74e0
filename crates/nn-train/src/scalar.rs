//! The loops of training, for `f32` and for `f64`.

use nn_kernel::{Real, vectorised};

/// `f32`, which trains, or `f64`, which checks gradients: [`nn_core::Scalar`] with the loops of a step.
///
/// They are compiled in this crate and optimised as it is, so that a program built without optimisation
/// is fast too, as long as its dependencies are optimised.
pub trait Scalar: nn_core::Scalar {
    /// v ← γ v + `rate`·g, then w ← w − v.
    #[doc(hidden)]
    fn sgd_step(w: &mut [Self], v: &mut [Self], g: &[Self], gamma: Self, rate: Self);

    /// λ₁ Σ|w| + ½ λ₂ Σw² of some weights.
    #[doc(hidden)]
    fn penalty(weights: &[Self], l1: Self, half_l2: Self) -> Self;

    /// `gradient` ← `gradient` + λ₁ sign(w) + λ₂ w.
    #[doc(hidden)]
    fn add_penalty_gradient(weights: &[Self], gradient: &mut [Self], l1: Self, l2: Self);

    /// w ← w − λ₁ sign(w) − λ₂ w.
    #[doc(hidden)]
    fn descend_penalty(weights: &mut [Self], l1: Self, l2: Self);
}

macro_rules! scalar {
    ($float:ty) => {
        impl Scalar for $float {
            fn sgd_step(w: &mut [Self], v: &mut [Self], g: &[Self], gamma: Self, rate: Self) {
                sgd_step(w, v, g, gamma, rate);
            }

            fn penalty(weights: &[Self], l1: Self, half_l2: Self) -> Self {
                penalty(weights, l1, half_l2)
            }

            fn add_penalty_gradient(weights: &[Self], gradient: &mut [Self], l1: Self, l2: Self) {
                add_penalty_gradient(weights, gradient, l1, l2);
            }

            fn descend_penalty(weights: &mut [Self], l1: Self, l2: Self) {
                descend_penalty(weights, l1, l2);
            }
        }
    };
}

scalar!(f32);
scalar!(f64);

vectorised! {
    fn sgd_step<'a, F>(w: &'a mut [F], v: &'a mut [F], g: &'a [F], gamma: F, rate: F) {
        for ((w, v), &g) in w.iter_mut().zip(v).zip(g) {
            *v = gamma * *v + rate * g;
            *w -= *v;
        }
    }
}

vectorised! {
    /// In 32 interleaved sums: a fixed order that vectorises, and rounds less than a single sum.
    fn penalty<'a, F>(weights: &'a [F], l1: F, half_l2: F) -> F {
        let mut sums = [F::zero(); 32];
        for chunk in weights.chunks(sums.len()) {
            for (sum, &w) in sums.iter_mut().zip(chunk) {
                *sum += half_l2 * w * w + l1 * w.abs();
            }
        }
        sums.iter().fold(F::zero(), |total, &sum| total + sum)
    }
}

vectorised! {
    fn add_penalty_gradient<'a, F>(weights: &'a [F], gradient: &'a mut [F], l1: F, l2: F) {
        for (d, &w) in gradient.iter_mut().zip(weights) {
            *d += l2 * w + l1 * sign(w);
        }
    }
}

vectorised! {
    fn descend_penalty<'a, F>(weights: &'a mut [F], l1: F, l2: F) {
        for w in weights {
            *w -= l2 * *w + l1 * sign(*w);
        }
    }
}

/// −1, 0 or 1; unlike `signum`, 0 for 0.
#[inline(always)]
fn sign<F: Real>(x: F) -> F {
    if x == F::zero() { x } else { x.signum() }
}
