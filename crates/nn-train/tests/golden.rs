//! Compares complete small runs with those of `scripts/golden.py`: momentum (eq. 5), both penalties, a short last
//! batch, the scores of each epoch.

use std::ops::ControlFlow;

use ndarray::Array2;
use nn_core::{Mlp, Params, Score};
use nn_train::{ArraySamples, Config, Event, Penalty, StopReason, Stopping, Trainer, observe};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    sizes: Vec<usize>,
    activation: String,
    learning_rate: f64,
    momentum: f64,
    l1: f64,
    l2: f64,
    biases: bool,
    objectives: Vec<f64>,
    params_after_5_steps: Vec<f64>,
    params: Vec<f64>,
    velocity: Vec<f64>,
    epochs: Vec<Epoch>,
}

#[derive(Deserialize)]
struct Epoch {
    epoch: u32,
    train: Figures,
    validation: Figures,
}

#[derive(Deserialize)]
struct Figures {
    loss: f64,
    accuracy: f64,
}

/// The data of the script, from the formulas of the script.
fn samples(examples: usize, network: &Mlp, phase: f64) -> ArraySamples<f64> {
    let x = Array2::from_shape_fn((examples, network.features()), |(n, j)| {
        (1.3 * n as f64 + 0.7 * j as f64 + phase).sin()
    });
    let y = (0..examples)
        .map(|n| ((2 * n + n / 3) % network.classes()) as u8)
        .collect();
    ArraySamples::new(x, y).unwrap()
}

fn parameters(network: &Mlp) -> Params<f64> {
    let numbers = (0..network.parameter_count())
        .map(|i| 0.6 * (1.7 * i as f64 + 0.3).sin())
        .collect();
    Params::from_vec(network, numbers).unwrap()
}

fn close(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-12, "{name}, number {i}: {a} and {b}");
    }
}

fn close_score(name: &str, found: Score, expected: &Figures) {
    close(
        name,
        &[found.loss(), found.accuracy()],
        &[expected.loss, expected.accuracy],
    );
}

fn check(case: &Case) {
    let name = &case.name;
    let network = Mlp::new(&case.sizes, case.activation.parse().unwrap()).unwrap();
    let (train, validation) = (samples(11, &network, 0.1), samples(6, &network, 0.4));
    let config = Config {
        learning_rate: case.learning_rate,
        momentum: case.momentum,
        penalty: Penalty {
            l1: case.l1,
            l2: case.l2,
            biases: case.biases,
            ..Penalty::default()
        },
        batch_size: 4,
        epochs: 3,
        stopping: Stopping::Never,
        shuffle: false,
        ..Config::default()
    }
    .check()
    .unwrap();
    let initial = parameters(&network);
    let mut trainer = Trainer::new(&network, &config, initial, &train, &validation).unwrap();
    let (mut objectives, mut fifth) = (Vec::new(), Vec::new());
    let observer = observe(|event| {
        if let Event::Step { loss, state, .. } = event {
            objectives.push(*loss);
            if objectives.len() == 5 {
                fifth = state.unwrap().params.as_slice().to_vec();
            }
        }
        ControlFlow::Continue(())
    });
    assert_eq!(trainer.run(observer), Ok(StopReason::MaxEpochs));

    let state = trainer.into_state();
    close(
        &format!("{name}: objectives"),
        &objectives,
        &case.objectives,
    );
    close(
        &format!("{name}: fifth step"),
        &fifth,
        &case.params_after_5_steps,
    );
    close(
        &format!("{name}: weights"),
        state.params.as_slice(),
        &case.params,
    );
    close(
        &format!("{name}: Δw"),
        state.optimizer_state[0].as_slice(),
        &case.velocity,
    );
    assert_eq!(state.history.len(), case.epochs.len(), "{name}");
    for (found, expected) in state.history.iter().zip(&case.epochs) {
        assert_eq!(found.epoch, expected.epoch, "{name}");
        let name = format!("{name}, epoch {}", found.epoch);
        close_score(&format!("{name}: training"), found.train, &expected.train);
        close_score(
            &format!("{name}: validation"),
            found.validation,
            &expected.validation,
        );
    }
}

#[test]
fn every_golden_run() {
    let file: File = serde_json::from_str(include_str!("golden/training.json")).unwrap();
    assert_eq!(file.cases.len(), 7);
    file.cases.iter().for_each(check);
}
