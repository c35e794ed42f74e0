//! Updates block by block, used workspaces, and large logits.

use crate::common::random;
use nn_core::{Activation, Grads, Init, Mlp, Params, Workspace};
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
}
