//! Weights of examples.

use crate::common::{clouds, initial, network, small, trainer};
use ndarray::{Array2, Axis};
use nn_core::{DenseBatch, Grads, Workspace};
use nn_train::{ArraySamples, Config, Float, Samples, Silent, State, Trainer};

const COUNT: usize = 11;

fn features<F: Float>() -> Array2<F> {
    let (samples, all) = (
        clouds::<F>(COUNT, 0.0, 0),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    let mut batch = samples.new_batch();
    samples.gather(&all, &mut batch);
    batch.view().to_owned()
}

/// All examples are one batch, because the weights count within a batch.
fn trained<F: Float>(train: &ArraySamples<F>) -> State<F> {
    let config = Config {
        batch_size: train.len(),
        epochs: 20,
        ..small()
    };
    let validation = clouds(5, 1.0, 0);
    let mut trainer = trainer(config, train, &validation);
    trainer.run(Silent).unwrap();
    trainer.into_state()
}

fn expect_near(a: &State<f64>, b: &State<f64>) {
    for (a, b) in a.params.as_slice().iter().zip(b.params.as_slice()) {
        assert!((a - b).abs() < 1e-12, "{a} and {b}");
    }
    assert_ne!(a.params, initial());
}

#[test]
fn an_example_of_weight_2_counts_twice_and_one_of_weight_0_not_at_all() {
    let (x, y) = (
        features::<f64>(),
        clouds::<f64>(COUNT, 0.0, 0).labels().to_vec(),
    );
    let mut weights = vec![1.0; COUNT];
    (weights[3], weights[7]) = (2.0, 0.0);
    let weighted = ArraySamples::new(x.clone(), y.clone()).unwrap();
    let weighted = weighted.with_weights(weights.clone()).unwrap();

    // Example 3 twice, and no example 7.
    let rows = [0, 1, 2, 3, 3, 4, 5, 6, 8, 9, 10];
    let labels = rows.iter().map(|&row| y[row]).collect();
    let repeated = ArraySamples::new(x.select(Axis(0), &rows), labels).unwrap();
    expect_near(&trained(&weighted), &trained(&repeated));

    // Only the ratios of the weights matter.
    let thirds = weights.iter().map(|weight| weight / 3.0).collect();
    let scaled = ArraySamples::new(x, y).unwrap();
    expect_near(
        &trained(&weighted),
        &trained(&scaled.with_weights(thirds).unwrap()),
    );
}

#[test]
fn weights_of_1_give_the_bits_of_no_weights() {
    let plain = clouds::<f32>(COUNT, 0.0, 0);
    let weighted = plain.clone().with_weights(vec![1.0; COUNT]).unwrap();
    let validation = clouds(5, 1.0, 0);
    let states = [&plain, &weighted].map(|train| {
        let mut trainer = trainer(small(), train, &validation);
        trainer.run(Silent).unwrap();
        trainer.into_state()
    });
    assert_eq!(states[0], states[1]);
}

/// Each batch is one example. The steps of those with weight 0 have a loss and a gradient of 0.
#[test]
fn a_batch_of_weight_0_has_no_gradient() {
    let mut weights = vec![0.0; COUNT];
    weights[0] = 3.0;
    let train = clouds::<f64>(COUNT, 0.0, 0).with_weights(weights).unwrap();
    let config = |epochs| Config {
        batch_size: 1,
        momentum: 0.0,
        epochs,
        ..small()
    };
    let validation = clouds(5, 1.0, 0);
    let mut all = trainer(config(3), &train, &validation);
    all.run(Silent).unwrap();

    let x = features::<f64>().select(Axis(0), &[0]);
    let alone = ArraySamples::new(x, vec![train.labels()[0]]).unwrap();
    let mut one = trainer(config(3), &alone, &validation);
    one.run(Silent).unwrap();
    expect_near(one.state(), all.state());
}

/// The loss of the gradient check is the weighted mean, computed from the scores of single examples.
#[test]
fn the_weighted_loss_and_its_gradient_agree() {
    let (network, params, samples) = (network(), initial::<f64>(), clouds::<f64>(COUNT, 0.0, 0));
    let weights: Vec<f64> = (0..COUNT).map(|i| (i % 4) as f64 / 3.0).collect();
    let x = features::<f64>();
    let (mut ws, mut grads) = (Workspace::new(), Grads::zeros(&network));
    let backpropagation = network
        .backpropagate_weighted(&params, &x, samples.labels(), &weights, &mut ws)
        .unwrap();
    let found = backpropagation.loss();
    backpropagation.gradient(&mut grads);

    let mut loss = |params: &nn_core::Params<f64>| {
        let of = |i: usize| {
            let (x, y) = (x.select(Axis(0), &[i]), &samples.labels()[i..=i]);
            network.score(params, &x, y, &mut ws).unwrap().loss()
        };
        let losses: Vec<f64> = (0..COUNT).map(of).collect();
        let sum: f64 = losses.iter().zip(&weights).map(|(e, s)| e * s).sum();
        sum / weights.iter().sum::<f64>()
    };
    assert!((found - loss(&params)).abs() < 1e-14);
    let options = gradcheck::Options {
        floor: 1e-4,
        ..Default::default()
    };
    let report = gradcheck::check(loss, &params, grads.as_slice(), &options).unwrap();
    assert!(report.max_relative() < 1e-6, "{:?}", report.worst());
}

/// Samples whose weights nobody checked.
struct Unchecked(ArraySamples<f64>, Vec<f64>);

impl Samples<f64> for Unchecked {
    type Batch = DenseBatch<f64>;

    fn features(&self) -> usize {
        self.0.features()
    }

    fn labels(&self) -> &[u8] {
        self.0.labels()
    }

    fn weights(&self) -> Option<&[f64]> {
        Some(&self.1)
    }

    fn new_batch(&self) -> DenseBatch<f64> {
        self.0.new_batch()
    }

    fn gather(&self, positions: &[u32], batch: &mut DenseBatch<f64>) {
        self.0.gather(positions, batch);
    }
}

#[test]
fn unusable_weights_are_refused() {
    let samples = || clouds::<f64>(COUNT, 0.0, 0);
    let with = |position: usize, weight| {
        let mut weights = vec![1.0; COUNT];
        weights[position] = weight;
        weights
    };
    let at = |weight: &str| {
        format!("weight {weight} at position 4; expected a finite number of at least 0")
    };
    let cases = [
        (with(4, -1.0), at("-1")),
        (with(4, f64::NAN), at("NaN")),
        (with(4, f64::INFINITY), at("inf")),
        (vec![1.0; 10], "10 weights for 11 examples".to_owned()),
        (
            vec![0.0; COUNT],
            "the weights of all 11 examples are 0; expected at least one above 0".to_owned(),
        ),
    ];
    let (network, validation, config) = (network(), samples(), small().check().unwrap());
    for (weights, expected) in cases {
        let error = samples().with_weights(weights.clone()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        // A trainer does not rely on the data set's check.
        let unchecked = Unchecked(samples(), weights);
        let error = Trainer::new(&network, &config, initial(), &unchecked, &validation).err();
        assert_eq!(error.unwrap().to_string(), expected);
    }
}
