//! Do the checks check? Backpropagation and the update again, in plain matrices, with one mistake at a
//! time. Each mistake must be caught: by the gradient check, or by comparing training with the trainer's.
//! What catches which is in `mutations.csv`, which the report shows.

use gradcheck::{Options, check};
use ndarray::{Array1, Array2, Axis, Zip};
use nn_core::{Activation, Init, Mlp, Params};
use nn_train::{ArraySamples, Config, Penalty, Silent, Stopping, Stream, Trainer};

/// A mistake that people make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    NoMeanOverBatch,
    WeightsNotTransposed,
    DerivativeAtOutput,
    NoDerivative,
    NoBiasGradient,
    InputsNotActivated,
    NoTarget,
    PenaltySign,
    PenaltyTwice,
    PenaltyWithoutSign,
    NoMaximum,
    UpdatedTooEarly,
    NoDamping,
    NoVelocity,
    Uphill,
}

use Mistake::*;

const ALL: [(Mistake, &str); 15] = [
    (NoMeanOverBatch, "sums over the batch where a mean is due"),
    (
        WeightsNotTransposed,
        "δ goes back through W where Wᵀ is due",
    ),
    (
        DerivativeAtOutput,
        "f′ is taken at the output, as if that were the weighted input",
    ),
    (NoDerivative, "f′ is left out"),
    (NoBiasGradient, "db stays 0"),
    (
        InputsNotActivated,
        "dW takes the weighted inputs of the layer below for its outputs",
    ),
    (NoTarget, "y is taken for y − t"),
    (PenaltySign, "the penalties' gradient has the other sign"),
    (
        PenaltyTwice,
        "the L2 gradient has a factor of 2 that its λ/2 should have cancelled",
    ),
    (PenaltyWithoutSign, "the L1 gradient is w, not its sign"),
    (NoMaximum, "softmax does not subtract the largest logit"),
    (
        UpdatedTooEarly,
        "the first layer's gradient is computed from weights that the second's update has changed",
    ),
    (NoDamping, "(1 − γ) is lost"),
    (NoVelocity, "the velocity starts anew at each step"),
    (Uphill, "the step goes uphill"),
];

const PENALTY: Penalty = Penalty {
    l1: 0.02,
    l2: 0.03,
    biases: false,
    place: nn_train::PenaltyPlace::Gradient,
};
const RATE: f64 = 0.2;
const GAMMA: f64 = 0.9;
const EXAMPLES: usize = 7;
/// The hidden layers are as wide as each other, so that W for Wᵀ fits.
const SIZES: [usize; 4] = [5, 6, 6, 3];

/// Weights and biases of each layer.
type Layers = Vec<(Array2<f64>, Array1<f64>)>;

fn network() -> Mlp {
    Mlp::new(&SIZES, Activation::Tanh).unwrap()
}

fn initial() -> Params<f64> {
    network().init(Init::LecunNormal, &mut Stream::Init.rng(1))
}

fn layers(flat: &[f64]) -> Layers {
    let params = Params::from_vec(&network(), flat.to_vec()).unwrap();
    let layer = |l| (params.weight(l).to_owned(), params.bias(l).to_owned());
    (0..SIZES.len() - 1).map(layer).collect()
}

fn flat(layers: &Layers) -> Vec<f64> {
    let layer =
        |(w, b): &(Array2<f64>, Array1<f64>)| w.iter().chain(b).copied().collect::<Vec<_>>();
    layers.iter().flat_map(layer).collect()
}

fn data() -> (Array2<f64>, Vec<u8>) {
    let x = Array2::from_shape_fn((EXAMPLES, SIZES[0]), |(n, j)| {
        (1.3 * n as f64 + 0.7 * j as f64).sin()
    });
    (x, (0..EXAMPLES).map(|n| (2 * n % 3) as u8).collect())
}

/// Loss with penalty, and its gradient; `scale` multiplies the logits.
fn objective(layers: &Layers, scale: f64, mistake: Mistake) -> (f64, Layers) {
    let (x, labels) = data();
    let mut weighted = Vec::new();
    let mut outputs = vec![x];
    for (l, (w, b)) in layers.iter().enumerate() {
        let z = outputs[l].dot(w) + b;
        weighted.push(z.clone());
        outputs.push(if l + 1 < layers.len() {
            z.mapv(f64::tanh)
        } else {
            z * scale
        });
    }
    let logits = outputs.pop().unwrap();
    let mut loss = 0.0;
    let mut delta = Array2::zeros(logits.dim());
    for ((n, row), &label) in logits.rows().into_iter().enumerate().zip(&labels) {
        let largest = match mistake {
            NoMaximum => 0.0,
            _ => row.fold(f64::NEG_INFINITY, |a, &b| a.max(b)),
        };
        let exps = row.mapv(|a| (a - largest).exp());
        let sum = exps.sum();
        loss += sum.ln() + largest - row[usize::from(label)];
        let mut y = exps / sum;
        if mistake != NoTarget {
            y[usize::from(label)] -= 1.0;
        }
        delta.row_mut(n).assign(&(y * scale));
    }
    let count = EXAMPLES as f64;
    loss /= count;
    if mistake != NoMeanOverBatch {
        delta /= count;
    }

    let mut gradient = Vec::new();
    for l in (0..layers.len()).rev() {
        let input = match mistake {
            InputsNotActivated if l > 0 => &weighted[l - 1],
            _ => &outputs[l],
        };
        let w = &layers[l].0;
        let mut dw = input.t().dot(&delta);
        let mut db = delta.sum_axis(Axis(0));
        if mistake == NoBiasGradient {
            db.fill(0.0);
        }
        let sign = if mistake == PenaltySign { -1.0 } else { 1.0 };
        let l2 = if mistake == PenaltyTwice { 2.0 } else { 1.0 } * PENALTY.l2;
        Zip::from(&mut dw).and(w).for_each(|d, &w| {
            let l1 = if mistake == PenaltyWithoutSign {
                w
            } else {
                w.signum()
            };
            *d += sign * (PENALTY.l1 * l1 + l2 * w);
        });
        loss += w
            .iter()
            .map(|w| PENALTY.l1 * w.abs() + PENALTY.l2 / 2.0 * w * w)
            .sum::<f64>();
        gradient.push((dw, db));
        if l == 0 {
            break;
        }
        let square = w.nrows() == w.ncols();
        delta = match mistake {
            WeightsNotTransposed if square => delta.dot(w),
            _ => delta.dot(&w.t()),
        };
        let derivative = |z: f64| 1.0 - z.tanh().powi(2);
        match mistake {
            NoDerivative => {}
            DerivativeAtOutput => delta *= &outputs[l].mapv(derivative),
            _ => delta *= &weighted[l - 1].mapv(derivative),
        }
    }
    gradient.reverse();
    (loss, gradient)
}

