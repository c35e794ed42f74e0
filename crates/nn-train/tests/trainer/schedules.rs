//! Learning rates that change from epoch to epoch.

use crate::common::{clouds, initial, network, small};
use nn_train::{Config, Schedule, Silent, Trainer};

/// The weights after two epochs.
fn weights(first: &Config, second: &Config) -> Vec<f64> {
    let data = clouds(16, 0.0, 0);
    let run = |config: &Config, epochs: u32, state| {
        let config = Config {
            epochs,
            ..config.clone()
        }
        .check()
        .unwrap();
        let mut trainer = Trainer::resume(&network(), &config, state, &data, &data).unwrap();
        trainer.run(Silent).unwrap();
        trainer.into_state()
    };
    let config = small().check().unwrap();
    let begin = Trainer::new(&network(), &config, initial(), &data, &data).unwrap();
    let state = run(first, 1, begin.into_state());
    run(second, 2, state).params.into_vec()
}

#[test]
fn a_step_is_a_run_with_another_rate() {
    let step = Config {
        schedule: Schedule::Step {
            every: 1,
            factor: 0.5,
        },
        ..small()
    };
    let half = Config {
        learning_rate: small().learning_rate * 0.5,
        ..small()
    };
    assert_eq!(weights(&step, &step), weights(&small(), &half));
    assert_ne!(weights(&step, &step), weights(&small(), &small()));
}

#[test]
fn a_cosine_ends_near_zero() {
    let factors: Vec<f64> = (1..=100)
        .map(|epoch| Schedule::Cosine.factor(epoch, 100))
        .collect();
    assert_eq!(factors[0], 1.0);
    assert!(factors.windows(2).all(|pair| pair[1] < pair[0]));
    assert!(factors[99] > 0.0 && factors[99] < 0.001, "{}", factors[99]);
}
