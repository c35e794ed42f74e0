//! The gradient check (section 3): derivatives without calculus.
//!
//! Move one number w_i a little up and a little down, by ε, and compute the loss at both points. The slope between them
//! is nearly the derivative, with an error proportional to ε²:
//!
//! ```text
//! dE/dw_i ≈ (E(…, w_i + ε, …) − E(…, w_i − ε, …)) / 2ε
//! ```
//!
//! All other numbers stay where they are. The result has one derivative for each number of `w`. The gradient of
//! backpropagation must agree with this one. It is far too slow to train with, because it computes the loss twice for
//! each weight.
//!
//! By hand, for E(w_1, w_2) = w_1²·w_2 at (3, 2) with ε = 0.01:
//! dE/dw_1 ≈ (3.01²·2 − 2.99²·2) / 0.02 = (18.1202 − 17.8802) / 0.02 = 12, and
//! dE/dw_2 ≈ (9·2.01 − 9·1.99) / 0.02 = 9.

use mnist_exercises::grade;
use ndarray::{Array1, array};

//~ numerical_gradient

#[test]
fn example() {
    let gradient = numerical_gradient(&|w| w[0] * w[0] * w[1], &[3.0, 2.0], 0.01);
    grade::example(&Array1::from(gradient), &array![12.0, 9.0]);
}

#[test]
fn grade() {
    grade::gradient_check(numerical_gradient);
}
