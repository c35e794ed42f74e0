//! Compares the trainer's steps with algorithm 1: gradient, penalty, update.

use crate::common::{clouds, initial, network, small, trainer, watch};
use ndarray::Array2;
use nn_core::{Activation, GradientBlock, Grads, Mlp, Params, Workspace};
use nn_train::{
    ArraySamples, Config, Event, Float, Optimizer, Penalty, PenaltyPlace, Samples, Sgd, Silent,
    objective,
};

/// Compares one epoch with algorithm 1, by `loss_and_grad` on the rows of each batch.
#[test]
fn a_short_batch_has_its_own_mean() {
    let (train, validation) = (clouds::<f64>(9, 0.0, 0), clouds(5, 1.0, 0));
    let config = Config {
        momentum: 0.0,
        epochs: 1,
        shuffle: false,
        ..small()
    };
    let mut losses = Vec::new();
    let mut trainer = trainer(config, &train, &validation);
    let observer = watch(|event| {
        if let Event::Step { loss, .. } = event {
            losses.push(*loss);
        }
    });
    trainer.run(observer).unwrap();

    let (network, mut params, mut ws) = (network(), initial::<f64>(), Workspace::new());
    let mut grads = Grads::zeros(&network);
    let mut batch = train.new_batch();
    let mut expected = Vec::new();
    // The last batch is a single example, and its step has the full learning rate.
    for positions in [&[0, 1, 2, 3][..], &[4, 5, 6, 7], &[8]] {
        train.gather(positions, &mut batch);
        let y: Vec<u8> = positions.iter().map(|p| (p % 3) as u8).collect();
        let loss = network
            .loss_and_grad(&params, &batch, &y, &mut ws, &mut grads)
            .unwrap();
        expected.push(loss);
        for (w, d) in params.as_mut_slice().iter_mut().zip(grads.as_slice()) {
            *w -= 0.2 * d;
        }
    }
    assert_eq!(losses, expected);
    for (a, b) in params
        .as_slice()
        .iter()
        .zip(trainer.state().params.as_slice())
    {
        assert!((a - b).abs() < 1e-14, "{a} and {b}");
    }
}

#[test]
fn a_step_tells_the_objective_before_it() {
    let (train, validation) = (clouds::<f64>(4, 0.0, 0), clouds(5, 1.0, 0));
    let penalty = Penalty {
        l1: 0.1,
        l2: 0.2,
        biases: true,
        ..Penalty::default()
    };
    let config = Config {
        penalty,
        shuffle: false,
        ..small()
    };
    let mut first = None;
    let observer = watch(|event| {
        if let Event::Step { loss, .. } = event {
            first.get_or_insert(*loss);
        }
    });
    trainer(config, &train, &validation).run(observer).unwrap();

    let network = network();
    let mut batch = train.new_batch();
    train.gather(&[0, 1, 2, 3], &mut batch);
    let (mut ws, mut grads) = (Workspace::new(), Grads::zeros(&network));
    let y = train.labels();
    let before = objective(
        &network,
        &initial(),
        &batch,
        y,
        &penalty,
        &mut ws,
        &mut grads,
    )
    .unwrap();
    assert!(before.penalty > 0.0);
    assert_eq!(first, Some(before.loss + before.penalty));
}

/// The trainer uses the gradient block by block. The test computes the complete gradient, adds the penalty, and then
/// updates.
#[test]
fn steps_have_the_bits_of_gradient_penalty_and_update_one_after_the_other() {
    let (train, validation) = (clouds::<f32>(11, 0.0, 0), clouds(5, 1.0, 0));
    for biases in [false, true] {
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
        // The gradient of the objective includes the penalty.
        let (learning_rate, momentum) = (config.learning_rate, config.momentum);
        let sgd = Sgd { momentum };
        let mut trainer = trainer(config, &train, &validation);
        trainer.run(Silent).unwrap();

        let network = network();
        let mut params = initial();
        let (mut velocity, mut grads) = (Params::zeros(&network), Grads::zeros(&network));
        let (mut batch, mut ws) = (train.new_batch(), Workspace::new());
        for positions in [&[0, 1, 2, 3][..], &[4, 5, 6, 7], &[8, 9, 10]] {
            train.gather(positions, &mut batch);
            let labels: Vec<u8> = positions
                .iter()
                .map(|&i| train.labels()[i as usize])
                .collect();
            let (ws, grads) = (&mut ws, &mut grads);
            objective(&network, &params, &batch, &labels, &penalty, ws, grads).unwrap();
            sgd.step(learning_rate, 1, whole(&mut params, &mut velocity, grads));
        }
        assert_eq!(trainer.state().params, params);
        assert_eq!(trainer.state().optimizer_state, [velocity]);
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

/// All parameters as one block.
fn whole<'a>(
    params: &'a mut Params<f32>,
    velocity: &'a mut Params<f32>,
    gradient: &'a mut Grads<f32>,
) -> GradientBlock<'a, f32, 1> {
    GradientBlock {
        range: 0..params.as_slice().len(),
        is_bias: false,
        params: params.as_mut_slice(),
        state: [velocity.as_mut_slice()],
        gradient: gradient.as_mut_slice(),
    }
}
