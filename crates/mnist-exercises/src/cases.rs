//! What each exercise is tried on, and what its functions return there.

use ndarray::{Array, Array1, Array2, ArrayD, Dimension, arr0, array};
use nn_core::Activation;
use nn_core::textbook::{self, LayerParams};

use crate::functions::Functions;

/// An array that a function returned.
pub(crate) struct Piece {
    pub(crate) function: &'static str,
    /// The name of the result, such as "dW".
    pub(crate) part: &'static str,
    /// The arguments, in words.
    pub(crate) case: String,
    pub(crate) values: ArrayD<f64>,
}

/// What the functions of an exercise returned.
#[derive(Default)]
pub(crate) struct Results {
    pub(crate) pieces: Vec<Piece>,
    /// The function that is called at present.
    pub(crate) function: &'static str,
}

impl Results {
    fn add<D: Dimension>(&mut self, part: &'static str, case: &str, values: Array<f64, D>) {
        self.pieces.push(Piece {
            function: self.function,
            part,
            case: case.to_owned(),
            values: values.into_dyn(),
        });
    }

    fn number(&mut self, part: &'static str, case: &str, value: f64) {
        self.add(part, case, arr0(value));
    }
}

/// Numbers that look random, the same in each call: SplitMix64.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from −1 to 1.
    fn number(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / f64::from(1 << 26) / f64::from(1 << 26) - 1.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_simple_fn((rows, columns), || self.number())
    }

    pub(crate) fn layer(&mut self, inputs: usize, outputs: usize) -> LayerParams {
        LayerParams {
            w: self.matrix(inputs, outputs) * (3.0 / inputs as f64).sqrt(),
            b: Array1::from_shape_simple_fn(outputs, || 0.5 * self.number()),
        }
    }

    pub(crate) fn layers(&mut self, sizes: &[usize]) -> Vec<LayerParams> {
        let pairs = sizes.windows(2);
        pairs.map(|pair| self.layer(pair[0], pair[1])).collect()
    }

    fn labels(&mut self, count: usize, classes: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(classes) as u8).collect()
    }
}

/// The velocity of a layer before the first step.
pub(crate) fn still(layer: &LayerParams) -> LayerParams {
    LayerParams {
        w: Array2::zeros(layer.w.dim()),
        b: Array1::zeros(layer.b.dim()),
    }
}

/// Examples × classes.
const SHAPES: [(usize, usize); 5] = [(1, 1), (1, 4), (3, 3), (5, 2), (7, 10)];

/// Logits of ordinary size.
fn logits() -> Vec<(String, Array2<f64>)> {
    let mut numbers = Numbers(1);
    let logits = SHAPES.map(|(n, k)| (format!("{n} × {k} logits"), 4.0 * numbers.matrix(n, k)));
    logits.into()
}

/// Logits whose e^z is infinite or 0.
fn large_logits() -> (&'static str, Array2<f64>) {
    let logits = array![[1000.0, 0.0, -1000.0], [-1000.0, -1001.0, -1002.0]];
    ("the rows 1000, 0, −1000 and −1000, −1001, −1002", logits)
}

pub(crate) fn softmax(f: &Functions, results: &mut Results) {
    let (case, large) = large_logits();
    results.function = "log_softmax";
    for (case, logits) in logits() {
        results.add("ln y", &case, (f.log_softmax)(&logits));
    }
    let log_y = (f.log_softmax)(&large);
    results.add("ln y of large logits", case, log_y);
}

pub(crate) fn cross_entropy(f: &Functions, results: &mut Results) {
    let mut numbers = Numbers(2);
    let (case, large) = large_logits();
    results.function = "cross_entropy";
    for (case, logits) in logits() {
        let labels = numbers.labels(logits.nrows(), logits.ncols());
        let (loss, delta) = (f.cross_entropy)(&logits, &labels);
        results.number("the loss", &case, loss);
        results.add("δ", &case, delta);
    }
    let (loss, delta) = (f.cross_entropy)(&large, &[2, 0]);
    results.number("the loss of large logits", case, loss);
    results.add("δ of large logits", case, delta);
}

/// A network with a batch.
struct Case {
    text: String,
    f: Activation,
    layers: Vec<LayerParams>,
    x: Array2<f64>,
    labels: Vec<u8>,
}

/// Networks with each activation function. Two hidden layers of a network are equally wide, so that W and Wᵀ have one
/// shape there.
fn networks() -> Vec<Case> {
    let mut numbers = Numbers(3);
    let mut cases = Vec::new();
    for f in Activation::ALL {
        for (count, sizes) in [
            (7, &[5, 6, 6, 3][..]),
            (1, &[4, 3]),
            (4, &[3, 8, 2]),
            (2, &[1, 1, 1]),
        ] {
            cases.push(Case {
                text: format!("{count} examples and the layers {sizes:?} with {f}"),
                f,
                layers: numbers.layers(sizes),
                x: 2.0 * numbers.matrix(count, sizes[0]),
                labels: numbers.labels(count, sizes[sizes.len() - 1]),
            });
        }
    }
    cases
}

