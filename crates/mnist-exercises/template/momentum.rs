//! Gradient descent with momentum (eq. 5): the update of the weights.
//!
//! Plain gradient descent moves a weight against its derivative: w ← w − α·dE/dw. With momentum, the weight moves by a
//! velocity Δw instead. The velocity is a running mean of the steps α·dE/dw: it keeps the share γ of the old value, and
//! adds 1 − γ of the new step.
//!
//! ```text
//! Δw ← γ·Δw + (1 − γ)·α·dE/dw
//! w  ← w − Δw
//! ```
//!
//! First the velocity changes, then the weight. `layer` and `velocity` are changed in place, and W and b are treated
//! alike. The velocity and the gradient `d` have the shapes of W and b.
//!
//! By hand, for w = 1, Δw = 0.5, dE/dw = 2, α = 0.1 and γ = 0.9: Δw becomes 0.9·0.5 + 0.1·0.1·2 = 0.47, and w becomes
//! 1 − 0.47 = 0.53.

use mnist_exercises::grade;
use ndarray::{Zip, array};
use nn_core::textbook::LayerParams;

//~ sgd_step

#[test]
fn example() {
    let one = |number| LayerParams { w: array![[number]], b: array![number] };
    let (mut layer, mut velocity) = (one(1.0), one(0.5));
    sgd_step(&mut layer, &mut velocity, &one(2.0), 0.1, 0.9);
    grade::example(&velocity.w, &array![[0.47]]);
    grade::example(&layer.w, &array![[0.53]]);
    grade::example(&layer.b, &array![0.53]);
}

#[test]
fn grade() {
    grade::momentum(sgd_step);
}
