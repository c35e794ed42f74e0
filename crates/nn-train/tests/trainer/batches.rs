//! The examples of an epoch, their order, and the mean of an evaluation.

use std::sync::Mutex;

use crate::common::{Hooked, clouds, network, small, trainer};
use nn_core::Workspace;
use nn_train::{Config, Samples, Silent, evaluate};

/// The positions of three epochs of three batches, and the batches' sizes.
fn orders(shuffle: bool, seed: u64) -> Vec<Vec<u32>> {
    let (train, validation) = (clouds::<f64>(11, 0.0, 0), clouds(5, 1.0, 0));
    let batches = Mutex::new(Vec::new());
    let record = |positions: &[u32]| {
        // An evaluation gathers all examples at once.
        if positions.len() < 11 {
            batches.lock().unwrap().push(positions.to_vec());
        }
    };
    let train = Hooked {
        samples: &train,
        before: Box::new(record),
    };
    let validation = Hooked {
        samples: &validation,
        before: Box::new(|positions| assert_eq!(positions.len(), 5)),
    };
    let config = Config {
        shuffle,
        seed,
        ..small()
    };
    trainer(config, &train, &validation).run(Silent).unwrap();
    let batches = std::mem::take(&mut *batches.lock().unwrap());
    let sizes: Vec<_> = batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 4, 3, 4, 4, 3, 4, 4, 3]);
    batches.chunks(3).map(<[_]>::concat).collect()
}

#[test]
fn an_epoch_sees_each_example_once_in_a_new_order() {
    let in_order: Vec<u32> = (0..11).collect();
    let orders = orders(true, 7);
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, in_order);
        assert_ne!(*order, in_order);
    }
    assert!(orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2]);
    assert_ne!(orders, self::orders(true, 8));
    assert_eq!(orders, self::orders(true, 7));
}

#[test]
fn without_shuffling_the_order_is_the_given_one() {
    let in_order: Vec<u32> = (0..11).collect();
    assert_eq!(orders(false, 7), vec![in_order; 3]);
}

/// 300 examples are two batches of an evaluation of unequal size.
#[test]
fn an_evaluation_is_the_mean_over_all_examples() {
    let (train, validation) = (clouds::<f64>(300, 0.0, 0), clouds(7, 1.0, 0));
    let config = Config {
        epochs: 1,
        ..small()
    };
    let mut trainer = trainer(config, &train, &validation);
    trainer.run(Silent).unwrap();
    let state = trainer.state();
    let (network, mut ws) = (network(), Workspace::new());
    let found = state.history[0];
    for (score, samples) in [(found.train, &train), (found.validation, &validation)] {
        let mut batch = samples.new_batch();
        let (mut loss, mut correct) = (0.0, 0);
        for (i, &label) in samples.labels().iter().enumerate() {
            samples.gather(&[i as u32], &mut batch);
            let one = network
                .score(&state.params, &batch, &[label], &mut ws)
                .unwrap();
            loss += one.loss();
            correct += one.correct;
        }
        let count = samples.len();
        assert_eq!((score.examples, score.correct), (count, correct));
        assert!((score.loss() - loss / count as f64).abs() < 1e-12);
        assert_eq!(score.accuracy(), correct as f64 / count as f64);
        assert_eq!(evaluate(&network, &state.params, samples), Ok(score));
    }
}
