//! The forward and the backward pass, and what they are made of, in `f32`.
//!
//! Throughputs of passes are examples a second. Those of products are multiply-adds of the dense
//! product, for sparse ones too, so that the two compare.

mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use nn_core::{Activation, Grads, Init, Input, Mlp, Params, Room, Scratch, SparseBatch, Workspace};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use support::{agree, digits, labels, naive, sparse};

/// A network with a batch for it, and what the textbook makes of the two.
struct Case {
    network: Mlp,
    params: Params<f32>,
    sparse: SparseBatch<f32>,
    dense: Array2<f32>,
    labels: Vec<u8>,
    loss: f64,
    gradient: Vec<f64>,
}

impl Case {
    fn new(sizes: &[usize], batch: usize) -> Self {
        let network = Mlp::new(sizes, Activation::Tanh).unwrap();
        let params = network.init::<f32>(Init::LecunNormal, &mut ChaCha8Rng::seed_from_u64(0));
        let digits = digits(batch);
        let labels = labels(batch);
        let x = sparse::<f64>(&digits).to_dense();
        let (loss, gradient) = naive(&network, &params.cast(), &x, &labels);
        let sparse = sparse(&digits);
        Self {
            dense: sparse.to_dense(),
            network,
            params,
            sparse,
            labels,
            loss,
            gradient,
        }
    }

    /// Times `score` and `loss_and_grad` on one form of the batch.
    fn passes(&self, c: &mut Criterion, form: &str, x: &impl Input<f32>, forward: bool) {
        let name = format!("{} batch {} {form}", self.network, self.labels.len());
        let (network, params, y) = (&self.network, &self.params, &self.labels);
        let mut ws = Workspace::new();
        if forward {
            let score = network.score(params, x, y, &mut ws).unwrap();
            agree(&name, &[score.loss() as f32], [self.loss]);
            let mut group = c.benchmark_group("score");
            group.throughput(Throughput::Elements(y.len() as u64));
            group.bench_function(&name, |b| b.iter(|| network.score(params, x, y, &mut ws)));
            group.finish();
        }
        let mut grads = Grads::zeros(network);
        let loss = network
            .loss_and_grad(params, x, y, &mut ws, &mut grads)
            .unwrap();
        agree(&name, &[loss], [self.loss]);
        agree(&name, grads.as_slice(), self.gradient.iter().copied());
        let mut group = c.benchmark_group("loss_and_grad");
        group.throughput(Throughput::Elements(y.len() as u64));
        group.bench_function(&name, |b| {
            b.iter(|| network.loss_and_grad(params, x, y, &mut ws, &mut grads));
        });
        group.finish();
    }
}

/// The paper's two networks at its batch size.
fn paper(c: &mut Criterion) {
    for sizes in [&[784, 10][..], &[784, 128, 10]] {
        let case = Case::new(sizes, 128);
        case.passes(c, "dense", &case.dense, true);
        case.passes(c, "sparse", &case.sparse, true);
    }
}

/// How the time grows with the batch and with the hidden layer.
fn sizes(c: &mut Criterion) {
    for (hidden, batch) in [
        (128, 32),
        (128, 512),
        (128, 1024),
        (32, 128),
        (512, 128),
        (1024, 128),
    ] {
        let case = Case::new(&[784, hidden, 10], batch);
        case.passes(c, "dense", &case.dense, false);
        case.passes(c, "sparse", &case.sparse, false);
    }
}

fn doubles(x: &Array2<f32>) -> Array2<f64> {
    x.mapv(f64::from)
}

/// The first layer's two products, with what makes their right-hand factors ready.
fn products(c: &mut Criterion) {
    for (examples, features, width) in [(128, 784, 128), (128, 784, 512)] {
        let batch = sparse::<f32>(&digits(examples));
        let dense = batch.to_dense();
        let numbers = |rows: usize| {
            Array2::from_shape_fn((rows, width), |(i, j)| {
                (1.3 * i as f32 + 0.7 * j as f32).sin()
            })
        };
        let (w, d) = (numbers(features), numbers(examples));
        let forward = doubles(&dense).dot(&doubles(&w));
        let backward = doubles(&dense).t().dot(&doubles(&d));
        let group = format!("{examples}x{features}x{width}");
        let work = Throughput::Elements((examples * features * width) as u64);
        let mut time = |kind: &str, product: &mut dyn FnMut(&mut [f32]), expected: &Array2<f64>| {
            let mut out = vec![f32::NAN; expected.len()];
            product(&mut out);
            agree(kind, &out, expected.iter().copied());
            let mut group = c.benchmark_group(&group);
            group.throughput(work.clone());
            group.bench_function(kind, |b| b.iter(|| product(&mut out)));
            group.finish();
        };
        time("X·W dense", &mut mul(&dense, &w), &forward);
        time("X·W sparse", &mut mul(&batch, &w), &forward);
        time("Xᵀ·D dense", &mut tr_mul(&dense, &d), &backward);
        time("Xᵀ·D sparse", &mut tr_mul(&batch, &d), &backward);
    }
}

fn mul(x: &impl Input<f32>, w: &Array2<f32>) -> impl FnMut(&mut [f32]) {
    let mut scratch = Scratch::default();
    move |out| {
        let w = x.ready_mul(w.as_slice().unwrap(), w.ncols(), &mut scratch);
        x.mul(0..x.rows(), &w, out);
    }
}

fn tr_mul(x: &impl Input<f32>, d: &Array2<f32>) -> impl FnMut(&mut [f32]) {
    let (mut scratch, mut room) = (Scratch::default(), Room::default());
    move |mut out| {
        let d = x.ready_tr_mul(d.as_slice().unwrap(), d.ncols(), &mut scratch);
        x.tr_mul(0..x.features(), &d, &mut room, &mut |_, block| {
            let (rows, rest) = std::mem::take(&mut out).split_at_mut(block.len());
            rows.copy_from_slice(block);
            out = rest;
        });
    }
}

/// A forward pass with little besides activations: one input, 1024 hidden units, two outputs. What
/// `identity` takes is the rest.
fn activations(c: &mut Criterion) {
    let (hidden, batch) = (1024, 256);
    let x = Array2::from_shape_fn((batch, 1), |(n, _)| 4.0 * (1.3 * n as f32).sin());
    let y: Vec<u8> = (0..batch).map(|n| (n % 2) as u8).collect();
    let mut group = c.benchmark_group("activation");
    group.throughput(Throughput::Elements((hidden * batch) as u64));
    for activation in Activation::ALL {
        let network = Mlp::new(&[1, hidden, 2], activation).unwrap();
        let params = network.init::<f32>(Init::GlorotNormal, &mut ChaCha8Rng::seed_from_u64(0));
        let mut ws = Workspace::new();
        let score = network.score(&params, &x, &y, &mut ws).unwrap();
        let (loss, _) = naive(&network, &params.cast(), &doubles(&x), &y);
        agree(activation.name(), &[score.loss() as f32], [loss]);
        group.bench_function(BenchmarkId::from_parameter(activation), |b| {
            b.iter(|| {
                network
                    .forward(&params, &x, &mut ws)
                    .map(|logits| logits[[0, 0]])
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = support::criterion();
    targets = paper, products, activations, sizes
}
criterion_main!(benches);
