//! Compares the trainer's steps with algorithm 1: gradient, penalty, update.

use crate::common::whole::whole;
use crate::common::{clouds, initial, network, small, trainer, watch};
use ndarray::Array2;
use nn_core::{Activation, Grads, Mlp, Params, Workspace};
use nn_train::{
    ArraySamples, Config, Event, Float, Optimizer, Penalty, PenaltyPlace, Samples, Sgd, Silent,
    objective,
};

/// The trainer uses the gradient block by block. The test computes the objective and the complete gradient, and then
/// updates. The last batch is a single example, and its step has the full learning rate.
#[test]
fn steps_have_the_bits_of_objective_and_update_one_after_the_other() {
    fn compare<F: Float>(biases: bool) {
        let (train, validation) = (clouds::<F>(9, 0.0, 0), clouds(5, 1.0, 0));
        let penalty = Penalty {
            l1: 0.01,
            l2: 0.02,
            biases,
            ..Penalty::default()
        };
        let config = Config {
            penalty,
            shuffle: false,
            epochs: 1,
            ..small()
        };
        let (learning_rate, momentum) = (config.learning_rate, config.momentum);
        let sgd = Sgd { momentum };
        let mut losses = Vec::new();
        let mut trainer = trainer(config, &train, &validation);
        let observer = watch(|event| {
            if let Event::Step { loss, .. } = event {
                losses.push(*loss);
            }
        });
        trainer.run(observer).unwrap();

        let network = network();
        let mut params = initial::<F>();
        let (mut velocity, mut grads) = (Params::zeros(&network), Grads::zeros(&network));
        let (mut batch, mut ws) = (train.new_batch(), Workspace::new());
        let mut expected = Vec::new();
        for positions in [&[0, 1, 2, 3][..], &[4, 5, 6, 7], &[8]] {
            train.gather(positions, &mut batch);
            let labels: Vec<u8> = positions
                .iter()
                .map(|&i| train.labels()[i as usize])
                .collect();
            let (ws, grads) = (&mut ws, &mut grads);
            // The gradient of the objective includes the penalty.
            let before = objective(&network, &params, &batch, &labels, &penalty, ws, grads);
            let before = before.unwrap();
            assert!(before.penalty > F::zero());
            expected.push((before.loss + before.penalty).to_double());
            sgd.step(learning_rate, 1, whole(&mut params, &mut velocity, grads));
        }
        assert_eq!(losses, expected);
        assert_eq!(trainer.state().params, params);
        assert_eq!(trainer.state().optimizer_state, [velocity]);
    }
    for biases in [false, true] {
        compare::<f32>(biases);
        compare::<f64>(biases);
    }
}

/// A feature that is always 0 and a penalty let weights and velocities fade, wherever the penalty enters. They may become
/// 0, but not subnormal.
#[test]
fn what_fades_becomes_zero_and_not_subnormal() {
    fn fades<F: Float>() {
        let x = Array2::from_shape_fn((4, 2), |(i, j)| F::of([i as f64 - 1.5, 0.0][j]));
        let data = ArraySamples::new(x, vec![0, 0, 1, 2]).unwrap();
        for place in PenaltyPlace::ALL {
            let penalty = Penalty {
                l2: 1.0,
                place,
                ..Penalty::default()
            };
            let config = Config {
                penalty,
                learning_rate: 0.5,
                epochs: 5000,
                ..small()
            };
            let mut trainer = trainer(config, &data, &data);
            trainer.run(Silent).unwrap();
            let state = trainer.state();
            let numbers = state
                .params
                .as_slice()
                .iter()
                .chain(state.optimizer_state[0].as_slice());
            assert!(
                numbers.clone().all(|x| !x.is_subnormal()),
                "{} {penalty:?}",
                F::NAME
            );
            // The second row of weights is that of the feature that is always 0.
            let faded = &state.optimizer_state[0].as_slice()[5..10];
            assert!(
                faded.iter().all(|&v| v == F::zero()),
                "{} {penalty:?} {faded:?}",
                F::NAME
            );
        }
    }
    fades::<f32>();
    fades::<f64>();
}

/// By γ Δw alone, a velocity would end at a subnormal number that rounding keeps from fading.
#[test]
fn a_velocity_without_a_gradient_becomes_zero() {
    let network = Mlp::new(&[1, 2], Activation::Identity).unwrap();
    let (mut params, mut grads) = (Params::zeros(&network), Grads::zeros(&network));
    let mut velocity = Params::from_vec(&network, vec![1.0_f32, -1.0, 1e-30, f32::NAN]).unwrap();
    let sgd = Sgd { momentum: 0.9 };
    for _ in 0..1000 {
        sgd.step(0.1, 1, whole(&mut params, &mut velocity, &mut grads));
    }
    assert_eq!(velocity.as_slice()[..3], [0.0; 3]);
    // A velocity that is not a number does not hide as 0.
    assert!(velocity.as_slice()[3].is_nan());
    let faded = (0..1000).fold(1.0_f32, |v, _| 0.9 * v);
    assert!(faded.is_subnormal());
}
