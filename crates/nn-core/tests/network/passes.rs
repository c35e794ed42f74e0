//! Updates block by block, used workspaces, scores, weights of examples, and large logits.

use crate::common::{random, sparse_batch};
use ndarray::Axis;
use nn_core::{Activation, Error, Grads, Init, Mlp, Params, Score, Workspace};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

proptest! {
    #[test]
    fn an_update_sees_every_parameter_once(
        n in 1usize..9, sizes in prop::collection::vec(1usize..70, 2..5),
    ) {
        let network = Mlp::new(&sizes, Activation::Relu).unwrap();
        let mut params = network.init::<f32>(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(1));
        let x = random::<f32>(n, sizes[0], 2);
        let y = vec![0; n];
        let mut ws = Workspace::new();
        let mut grads = Grads::zeros(&network);
        network.loss_and_grad(&params, &x, &y, &mut ws, &mut grads).unwrap();
        let before = params.clone();
        let mut copy = Params::zeros(&network);
        let is_bias = |i| network.layers().any(|layer| layer.biases().contains(&i));
        let backpropagation = network.backpropagate(&before, &x, &y, &mut ws).unwrap();
        backpropagation.update(&mut params, [&mut copy], |block| {
            assert_eq!(block.range.len(), block.gradient.len());
            assert!(block.range.clone().all(|i| is_bias(i) == block.is_bias));
            let [copies] = block.state;
            for ((w, c), &g) in block.params.iter_mut().zip(copies).zip(&*block.gradient) {
                (*w, *c) = (*w + 1.0, *c + g);
            }
        });
        prop_assert_eq!(copy, grads);
        for (after, before) in params.as_slice().iter().zip(before.as_slice()) {
            prop_assert_eq!(*after, before + 1.0);
        }
    }

    #[test]
    fn a_used_workspace_is_as_good_as_a_new_one(sizes in prop::collection::vec(1usize..30, 2..5), seed: u64) {
        let mut used = Workspace::new();
        for n in [17, 3, 1] {
            let network = Mlp::new(&sizes, Activation::Sigmoid).unwrap();
            let params = network.init::<f32>(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(seed));
            let x = random::<f32>(n, sizes[0], seed);
            let y = vec![0; n];
            let (mut a, mut b) = (Grads::zeros(&network), Grads::zeros(&network));
            let first = network.loss_and_grad(&params, &x, &y, &mut used, &mut a).unwrap();
            let second = network.loss_and_grad(&params, &x, &y, &mut Workspace::new(), &mut b).unwrap();
            prop_assert_eq!(first.to_bits(), second.to_bits());
            prop_assert_eq!(a, b);
        }
    }
}

/// The loss of `score` is the loss of `loss_and_grad`.
#[test]
fn score_and_loss_agree() {
    let network = Mlp::new(&[12, 7, 5], Activation::Relu).unwrap();
    let params = network.init::<f64>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(3));
    let x = random::<f64>(9, 12, 4);
    let y = [0, 1, 2, 3, 4, 0, 1, 2, 3];
    let mut ws = Workspace::new();
    let loss = network
        .loss_and_grad(&params, &x, &y, &mut ws, &mut Grads::zeros(&network))
        .unwrap();
    let score = network.score(&params, &x, &y, &mut ws).unwrap();
    assert!((loss - score.loss()).abs() < 1e-14);
    assert_eq!(score.examples, 9);
}

#[test]
fn a_small_sparse_batch_after_a_large_one_is_computed_alone() {
    let network = Mlp::new(&[50, 7, 3], Activation::Tanh).unwrap();
    let params = network.init::<f32>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(1));
    let mut used = Workspace::new();
    for n in [200, 3] {
        let (x, y) = (sparse_batch(n, 50, 2, false), vec![1; n]);
        let (mut a, mut b) = (Grads::zeros(&network), Grads::zeros(&network));
        let (first, second) = (&mut used, &mut Workspace::new());
        network
            .loss_and_grad(&params, &x, &y, first, &mut a)
            .unwrap();
        network
            .loss_and_grad(&params, &x, &y, second, &mut b)
            .unwrap();
        assert_eq!(a, b, "{n} examples");
    }
}

#[test]
fn logits_of_ten_thousand_are_no_trouble() {
    let network = Mlp::new(&[1, 3], Activation::Identity).unwrap();
    let params = Params::from_vec(&network, vec![1e4f32, -1e4, 1e4, 0.0, 0.0, 0.0]).unwrap();
    let mut grads = Grads::zeros(&network);
    let x = ndarray::array![[1.0f32]];
    for (label, expected) in [(0, 2f32.ln()), (1, 2e4 + 2f32.ln()), (2, 2f32.ln())] {
        let mut ws = Workspace::new();
        let loss = network
            .loss_and_grad(&params, &x, &[label], &mut ws, &mut grads)
            .unwrap();
        assert!((loss - expected).abs() <= 1e-6 * expected, "{loss}");
        assert!(grads.as_slice().iter().all(|d| d.is_finite()));
    }
    let mut ws = Workspace::new();
    let probabilities = network.predict_proba(&params, &x, &mut ws).unwrap();
    assert_eq!(probabilities, ndarray::array![[0.5, 0.0, 0.5]]);
}

