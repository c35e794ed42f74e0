//! Compares backpropagation with central differences, for every activation, depth and input form.

use gradcheck::{Options, check};
use ndarray::Array2;
use nn_core::{
    Activation, Grads, Init, Input, Mlp, Params, SparseBatch, SparseBytes, Workspace, textbook,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

fn worst(network: &Mlp, x: &impl Input<f64>, y: &[u8], seed: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut params = network.init::<f64>(Init::LecunNormal, &mut rng);
    // No bias is 0: if all inputs of a ReLU were 0, a bias of 0 would put it at the kink.
    for (i, p) in params.as_mut_slice().iter_mut().enumerate() {
        *p += 0.01 * ((i * 7919) % 13) as f64 - 0.055;
    }
    let mut grads = Grads::zeros(network);
    let mut ws = Workspace::new();
    network
        .loss_and_grad(&params, x, y, &mut ws, &mut grads)
        .unwrap();

    let loss = |params: &Params<f64>| network.score(params, x, y, &mut ws).unwrap().loss();
    let options = Options {
        epsilon: 3e-5,
        floor: 1e-4,
    };
    check(loss, &params, grads.as_slice(), &options)
        .unwrap()
        .max_relative()
}

fn dense(n: usize, features: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, features), |(i, j)| {
        (1.3 * i as f64 + 0.7 * j as f64).sin()
    })
}

const LABELS: [u8; 6] = [0, 3, 1, 2, 3, 0];

#[test]
fn every_activation_and_depth() {
    for activation in Activation::ALL {
        for sizes in [
            &[11, 4][..],
            &[11, 8, 4],
            &[11, 8, 5, 4],
            &[11, 1, 17, 3, 4],
        ] {
            let network = Mlp::new(sizes, activation).unwrap();
            for seed in 0..3 {
                let error = worst(&network, &dense(6, 11), &LABELS, seed);
                assert!(error < 1e-6, "{activation} {network}: {error:e}");
            }
        }
    }
}

#[test]
fn sparse_input() {
    let bytes: Vec<u8> = (0..6 * 11)
        .map(|i| if i % 4 == 0 { (i * 37 % 255) as u8 } else { 0 })
        .collect();
    let bytes = SparseBytes::from_dense(&bytes, 11).unwrap();
    let shift: Vec<f64> = (0..11).map(|j| 0.1 * j as f64).collect();
    let mut batch = SparseBatch::new(bytes.into(), None, Some(shift.into()));
    for n in 0..6 {
        batch.push(n, 0.01, 0.3 + 0.05 * f64::from(n));
    }
    let network = Mlp::new(&[11, 8, 4], Activation::Tanh).unwrap();
    let error = worst(&network, &batch, &LABELS, 2);
    assert!(error < 1e-6, "{error:e}");
}

#[test]
fn the_textbooks_differences_are_those_of_gradcheck() {
    let loss = |w: &[f64]| w[0] * w[1].sin() + w[2].exp() * w[0];
    let w = vec![0.3, -0.7, 0.2];
    let options = Options {
        epsilon: 1e-3,
        floor: 0.0,
    };
    let gradient = textbook::numerical_gradient(&loss, &w, options.epsilon);
    let report = check(|w: &Vec<f64>| loss(w), &w, &gradient, &options).unwrap();
    report.assert_below(1e-11);
}
