//! Cross-entropy (eq. 3): the loss of a batch, and where backpropagation begins (eq. 4).
//!
//! The loss of one example is −ln y_k, where k is its label: 0 if the network is certain and right, and large if the
//! network is certain and wrong. E is the mean over the B examples of the batch:
//!
//! ```text
//! E = −1/B · (sum over the examples n of ln y_{n, label of n})
//! ```
//!
//! The derivative of E with respect to the logits is simple. With t = 1 at the label and 0 elsewhere,
//!
//! ```text
//! δ_nk = dE/dz_nk = (y_nk − t_nk) / B
//! ```
//!
//! Take ln y from `log_softmax`. The logarithm of y itself is infinite if y is so small that it is 0 for the computer.
//!
//! The labels are class numbers from 0. `logits` and δ have the shape [examples × classes].
//!
//! By hand, for one example with the logits 0 and ln 3 ≈ 1.0986 and the label 0: y is 1/4 and 3/4, and t is 1 and 0. So
//! E = −ln 1/4 ≈ 1.3863, and δ = (1/4 − 1, 3/4 − 0) = (−0.75, 0.75).

use mnist_exercises::grade;
use ndarray::{Array2, arr0, array};
use nn_core::textbook::log_softmax;

//~ cross_entropy

#[test]
fn example() {
    let (loss, delta) = cross_entropy(&array![[0.0, 1.0986]], &[0]);
    grade::example(&arr0(loss), &arr0(1.3863));
    grade::example(&delta, &array![[-0.75, 0.75]]);
}

#[test]
fn grade() {
    grade::cross_entropy(cross_entropy);
}
