//! The examples of an epoch, their order, and the mean of an evaluation.

use std::sync::Mutex;

use crate::common::{clouds, network, small, trainer};
use nn_core::{DenseBatch, Workspace};
use nn_train::{ArraySamples, Config, Samples, Silent, evaluate};

/// Samples that record the positions of every training batch.
struct Recorder {
    inner: ArraySamples<f64>,
    batches: Mutex<Vec<Vec<u32>>>,
}

impl Recorder {
    fn new(inner: ArraySamples<f64>) -> Self {
        let batches = Mutex::default();
        Self { inner, batches }
    }
}

impl Samples<f64> for Recorder {
    type Batch = DenseBatch<f64>;

    fn features(&self) -> usize {
        self.inner.features()
    }

    fn labels(&self) -> &[u8] {
        self.inner.labels()
    }

    fn new_batch(&self) -> DenseBatch<f64> {
        self.inner.new_batch()
    }

    fn gather(&self, positions: &[u32], batch: &mut DenseBatch<f64>) {
        // An evaluation gathers all examples at once.
        if positions.len() < self.len() {
            self.batches.lock().unwrap().push(positions.to_vec());
        }
        self.inner.gather(positions, batch);
    }
}

/// The positions of three epochs of three batches, and the batches' sizes.
fn orders(shuffle: bool, seed: u64) -> Vec<Vec<u32>> {
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    let (train, validation) = (Recorder::new(train), Recorder::new(validation));
    let config = Config {
        shuffle,
        seed,
        ..small()
    };
    trainer(config, &train, &validation).run(Silent).unwrap();
    assert!(validation.batches.lock().unwrap().is_empty());
    let batches = train.batches.into_inner().unwrap();
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