pub(crate) fn forward(f: &Functions, results: &mut Results) {
    let mut numbers = Numbers(4);
    results.function = "pre_activations";
    for (n, inputs, outputs) in [(1, 1, 1), (3, 3, 3), (5, 2, 4)] {
        let (a, layer) = (numbers.matrix(n, inputs), numbers.layer(inputs, outputs));
        let case = format!("A {n} × {inputs} and W {inputs} × {outputs}");
        results.add("Z", &case, (f.pre_activations)(&a, &layer));
    }
    results.function = "activate";
    for activation in Activation::ALL {
        let z = 3.0 * numbers.matrix(3, 4);
        let case = format!("{activation} and 3 × 4 pre-activations");
        results.add("A", &case, (f.activate)(activation, &z));
    }
    results.function = "forward";
    for case in networks() {
        let (a, z) = (f.forward)(&case.layers, case.f, &case.x);
        results.number("the number of matrices A", &case.text, a.len() as f64);
        results.number("the number of matrices Z", &case.text, z.len() as f64);
        for (l, (a, z)) in a.into_iter().zip(z).enumerate() {
            results.add("A", &format!("{}, A_{l}", case.text), a);
            results.add("Z", &format!("{}, Z_{}", case.text, l + 1), z);
        }
    }
}

pub(crate) fn backward(f: &Functions, results: &mut Results) {
    let mut numbers = Numbers(5);
    results.function = "derivative";
    for activation in Activation::ALL {
        let z = 3.0 * numbers.matrix(3, 4);
        let case = format!("{activation} and 3 × 4 pre-activations");
        results.add("f′", &case, (f.derivative)(activation, &z));
    }
    results.function = "delta_below";
    for activation in Activation::ALL {
        for (n, below, above) in [(4, 3, 3), (2, 5, 3), (1, 1, 1)] {
            let (delta, w) = (numbers.matrix(n, above), numbers.matrix(below, above));
            let z = 2.0 * numbers.matrix(n, below);
            let case = format!("{activation}, δ {n} × {above} and W {below} × {above}");
            let delta = (f.delta_below)(&delta, &w, activation, &z);
            results.add("δ of the layer below", &case, delta);
        }
    }
    results.function = "layer_gradient";
    for (n, inputs, outputs) in [(1, 1, 1), (3, 3, 3), (7, 2, 4)] {
        let (a, delta) = (numbers.matrix(n, inputs), numbers.matrix(n, outputs));
        let case = format!("A {n} × {inputs} and δ {n} × {outputs}");
        let d = (f.layer_gradient)(&a, &delta);
        results.add("dW", &case, d.w);
        results.add("db", &case, d.b);
    }
    results.function = "loss_and_grad";
    for case in networks() {
        let (loss, d) = f.loss_and_grad(&case.layers, case.f, &case.x, &case.labels);
        results.number("the loss", &case.text, loss);
        results.number("the number of gradients", &case.text, d.len() as f64);
        for (l, d) in d.into_iter().enumerate() {
            let case = format!("{}, layer {}", case.text, l + 1);
            results.add("dW", &case, d.w);
            results.add("db", &case, d.b);
        }
    }
}

pub(crate) fn gradient_check(f: &Functions, results: &mut Results) {
    // Each coordinate's derivative depends on the others, so that a point that is not restored shows.
    let loss = |w: &[f64]| -> f64 {
        let sum: f64 = w.iter().enumerate().map(|(i, w)| (i + 1) as f64 * w).sum();
        sum.sin() + w.iter().map(|w| w.powi(3)).sum::<f64>()
    };
    results.function = "numerical_gradient";
    for (count, epsilon) in [(1, 1e-2), (3, 1e-2), (5, 1e-3)] {
        let w: Vec<f64> = (0..count).map(|i| 0.3 + 0.2 * i as f64).collect();
        let case = format!("{count} coordinates and ε = {epsilon}");
        let gradient = (f.numerical_gradient)(&loss, &w, epsilon);
        results.add("the gradient", &case, Array1::from(gradient));
    }
}

pub(crate) fn momentum(f: &Functions, results: &mut Results) {
    let mut numbers = Numbers(6);
    results.function = "sgd_step";
    for (inputs, outputs, rate, gamma) in [(1, 1, 0.1, 0.9), (3, 2, 0.3, 0.8), (2, 4, 0.05, 0.0)] {
        let mut layer = numbers.layer(inputs, outputs);
        let mut velocity = still(&layer);
        for step in 1..=3 {
            let d = numbers.layer(inputs, outputs);
            (f.sgd_step)(&mut layer, &mut velocity, &d, rate, gamma);
            let case = format!(
                "a layer {inputs} × {outputs}, α = {rate} and γ = {gamma}, after step {step} of 3"
            );
            results.add("W", &case, layer.w.clone());
            results.add("b", &case, layer.b.clone());
            results.add("the velocity of W", &case, velocity.w.clone());
            results.add("the velocity of b", &case, velocity.b.clone());
        }
    }
}

