//! The same seed gives the same bits; another seed gives others.

use crate::common::{bits, finished, small};
use nn_train::{Config, Float};

fn the_seed_decides<F: Float>() {
    let run = |seed| finished::<F>(Config { seed, ..small() });
    let (first, again, other) = (run(1), run(1), run(2));
    assert_eq!(first, again);
    assert_eq!(bits(&first), bits(&again));
    assert_ne!(first.params, other.params);
    assert_ne!(first.history, other.history);
}

#[test]
fn the_seed_decides_every_bit() {
    the_seed_decides::<f32>();
    the_seed_decides::<f64>();
}

#[test]
fn both_precisions_learn_the_same() {
    let config = Config {
        epochs: 30,
        ..small()
    };
    let (single, double) = (finished::<f32>(config.clone()), finished::<f64>(config));
    let accuracy = |history: &[nn_train::EpochMetrics]| history[29].validation.accuracy();
    assert!(accuracy(&single.history) > 0.8 && accuracy(&double.history) > 0.8);
    for (a, b) in single
        .params
        .as_slice()
        .iter()
        .zip(double.params.as_slice())
    {
        assert!((f64::from(*a) - b).abs() < 1e-3, "{a} and {b}");
    }
}
