//! Softmax (eq. 1): from logits to probabilities.
//!
//! The last layer gives every example a row of numbers z_1 … z_K, one per class: its logits. Softmax turns them into
//! probabilities y_1 … y_K, which are positive and have the sum 1:
//!
//! ```text
//! y_k = e^(z_k) / (e^(z_1) + … + e^(z_K))
//! ```
//!
//! The loss needs their logarithms, so the function below returns ln y_k. Each row of the result comes from the same
//! row of `logits`, and both matrices have the shape [examples × classes].
//!
//! There is a trap: e^1000 is infinite for a computer. Subtract the largest logit of the row from all logits of the
//! row first. Numerator and denominator are then divided by the same number, so y does not change.
//!
//! By hand, for the logits 0 and ln 3 ≈ 1.0986: e^z is 1 and 3, and the sum is 4. So y is 1/4 and 3/4, and ln y is
//! −1.3863 and −0.2877.

use mnist_exercises::grade;
use ndarray::{Array1, Array2, Axis, array};

//~ log_softmax

#[test]
fn example() {
    let log_y = log_softmax(&array![[0.0, 1.0986]]);
    grade::example(&log_y, &array![[-1.3863, -0.2877]]);
}

#[test]
fn grade() {
    grade::softmax(log_softmax);
}