/// The largest relative difference between the gradient and central differences of the true loss, at
/// ordinary logits and at large ones.
fn gradient_error(mistake: Mistake) -> f64 {
    let start = initial().as_slice().to_vec();
    [(1.0, 1e-5), (4000.0, 1e-8)]
        .map(|(scale, epsilon)| {
            let loss = |flat: &Vec<f64>| objective(&layers(flat), scale, None).0;
            let (_, gradient) = objective(&layers(&start), scale, mistake);
            let gradient = flat(&gradient);
            if gradient.iter().any(|d| !d.is_finite()) {
                return f64::INFINITY;
            }
            let options = Options {
                epsilon,
                floor: 1e-3 * scale,
            };
            let report = check(loss, &start, &gradient, &options).unwrap();
            report.max_relative()
        })
        .into_iter()
        .fold(0.0, f64::max)
}

/// Weights after three steps on all examples.
fn trained(mistake: Mistake) -> Vec<f64> {
    let mut now = layers(initial().as_slice());
    let mut velocity: Layers = now.iter().map(|(w, b)| (w * 0.0, b * 0.0)).collect();
    for _ in 0..3 {
        let (_, mut gradient) = objective(&now, 1.0, mistake);
        for l in (0..now.len()).rev() {
            if mistake == UpdatedTooEarly {
                gradient[l] = objective(&now, 1.0, mistake).1.swap_remove(l);
            }
            let damping = if mistake == NoDamping {
                1.0
            } else {
                1.0 - GAMMA
            };
            let gamma = if mistake == NoVelocity { 0.0 } else { GAMMA };
            let uphill = if mistake == Uphill { -1.0 } else { 1.0 };
            let (v, g) = (&mut velocity[l], &gradient[l]);
            v.0 = &v.0 * gamma + &g.0 * (damping * RATE);
            v.1 = &v.1 * gamma + &g.1 * (damping * RATE);
            now[l].0.scaled_add(-uphill, &v.0);
            now[l].1.scaled_add(-uphill, &v.1);
        }
    }
    flat(&now)
}

/// The largest difference between those weights and the trainer's.
fn training_error(mistake: Mistake) -> f64 {
    let (x, y) = data();
    let samples = ArraySamples::new(x, y).unwrap();
    let config = Config {
        learning_rate: RATE,
        momentum: GAMMA,
        penalty: PENALTY,
        batch_size: EXAMPLES,
        epochs: 3,
        stopping: Stopping::Never,
        shuffle: false,
        ..Config::default()
    };
    let config = config.check().unwrap();
    let mut trainer = Trainer::new(&network(), &config, initial(), &samples, &samples).unwrap();
    trainer.run(Silent).unwrap();
    let expected = trainer.into_state().params;
    let pairs = expected.as_slice().iter().zip(trained(mistake));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

const GRADIENTS_AGREE: f64 = 1e-4;
const TRAINING_AGREES: f64 = 1e-12;

/// NaN is off too.
fn is_off(error: f64, limit: f64) -> bool {
    error.is_nan() || error > limit
}

#[test]
fn without_a_mistake_nothing_is_caught() {
    let (gradient, training) = (gradient_error(None), training_error(None));
    assert!(gradient < GRADIENTS_AGREE, "{gradient:e}");
    assert!(training < TRAINING_AGREES, "{training:e}");
}

#[test]
fn every_mistake_is_caught() {
    let mut table = "mistake,gradient_check,training\n".to_owned();
    for (mistake, text) in ALL {
        let gradient = is_off(gradient_error(mistake), 100.0 * GRADIENTS_AGREE);
        let training = is_off(training_error(mistake), 1e6 * TRAINING_AGREES);
        assert!(gradient || training, "caught by nothing: {text}");
        table += &format!("\"{text}\",{gradient},{training}\n");
    }
    assert_eq!(table, include_str!("mutations.csv"));
}