#[test]
fn a_logit_of_nan_makes_loss_and_probabilities_nan() {
    let network = Mlp::new(&[1, 3], Activation::Identity).unwrap();
    let x = ndarray::array![[1.0f32]];
    for place in 0..3 {
        let mut numbers = vec![1.0f32, -1.0, 2.0, 0.0, 0.0, 0.0];
        numbers[place] = f32::NAN;
        let params = Params::from_vec(&network, numbers).unwrap();
        for label in 0..3 {
            let mut ws = Workspace::new();
            let score = network.score(&params, &x, &[label], &mut ws).unwrap();
            assert!(score.loss().is_nan());
            let probabilities = network.predict_proba(&params, &x, &mut ws).unwrap();
            assert!(probabilities.iter().all(|y| y.is_nan()));
        }
    }
}

#[test]
fn scores_of_batches_add_up_and_predictions_are_the_largest_logits() {
    let network = Mlp::new(&[12, 7, 5], Activation::Relu).unwrap();
    let params = network.init::<f64>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(3));
    let x = random::<f64>(9, 12, 4);
    let mut ws = Workspace::new();
    let predicted = network.predict(&params, &x, &mut ws).unwrap();
    let logits = network.forward(&params, &x, &mut ws).unwrap();
    for (row, &class) in logits.rows().into_iter().zip(&predicted) {
        assert!(row.iter().all(|&logit| logit <= row[usize::from(class)]));
    }

    let mut y = predicted;
    y[0] = (y[0] + 1) % 5;
    let mut sum = Score::default();
    for part in [[0, 1, 2, 3].as_slice(), &[4, 5, 6, 7, 8]] {
        let x = x.select(Axis(0), part);
        let y: Vec<u8> = part.iter().map(|&i| y[i]).collect();
        sum += network.score(&params, &x, &y, &mut ws).unwrap();
    }
    assert_eq!((sum.correct, sum.examples), (8, 9));
    assert_eq!(sum.accuracy(), 8.0 / 9.0);
    let whole = network.score(&params, &x, &y, &mut ws).unwrap();
    assert!((sum.loss() - whole.loss()).abs() < 1e-14);
}

#[test]
#[should_panic = "one network"]
fn parameters_of_another_network_are_not_updated() {
    let [network, other] = [3, 4].map(|units| Mlp::new(&[2, units], Activation::Tanh).unwrap());
    let (params, mut ws) = (Params::zeros(&network), Workspace::new());
    let x = ndarray::array![[1.0, 2.0]];
    let backpropagation = network.backpropagate(&params, &x, &[0], &mut ws).unwrap();
    backpropagation.update(&mut Params::zeros(&other), [], |_| {});
}

/// The loss and the gradient of two examples with weights.
fn weighted(weights: &[f64]) -> Result<(f64, Grads<f64>), Error> {
    let network = Mlp::new(&[12, 7, 5], Activation::Tanh)?;
    let params = network.init::<f64>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(3));
    let (x, mut ws) = (random::<f64>(2, 12, 4), Workspace::new());
    let found = network.backpropagate_weighted(&params, &x, &[1, 4], weights, &mut ws)?;
    let (loss, mut grads) = (found.loss(), Grads::zeros(&network));
    found.gradient(&mut grads);
    Ok((loss, grads))
}

#[test]
fn an_example_with_weight_two_counts_like_two() {
    let network = Mlp::new(&[12, 7, 5], Activation::Tanh).unwrap();
    let params = network.init::<f64>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(3));
    let x = random::<f64>(2, 12, 4).select(Axis(0), &[0, 1, 1]);
    let mut expected = Grads::zeros(&network);
    let loss = network
        .loss_and_grad(
            &params,
            &x,
            &[1, 4, 4],
            &mut Workspace::new(),
            &mut expected,
        )
        .unwrap();

    let (found, grads) = weighted(&[0.5, 1.0]).unwrap();
    assert!((found - loss).abs() < 1e-14);
    for (a, b) in grads.as_slice().iter().zip(expected.as_slice()) {
        assert!((a - b).abs() < 1e-14);
    }
    let (loss, grads) = weighted(&[0.0, 0.0]).unwrap();
    assert!(loss == 0.0 && grads.as_slice().iter().all(|&d| d == 0.0));
}

#[test]
fn weights_of_examples_are_checked() {
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let error = weighted(&[1.0, weight]).unwrap_err();
        assert!(
            matches!(error, Error::Weight { position: 1, .. }),
            "{error}"
        );
    }
    let error = weighted(&[1.0]).unwrap_err();
    assert_eq!(error.to_string(), "1 weights for 2 examples");
}
