//! Times training at the paper's sizes, in `f32`: an update, a step, an epoch.
//!
//! Throughputs are parameters per second for the update, and examples per second for the others.

#[path = "../../nn-core/benches/support/mod.rs"]
mod support;

#[path = "../tests/common/sparse_samples.rs"]
mod sparse_samples;

#[path = "../tests/common/whole.rs"]
mod whole;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, Axis};
use nn_core::{Activation, Grads, Init, Mlp, Params, Workspace, textbook};
use nn_train::{
    ArraySamples, Config, Optimizer, Penalty, Samples, Sgd, Silent, StopReason, Stream, Trainer,
    ValidConfig, objective,
};
use sparse_samples::SparseSamples;
use support::{agree, digits, labels, sparse};
use whole::whole;

const BATCH: usize = 128;

fn network() -> Mlp {
    Mlp::new(&[784, 128, 10], Activation::Tanh).unwrap()
}

fn initial() -> Params<f32> {
    network().init(Init::LecunNormal, &mut Stream::Init.rng(0))
}

fn config() -> Config {
    Config {
        learning_rate: 0.1,
        momentum: 0.9,
        batch_size: BATCH,
        epochs: 1,
        ..Config::default()
    }
}

fn samples(count: usize) -> SparseSamples {
    SparseSamples {
        bytes: digits(count),
        labels: labels(count),
    }
}

/// The textbook's weights after one epoch in steps of 128 examples, in the given order.
fn textbook_epoch(x: &Array2<f64>, y: &[u8]) -> Vec<f64> {
    let config = config();
    let (rate, momentum) = (config.learning_rate, config.momentum);
    let mut layers = textbook::layers(&initial());
    let mut velocity = textbook::layers(&Params::<f32>::zeros(&network()));
    for (rows, y) in x.axis_chunks_iter(Axis(0), BATCH).zip(y.chunks(BATCH)) {
        let rows = rows.to_owned();
        let (_, d_layers) = textbook::loss_and_grad(&layers, Activation::Tanh, &rows, y);
        for ((layer, v), d) in layers.iter_mut().zip(&mut velocity).zip(&d_layers) {
            textbook::sgd_step(layer, v, d, rate, momentum);
        }
    }
    textbook::flat(&layers)
}

/// The change of each weight from its initial value, which shows errors of a step better than the weight does.
fn moved(params: &Params<f32>) -> Vec<f32> {
    let (now, then) = (params.as_slice(), initial());
    now.iter()
        .zip(then.as_slice())
        .map(|(a, b)| a - b)
        .collect()
}

/// The change of each of the textbook's weights from its initial value.
fn moved_in_the_textbook(params: &[f64]) -> Vec<f64> {
    let then = initial();
    let pairs = params.iter().zip(then.as_slice());
    pairs.map(|(a, &b)| a - f64::from(b)).collect()
}

fn update(c: &mut Criterion) {
    let network = network();
    let wave = |scale: f32| {
        let numbers = (0..network.parameter_count()).map(|i| scale * (1.7 * i as f32).sin());
        Params::from_vec(&network, numbers.collect()).unwrap()
    };
    let (mut params, mut velocity, mut grads) = (initial(), wave(0.01), wave(0.1));
    let expected = params.as_slice().iter().zip(velocity.as_slice());
    let expected: Vec<f64> = expected
        .zip(grads.as_slice())
        .map(|((&w, &v), &d)| f64::from(w) - (0.9 * f64::from(v) + 0.1 * 0.1 * f64::from(d)))
        .collect();
    let sgd = Sgd { momentum: 0.9 };
    sgd.step(0.1, 1, whole(&mut params, &mut velocity, &mut grads));
    agree("update", params.as_slice(), expected);

    let mut group = c.benchmark_group("sgd_step");
    group.throughput(Throughput::Elements(network.parameter_count() as u64));
    group.bench_function(network.to_string(), |b| {
        b.iter(|| sgd.step(0.1, 1, whole(&mut params, &mut velocity, &mut grads)));
    });
    group.finish();
}

