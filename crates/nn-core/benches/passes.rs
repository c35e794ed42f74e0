//! Times the forward pass and backpropagation in `f32`. Throughputs are examples per second, for activations units per
//! second.

mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use nn_core::{Activation, Grads, Init, Input, Mlp, Params, SparseBatch, Workspace, textbook};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use support::{agree, digits, labels, sparse};

/// A network, a batch, and the textbook's results.
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
        let layers = textbook::layers(&params);
        let (loss, gradient) = textbook::loss_and_grad(&layers, Activation::Tanh, &x, &labels);
        let sparse = sparse(&digits);
        Self {
            dense: sparse.to_dense(),
            network,
            params,
            sparse,
            labels,
            loss,
            gradient: textbook::flat(&gradient),
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

/// Several sizes of the batch and of the hidden layer.
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

/// The first layer's two products, with little else: networks without hidden layers. `score` computes X·W, and
/// `loss_and_grad` computes Xᵀ·δ too.
fn products(c: &mut Criterion) {
    for width in [128, 256] {
        let case = Case::new(&[784, width], 128);
        case.passes(c, "dense", &case.dense, true);
        case.passes(c, "sparse", &case.sparse, true);
    }
}

/// A forward pass with little besides activations: one input, 1024 hidden units, two outputs. The time of `identity` is
/// that of everything else.
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
        let layers = textbook::layers(&params);
        let (loss, _) = textbook::loss_and_grad(&layers, activation, &x.mapv(f64::from), &y);
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
