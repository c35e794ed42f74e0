//! Tests that the checks find mistakes. Backpropagation and the update use the textbook's functions, with one mistake
//! at a time. The gradient check, or the comparison with the trainer, must find each mistake. `mutations.csv` records
//! which check finds which mistake, and the report shows it.

use gradcheck::{Options, check};
use ndarray::{Array2, Axis};
use nn_core::textbook::{self, LayerParams};
use nn_core::{Activation, Init, Mlp, Params};
use nn_train::{ArraySamples, Config, Penalty, Silent, Stopping, Stream, Trainer};

/// A common mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mutation {
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

use Mutation::*;

const ALL: [(Mutation, &str); 15] = [
    (NoMeanOverBatch, "sum over the batch instead of the mean"),
    (WeightsNotTransposed, "δ is multiplied by W instead of Wᵀ"),
    (
        DerivativeAtOutput,
        "f′ is taken at the output instead of the pre-activation",
    ),
    (NoDerivative, "f′ is left out"),
    (NoBiasGradient, "db stays 0"),
    (
        InputsNotActivated,
        "dW uses the pre-activations of the layer below instead of its outputs",
    ),
    (NoTarget, "δ of the output layer is y instead of y − t"),
    (
        PenaltySign,
        "the gradient of the penalties has the wrong sign",
    ),
    (PenaltyTwice, "the L2 gradient has an extra factor of 2"),
    (
        PenaltyWithoutSign,
        "the L1 gradient is w instead of the sign of w",
    ),
    (NoMaximum, "softmax does not subtract the largest logit"),
    (
        UpdatedTooEarly,
        "the first layer's gradient is computed after the second layer's update",
    ),
    (NoDamping, "the factor 1 − γ is missing"),
    (NoVelocity, "the velocity is reset at each step"),
    (Uphill, "the update has the wrong sign"),
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
/// The sizes of the network. Both hidden layers are equally wide, so that the shapes of W and Wᵀ are equal.
const SIZES: [usize; 4] = [5, 6, 6, 3];

const F: Activation = Activation::Tanh;

fn network() -> Mlp {
    Mlp::new(&SIZES, F).unwrap()
}

fn initial() -> Params<f64> {
    network().init(Init::LecunNormal, &mut Stream::Init.rng(1))
}

fn layers(flat: &[f64]) -> Vec<LayerParams> {
    textbook::layers(&Params::from_vec(&network(), flat.to_vec()).unwrap())
}

fn data() -> (Array2<f64>, Vec<u8>) {
    let x = Array2::from_shape_fn((EXAMPLES, SIZES[0]), |(n, j)| {
        (1.3 * n as f64 + 0.7 * j as f64).sin()
    });
    (x, (0..EXAMPLES).map(|n| (2 * n % 3) as u8).collect())
}

/// Loss with penalty, and its gradient; `scale` multiplies the logits.
fn objective(layers: &[LayerParams], scale: f64, mistake: Mutation) -> (f64, Vec<LayerParams>) {
    let (x, labels) = data();
    let (a, z) = textbook::forward(layers, F, &x);
    let logits = &z[layers.len() - 1] * scale;
    let (mut loss, delta) = textbook::cross_entropy(&logits, &labels);
    let mut delta = wrong_output_delta(delta, &logits, &labels, mistake) * scale;

    let mut gradient = Vec::new();
    for l in (0..layers.len()).rev() {
        let w = &layers[l].w;
        let inputs = match mistake {
            InputsNotActivated if l > 0 => &z[l - 1],
            _ => &a[l],
        };
        let mut d = textbook::layer_gradient(inputs, &delta);
        if mistake == NoBiasGradient {
            d.b.fill(0.0);
        }
        let Penalty { l1, l2, .. } = PENALTY;
        loss += textbook::penalty(w, l1, l2);
        d.w += &match mistake {
            PenaltySign => -textbook::penalty_gradient(w, l1, l2),
            PenaltyTwice => textbook::penalty_gradient(w, l1, 2.0 * l2),
            PenaltyWithoutSign => textbook::penalty_gradient(w, 0.0, l1 + l2),
            _ => textbook::penalty_gradient(w, l1, l2),
        };
        gradient.push(d);
        if l > 0 {
            delta = match mistake {
                WeightsNotTransposed if w.is_square() => {
                    textbook::delta_below(&delta, &w.t().to_owned(), F, &z[l - 1])
                }
                DerivativeAtOutput => textbook::delta_below(&delta, w, F, &a[l]),
                NoDerivative => textbook::delta_below(&delta, w, Activation::Identity, &z[l - 1]),
                _ => textbook::delta_below(&delta, w, F, &z[l - 1]),
            };
        }
    }
    gradient.reverse();
    (loss, gradient)
}

/// The output layer's δ, with mistakes in the output layer.
fn wrong_output_delta(
    delta: Array2<f64>,
    logits: &Array2<f64>,
    labels: &[u8],
    mistake: Mutation,
) -> Array2<f64> {
    let count = labels.len() as f64;
    let targets = Array2::from_shape_fn(logits.dim(), |(n, k)| {
        f64::from(usize::from(labels[n]) == k)
    });
    match mistake {
        NoMeanOverBatch => delta * count,
        NoTarget => delta + targets / count,
        NoMaximum => {
            let exps = logits.mapv(f64::exp);
            let sums = exps.sum_axis(Axis(1)).insert_axis(Axis(1));
            (exps / sums - targets) / count
        }
        _ => delta,
    }
}

/// The largest relative difference between the gradient and central differences of the true loss, at
/// ordinary logits and at large ones.
fn gradient_error(mistake: Mutation) -> f64 {
    let start = initial().as_slice().to_vec();
    [(1.0, 1e-5), (4000.0, 1e-8)]
        .map(|(scale, epsilon)| {
            let loss = |flat: &Vec<f64>| objective(&layers(flat), scale, None).0;
            let (_, gradient) = objective(&layers(&start), scale, mistake);
            let gradient = textbook::flat(&gradient);
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
fn trained(mistake: Mutation) -> Vec<f64> {
    let mut now = layers(initial().as_slice());
    let mut velocity = layers(Params::zeros(&network()).as_slice());
    for _ in 0..3 {
        let (_, mut gradient) = objective(&now, 1.0, mistake);
        for l in (0..now.len()).rev() {
            if mistake == UpdatedTooEarly {
                gradient[l] = objective(&now, 1.0, mistake).1.swap_remove(l);
            }
            if mistake == NoVelocity {
                velocity[l].w.fill(0.0);
                velocity[l].b.fill(0.0);
            }
            let rate = match mistake {
                NoDamping => RATE / (1.0 - GAMMA),
                Uphill => -RATE,
                _ => RATE,
            };
            textbook::sgd_step(&mut now[l], &mut velocity[l], &gradient[l], rate, GAMMA);
        }
    }
    textbook::flat(&now)
}

/// The largest difference between these weights and those of the trainer.
fn training_error(mistake: Mutation) -> f64 {
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

/// Whether an error exceeds a limit; NaN does.
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
