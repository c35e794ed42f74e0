//! Penalties on large weights (eq. 6 and 7): L1 and L2.
//!
//! A penalty is added to the loss, so training prefers small weights. λ₁ weighs the sum of the magnitudes (L1), and λ₂
//! half the sum of the squares (L2):
//!
//! ```text
//! penalty = λ₁·(sum of |w|) + λ₂/2·(sum of w²)
//! ```
//!
//! The derivative for each weight is added to the gradient of the loss. The half makes it simple:
//!
//! ```text
//! λ₁·sign(w) + λ₂·w          sign(w) is 1 if w > 0, −1 if w < 0, and 0 if w = 0
//! ```
//!
//! `l1` is λ₁ and `l2` is λ₂. The penalty is one number, and its gradient has the shape of W.
//!
//! By hand, for the weights 2, −1 and 0 with λ₁ = 0.1 and λ₂ = 0.2: the penalty is 0.1·(2 + 1 + 0) + 0.1·(4 + 1 + 0) =
//! 0.8. The gradient is (0.1 + 0.4, −0.1 − 0.2, 0 + 0) = (0.5, −0.3, 0).

use mnist_exercises::grade;
use ndarray::{Array2, arr0, array};

//~ penalty

//~ penalty_gradient

#[test]
fn example() {
    let w = array![[2.0, -1.0, 0.0]];
    grade::example(&arr0(penalty(&w, 0.1, 0.2)), &arr0(0.8));
    grade::example(&penalty_gradient(&w, 0.1, 0.2), &array![[0.5, -0.3, 0.0]]);
}

#[test]
fn grade() {
    grade::penalty(penalty, penalty_gradient);
}