/// Times a step on one batch: the complete gradient, and then the update. The trainer does both block by block; `epoch`
/// times the trainer.
fn step<S: Samples<f32>>(
    c: &mut Criterion,
    name: &str,
    samples: &S,
    penalty: &Penalty,
    expected: Option<&[f64]>,
) {
    let network = network();
    let positions: Vec<u32> = (0..BATCH as u32).collect();
    let y = &samples.labels()[..BATCH];
    let (mut params, mut velocity) = (initial(), Params::zeros(&network));
    let (mut ws, mut grads) = (Workspace::new(), Grads::zeros(&network));
    let mut batch = samples.new_batch();
    let sgd = Sgd { momentum: 0.9 };
    let mut step = |params: &mut Params<f32>| {
        samples.gather(&positions, &mut batch);
        let (ws, grads) = (&mut ws, &mut grads);
        let value = objective(&network, params, &batch, y, penalty, ws, grads).unwrap();
        sgd.step(0.1, 1, whole(params, &mut velocity, grads));
        value
    };
    let value = step(&mut params);
    match expected {
        Some(expected) => agree(name, &moved(&params), moved_in_the_textbook(expected)),
        None => {
            let weights = initial().as_slice().to_vec();
            let sum: f64 = network
                .layers()
                .flat_map(|layer| &weights[layer.weights()])
                .map(|&w| penalty.l1 * f64::from(w.abs()) + penalty.l2 / 2.0 * f64::from(w).powi(2))
                .sum();
            agree(name, &[value.penalty], [sum]);
        }
    }
    let mut group = c.benchmark_group("step");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(name, |b| b.iter(|| step(&mut params)));
    group.finish();
}

fn steps(c: &mut Criterion) {
    let samples = samples(1000);
    let single = sparse::<f32>(&samples.bytes).to_dense();
    let first = single
        .slice_axis(Axis(0), (0..BATCH).into())
        .mapv(f64::from);
    let expected = textbook_epoch(&first, &samples.labels[..BATCH]);
    let dense = ArraySamples::new(single, samples.labels.clone()).unwrap();
    let none = Penalty::default();
    step(c, "sparse", &samples, &none, Some(&expected));
    step(c, "dense", &dense, &none, Some(&expected));
    for (name, l1, l2) in [("sparse, l1", 0.01, 0.0), ("sparse, l2", 0.0, 0.01)] {
        let penalty = Penalty { l1, l2, ..none };
        step(c, name, &samples, &penalty, None);
    }
}

fn trained(config: &ValidConfig, train: &SparseSamples, validation: &SparseSamples) -> Params<f32> {
    let mut trainer = Trainer::new(&network(), config, initial(), train, validation).unwrap();
    assert_eq!(trainer.run(Silent), Ok(StopReason::MaxEpochs));
    let state = trainer.into_state();
    assert_eq!(state.history[0].train.examples, train.labels.len());
    state.params
}

/// Times an epoch of MNIST's size: 375 steps, and an evaluation on 48,000 and 12,000 examples.
fn epoch(c: &mut Criterion) {
    // The textbook would be slow on 48,000 examples. 300 examples are two complete steps and a short one.
    let few = samples(300);
    let in_order = Config {
        shuffle: false,
        ..config()
    };
    let x = sparse::<f64>(&few.bytes).to_dense();
    let expected = moved_in_the_textbook(&textbook_epoch(&x, &few.labels));
    let found = trained(&in_order.check().unwrap(), &few, &few);
    agree("epoch", &moved(&found), expected);

    let (train, validation) = (samples(48_000), samples(12_000));
    let config = config().check().unwrap();
    let mut group = c.benchmark_group("epoch");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(48_000));
    group.bench_function("48000 + evaluation", |b| {
        let run = |()| trained(&config, &train, &validation);
        b.iter_batched(|| (), run, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = support::criterion();
    targets = update, steps, epoch
}
criterion_main!(benches);
