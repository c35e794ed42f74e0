//! A training step allocates nothing once every buffer has held the largest batch.

#[path = "common/sparse_samples.rs"]
mod sparse_samples;

use std::convert::Infallible;
use std::ops::ControlFlow;

use allocation_counter::{AllocationInfo, measure};
use ndarray::Array2;
use nn_core::{Activation, Init, Mlp, SparseBytes};
use nn_train::{
    ArraySamples, Config, Event, Observer, Penalty, Samples, StopReason, Stream, Trainer, observe,
};
use sparse_samples::SparseSamples;

/// An observer that ends the run after a number of steps.
fn after(mut steps: usize) -> impl Observer<f32, Error = Infallible> {
    observe(move |event| {
        if let Event::Step { .. } = event {
            steps -= 1;
        }
        match steps {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    })
}

const FEATURES: usize = 50;
const EXAMPLES: usize = 70;

fn labels(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 10) as u8).collect()
}

/// The counter counts the allocations of one thread, so the trainer has one thread.
fn a_warm_step_allocates_nothing<S: Samples<f32>>(train: &S, validation: &S) {
    // Two hidden layers, widths on both sides of a vector register's.
    let network = Mlp::new(&[FEATURES, 37, 16, 10], Activation::Tanh).unwrap();
    let config = Config {
        momentum: 0.9,
        penalty: Penalty {
            l1: 1e-4,
            l2: 1e-4,
            biases: true,
            ..Penalty::default()
        },
        batch_size: 16,
        ..Config::default()
    }
    .check()
    .unwrap();
    let initial = network.init(Init::GlorotUniform, &mut Stream::Init.rng(0));
    let mut trainer = Trainer::new(&network, &config, initial, train, validation).unwrap();

    // An epoch of 5 steps, the last one short, and its evaluation.
    let cold = measure(|| assert_eq!(trainer.run(after(6)), Ok(StopReason::Interrupted)));
    assert!(
        cold.count_total > 0,
        "the counter counts nothing: the test tests nothing"
    );
    assert_eq!(
        (trainer.state().epochs_done(), trainer.state().steps_done),
        (1, 1)
    );
    for step in 2..=5 {
        // A complete call of run(): it draws the epoch's order again, gathers a batch, and does a step.
        let warm = measure(|| assert_eq!(trainer.run(after(1)), Ok(StopReason::Interrupted)));
        assert_eq!(trainer.state().steps_done, step);
        assert_eq!(warm, AllocationInfo::default(), "step {step}");
    }
}

#[test]
fn dense() {
    let samples = |count| {
        let x = Array2::from_shape_fn((count, FEATURES), |(n, j)| {
            (1.3 * n as f32 + 0.7 * j as f32).sin()
        });
        ArraySamples::new(x, labels(count)).unwrap()
    };
    a_warm_step_allocates_nothing(&samples(EXAMPLES), &samples(20));
    let weights = (0..EXAMPLES).map(|n| n as f32).collect();
    let weighted = samples(EXAMPLES).with_weights(weights).unwrap();
    a_warm_step_allocates_nothing(&weighted, &samples(20));
}

#[test]
fn sparse() {
    // Every row has ten entries, so that the first batch is as large as any.
    let samples = |count| {
        let mut bytes = vec![0; count * FEATURES];
        for n in 0..count {
            for entry in 0..10 {
                bytes[n * FEATURES + (n * 7 + entry * 3) % FEATURES] = (1 + n * 31 % 255) as u8;
            }
        }
        SparseSamples {
            bytes: SparseBytes::from_dense(&bytes, FEATURES).unwrap().into(),
            labels: labels(count),
        }
    };
    a_warm_step_allocates_nothing(&samples(EXAMPLES), &samples(20));
}