pub(crate) fn penalty(f: &Functions, results: &mut Results) {
    let mut numbers = Numbers(7);
    let mut weights = vec![array![[0.0, -0.0, 2.0], [-3.0, 0.5, 0.0]]];
    weights.extend([(1, 1), (4, 3)].map(|(n, k)| numbers.matrix(n, k)));
    let mut cases = Vec::new();
    for w in weights {
        for (l1, l2) in [(0.02, 0.03), (0.5, 0.0), (0.0, 0.25)] {
            let (n, k) = w.dim();
            let case = format!("W {n} × {k}, λ₁ = {l1} and λ₂ = {l2}");
            cases.push((case, w.clone(), l1, l2));
        }
    }
    results.function = "penalty";
    for (case, w, l1, l2) in &cases {
        results.number("the penalty", case, (f.penalty)(w, *l1, *l2));
    }
    results.function = "penalty_gradient";
    for (case, w, l1, l2) in &cases {
        results.add("the gradient", case, (f.penalty_gradient)(w, *l1, *l2));
    }
}

pub(crate) fn early_stopping(f: &Functions, results: &mut Results) {
    let mut numbers = Numbers(8);
    let mut runs = vec![
        vec![1.0],
        vec![3.0, 2.0, 2.1, 2.2, 2.3, 1.0],
        vec![3.0, 2.0, 2.5, 2.4, 2.3, 1.0],
        vec![3.0, 2.0, 2.1, 2.2, 2.2, 2.3, 2.4, 2.0, 2.5],
    ];
    // Few different values, so that many losses are equal.
    runs.extend((0..12).map(|n| (0..n + 3).map(|_| numbers.below(6) as f64 / 2.0).collect()));
    results.function = "early_stopping";
    for losses in runs {
        for patience in 1..=3 {
            let case = format!("the losses {losses:?} and patience {patience}");
            let (last, best) = (f.early_stopping)(&losses, patience);
            results.number("the last epoch", &case, last as f64);
            results.number("the best epoch", &case, best as f64);
        }
    }
}

/// The largest difference between an answer's gradient and central differences of the answer's own loss, relative to
/// the largest derivative.
fn disagreement(loss: &dyn Fn(&[f64]) -> f64, w: &[f64], gradient: &[f64]) -> f64 {
    let numerical = textbook::numerical_gradient(loss, w, 1e-5);
    let scale = numerical.iter().fold(1e-3, |max: f64, d| max.max(d.abs()));
    let pairs = numerical.iter().zip(gradient);
    let differences = pairs.map(|(a, b)| (a - b).abs() / scale);
    match numerical.len() == gradient.len() {
        true => differences.fold(0.0, f64::max),
        false => f64::INFINITY,
    }
}

fn flat(w: &Array2<f64>) -> Vec<f64> {
    w.iter().copied().collect()
}

fn array_of(w: &Array2<f64>, flat: &[f64]) -> Array2<f64> {
    let mut numbers = flat.iter();
    w.mapv(|w| numbers.next().copied().unwrap_or(w))
}

pub(crate) fn cross_entropy_disagreement(f: &Functions) -> f64 {
    let (logits, labels) = (2.0 * Numbers(9).matrix(4, 3), [0, 2, 1, 2]);
    let (_, delta) = (f.cross_entropy)(&logits, &labels);
    let loss = |flat: &[f64]| (f.cross_entropy)(&array_of(&logits, flat), &labels).0;
    disagreement(&loss, &flat(&logits), &flat(&delta))
}

pub(crate) fn penalty_disagreement(f: &Functions) -> f64 {
    let w = Numbers(10).matrix(3, 3);
    let loss = |flat: &[f64]| (f.penalty)(&array_of(&w, flat), 0.02, 0.03);
    let gradient = (f.penalty_gradient)(&w, 0.02, 0.03);
    disagreement(&loss, &flat(&w), &flat(&gradient))
}

pub(crate) fn backward_disagreement(f: &Functions) -> f64 {
    let mut cases = networks();
    cases.retain(|case| case.f == Activation::Tanh);
    let case = &cases[0];
    let loss = |flat: &[f64]| {
        let mut numbers = flat.iter();
        let mut layers = case.layers.clone();
        for layer in &mut layers {
            for w in layer.w.iter_mut().chain(&mut layer.b) {
                *w = numbers.next().copied().unwrap_or(*w);
            }
        }
        f.loss_and_grad(&layers, case.f, &case.x, &case.labels).0
    };
    let (_, d) = f.loss_and_grad(&case.layers, case.f, &case.x, &case.labels);
    disagreement(&loss, &textbook::flat(&case.layers), &textbook::flat(&d))
}
