//! Compares the passes with the textbook's formulas, on many shapes.

use crate::common::{random, sparse_batch};
use ndarray::{Array2, array};
use nn_core::textbook::{self, LayerParams};
use nn_core::{Activation, Float, Grads, Init, Input, Mlp, Params, Workspace};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Networks with up to four hidden layers, of one to forty units each.
fn networks() -> impl Strategy<Value = Mlp> {
    let sizes = prop::collection::vec(prop_oneof![1 => Just(1), 3 => 1usize..40], 2..7);
    let activation = prop::sample::select(Activation::ALL.to_vec());
    (sizes, activation).prop_map(|(sizes, activation)| Mlp::new(&sizes, activation).unwrap())
}

/// Parameters of which no bias is 0, so that no ReLU is at its kink.
fn parameters<F: Float>(network: &Mlp, seed: u64) -> Params<F> {
    let mut params = network.init(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(seed));
    for layer in network.layers() {
        for (i, b) in params.as_mut_slice()[layer.biases()].iter_mut().enumerate() {
            *b = F::of(0.1 * (1.7 * i as f64 + 0.3).sin());
        }
    }
    params
}

/// Checks that each number is within `tolerance` of the textbook's, relative to the largest number, or to 1.
fn close<F: Float>(name: &str, found: &[F], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let scale = expected.iter().fold(1.0, |max: f64, x| max.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let difference = (a.to_double() - b).abs();
        assert!(
            difference <= tolerance * scale,
            "{name}, number {i}: {a} and {b}"
        );
    }
}

/// Compares logits, loss, score and gradient of a batch with the textbook's; `dense` has the same numbers.
fn agree<F: Float>(network: &Mlp, x: &impl Input<F>, dense: &Array2<F>, seed: u64, tolerance: f64) {
    let params = parameters::<F>(network, seed);
    let classes = network.classes();
    let labels: Vec<u8> = (0..dense.nrows())
        .map(|n| (n * 7 % classes) as u8)
        .collect();
    let (f, layers) = (network.activation(), textbook::layers(&params));
    let dense = dense.mapv(F::to_double);
    let (_, z) = textbook::forward(&layers, f, &dense);
    // Rounding may move a unit this close to the kink to the other side.
    let hidden = &z[..z.len() - 1];
    if f == Activation::Relu && hidden.iter().flatten().any(|z| z.abs() < tolerance) {
        return;
    }
    let (expected, d_layers) = textbook::loss_and_grad(&layers, f, &dense, &labels);

    let mut ws = Workspace::new();
    let logits = network.forward(&params, x, &mut ws).unwrap();
    let expected_logits = z.last().unwrap().as_slice().unwrap();
    close(
        "logits",
        logits.as_slice().unwrap(),
        expected_logits,
        tolerance,
    );

    let score = network.score(&params, x, &labels, &mut ws).unwrap();
    close("score", &[F::of(score.loss())], &[expected], tolerance);

    let mut grads = Grads::zeros(network);
    let loss = network.loss_and_grad(&params, x, &labels, &mut ws, &mut grads);
    close("loss", &[loss.unwrap()], &[expected], tolerance);
    close(
        "gradient",
        grads.as_slice(),
        &textbook::flat(&d_layers),
        tolerance,
    );
}

/// Compares both forms of a batch with the textbook, and so with each other, in one precision.
fn both_forms<F: Float>(network: &Mlp, examples: usize, seed: u64, tolerance: f64) {
    let x = random::<F>(examples, network.features(), seed ^ 9);
    agree(network, &x, &x, seed, tolerance);
    let batch = sparse_batch::<F>(examples, network.features(), seed, seed.is_multiple_of(2));
    agree(network, &batch, &batch.to_dense(), seed, tolerance);
}

proptest! {
    #[test]
    fn double_precision(network in networks(), examples in 1usize..20, seed: u64) {
        both_forms::<f64>(&network, examples, seed, 1e-12);
    }

    #[test]
    fn single_precision(network in networks(), examples in 1usize..20, seed: u64) {
        both_forms::<f32>(&network, examples, seed, 2e-5);
    }
}

#[test]
fn relu_is_flat_at_zero_and_large_logits_stay_finite() {
    let slope = textbook::derivative(Activation::Relu, &array![[-1.0, 0.0, 1e-300]]);
    assert_eq!(slope, array![[0.0, 0.0, 1.0]]);
    let log_y = textbook::log_softmax(&array![[1e4, -1e4]]);
    assert_eq!(log_y, array![[0.0, -2e4]]);
}

#[test]
fn penalties_and_their_gradients_by_hand() {
    let w = array![[2.0, -0.5, 0.0]];
    assert_eq!(textbook::penalty(&w, 0.25, 0.5), 0.625 + 1.0625);
    let gradient = textbook::penalty_gradient(&w, 0.25, 0.5);
    assert_eq!(gradient, array![[1.25, -0.5, 0.0]]);
}

#[test]
fn steps_with_momentum_by_hand() {
    let layer = |w: [f64; 3], b: f64| LayerParams {
        w: array![w],
        b: array![b],
    };
    let least = f64::NEGLIGIBLE;
    let mut params = layer([1.0, 1.0, 0.0], 2.0);
    let mut velocity = layer([0.5, least, 2.0 * least], -0.25);
    let d = layer([4.0, 0.0, 0.0], 8.0);
    textbook::sgd_step(&mut params, &mut velocity, &d, 0.5, 0.5);
    assert_eq!(velocity, layer([1.25, 0.0, least], 1.875));
    assert_eq!(params, layer([-0.25, 1.0, -least], 0.125));
    textbook::sgd_step(&mut params, &mut velocity, &d, 0.5, 0.75);
    assert_eq!(velocity, layer([1.4375, 0.0, 0.0], 2.40625));
}

#[test]
fn runs_that_stop_by_hand() {
    for (losses, patience, expected) in [
        (&[3.0, 2.0, 2.5, 2.4, 2.3, 1.0][..], 3, (6, 6)),
        (&[3.0, 1.0, 2.0, 3.0, 4.0, 0.0], 3, (5, 2)),
        (&[1.0, 2.0, 2.0, 3.0, 4.0, 5.0], 2, (5, 1)),
        (&[2.0, 1.0, 1.0, 1.0], 1, (4, 2)),
        (&[2.0, 3.0, 1.0], 1, (2, 1)),
    ] {
        let found = textbook::early_stopping(losses, patience);
        assert_eq!(found, expected, "{losses:?}");
    }
}

#[test]
fn functions_are_quoted_with_their_documentation() {
    let text = textbook::function("penalty");
    assert!(text.starts_with("/// The penalty on large weights") && text.ends_with("}\n"));
    assert_eq!(textbook::function("penalt"), "");
}
