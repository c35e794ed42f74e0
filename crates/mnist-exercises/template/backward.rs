//! Backpropagation: the gradient of every layer, by the chain rule.
//!
//! δ_l = dE/dZ_l has the shape of Z_l. `cross_entropy` gives δ of the last layer. From it, the other δ follow
//! backwards. Z_l depends on Z_(l−1) through Z_l = f(Z_(l−1))·W_l + b_l, so
//!
//! ```text
//! δ_(l−1) = (δ_l·W_lᵀ) ∘ f′(Z_(l−1))          ∘ multiplies element by element
//! ```
//!
//! Here f′ is the derivative of the activation function:
//!
//! ```text
//! identity: 1      sigmoid: s (1 − s) with s = sigmoid(z)      tanh: 1 − tanh² z      ReLU: 1 if z > 0, else 0
//! ```
//!
//! With δ_l, the gradient of a layer's weights and biases is (eq. 4, for every layer)
//!
//! ```text
//! dW_l = A_(l−1)ᵀ·δ_l          [inputs × outputs]
//! db_l = the sum of the rows of δ_l          [outputs]
//! ```
//!
//! The mean over the batch is in δ already, because `cross_entropy` divides by B.
//!
//! By hand, for δ = (0.5, −1), W with the row (2, 1), and ReLU at z = 3: the δ of the layer below is
//! 0.5·2 + (−1)·1 = 0, and with the row (2, −1) it is 0.5·2 + (−1)·(−1) = 2. For the inputs A = (1, 2), dW has the rows
//! 1·δ = (0.5, −1) and 2·δ = (1, −2), and db = δ.

use mnist_exercises::grade;
use ndarray::{Array2, Axis, array};
use nn_core::Activation;
use nn_core::textbook::{LayerParams, activate, cross_entropy, forward};

//~ derivative

//~ delta_below

//~ layer_gradient

//~ loss_and_grad

#[test]
fn example() {
    let delta = array![[0.5, -1.0]];
    let (w, z) = (array![[2.0, 1.0], [2.0, -1.0]], array![[3.0, 3.0]]);
    let below = delta_below(&delta, &w, Activation::Relu, &z);
    grade::example(&below, &array![[0.0, 2.0]]);
    let d = layer_gradient(&array![[1.0, 2.0]], &delta);
    grade::example(&d.w, &array![[0.5, -1.0], [1.0, -2.0]]);
    grade::example(&d.b, &array![0.5, -1.0]);
}

#[test]
fn grade() {
    grade::backward(derivative, delta_below, layer_gradient, loss_and_grad);
}
