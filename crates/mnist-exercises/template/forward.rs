//! The forward pass: from the inputs X to the logits (eq. 2), with an activation function (eq. 8 and 9).
//!
//! A layer multiplies its inputs A by its weights W and adds its biases b. The results Z are its pre-activations:
//!
//! ```text
//! Z = A·W + b          [examples × outputs] = [examples × inputs]·[inputs × outputs] + [outputs] for each row
//! ```
//!
//! An activation function f then makes the outputs f(Z), element by element:
//!
//! ```text
//! identity: z      sigmoid: 1 / (1 + e^(−z))      tanh: tanh z      ReLU: the larger of 0 and z
//! ```
//!
//! The outputs of a layer are the inputs of the next layer. X itself is not activated, and the last layer is not
//! activated either: its pre-activations are the logits. For L layers, the results are A_0 … A_(L−1) and Z_1 … Z_L.
//! Backpropagation needs all of them.
//!
//! By hand, for the inputs 1 and 2, the weights 3 and −1, the bias 0.5 and ReLU: Z = 1·3 + 2·(−1) + 0.5 = 1.5, and
//! ReLU keeps it. With the bias −2.5, Z is −1.5 and the output 0.

use mnist_exercises::grade;
use ndarray::{Array2, array};
use nn_core::Activation;
use nn_core::textbook::LayerParams;

//~ pre_activations

//~ activate

//~ forward

#[test]
fn example() {
    let w = array![[3.0, 3.0], [-1.0, -1.0]];
    let layer = LayerParams { w, b: array![0.5, -2.5] };
    let z = pre_activations(&array![[1.0, 2.0]], &layer);
    grade::example(&z, &array![[1.5, -1.5]]);
    grade::example(&activate(Activation::Relu, &z), &array![[1.5, 0.0]]);
}

#[test]
fn grade() {
    grade::forward(pre_activations, activate, forward);
}
