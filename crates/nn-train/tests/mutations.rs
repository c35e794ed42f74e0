//! Tests that the checks find mistakes. Backpropagation and the update use the textbook's functions, with one mistake
//! of the catalogue of `mnist-exercises` at a time. The gradient check, or the comparison with the trainer, must find
//! each mistake. `mutations.csv` records which check finds which mistake, and the report shows it.

use gradcheck::{Options, check};
use mnist_exercises::{Functions, MISTAKES};
use ndarray::Array2;
use nn_core::textbook::{self, LayerParams};
use nn_core::{Activation, Init, Mlp, Params};
use nn_train::{ArraySamples, Config, Penalty, Silent, Stopping, Stream, Trainer};

const FOUND: &str = include_str!("mutations.csv");

/// A mistake in the order of the steps, so no function has it.
const UPDATED_TOO_EARLY: &str =
    "the first layer's gradient is computed after the second layer's update";

/// The functions with a mistake.
fn functions(mistake: &str) -> Functions {
    let mut functions = Functions::TEXTBOOK;
    if mistake != UPDATED_TOO_EARLY {
        let known = MISTAKES.iter().find(|it| it.text == mistake);
        (known.unwrap_or_else(|| panic!("unknown: {mistake}")).plant)(&mut functions);
    }
    functions
}

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
fn objective(layers: &[LayerParams], scale: f64, functions: &Functions) -> (f64, Vec<LayerParams>) {
    let (x, labels) = data();
    let scaled = |layers: &[LayerParams]| {
        let mut layers = layers.to_vec();
        let last = layers.len() - 1;
        layers[last].w *= scale;
        layers[last].b *= scale;
        layers
    };
    let (mut loss, gradient) = functions.loss_and_grad(&scaled(layers), F, &x, &labels);
    let mut gradient = scaled(&gradient);
    let Penalty { l1, l2, .. } = PENALTY;
    for (layer, d) in layers.iter().zip(&mut gradient) {
        loss += textbook::penalty(&layer.w, l1, l2);
        d.w += &(functions.penalty_gradient)(&layer.w, l1, l2);
    }
    (loss, gradient)
}

/// The largest relative difference between the gradient and central differences of the true loss, at
/// ordinary logits and at large ones.
fn gradient_error(functions: &Functions) -> f64 {
    let start = initial().as_slice().to_vec();
    [(1.0, 1e-5), (4000.0, 1e-8)]
        .map(|(scale, epsilon)| {
            let loss = |flat: &Vec<f64>| objective(&layers(flat), scale, &Functions::TEXTBOOK).0;
            let (_, gradient) = objective(&layers(&start), scale, functions);
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

/// Weights after three steps on all examples. If the update is early, each layer is updated before the gradient of the
/// layer below is computed.
fn trained(functions: &Functions, is_early: bool) -> Vec<f64> {
    let mut now = layers(initial().as_slice());
    let mut velocity = layers(Params::zeros(&network()).as_slice());
    for _ in 0..3 {
        let (_, mut gradient) = objective(&now, 1.0, functions);
        for l in (0..now.len()).rev() {
            if is_early {
                gradient[l] = objective(&now, 1.0, functions).1.swap_remove(l);
            }
            (functions.sgd_step)(&mut now[l], &mut velocity[l], &gradient[l], RATE, GAMMA);
        }
    }
    textbook::flat(&now)
}

/// The largest difference between these weights and those of the trainer.
fn training_error(trained: &[f64]) -> f64 {
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
    let pairs = expected.as_slice().iter().zip(trained);
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
    let functions = Functions::TEXTBOOK;
    let gradient = gradient_error(&functions);
    let training = training_error(&trained(&functions, false));
    assert!(gradient < GRADIENTS_AGREE, "{gradient:e}");
    assert!(training < TRAINING_AGREES, "{training:e}");
}

#[test]
fn every_mistake_is_caught() {
    let mut table = "mistake,gradient_check,training\n".to_owned();
    assert_eq!(FOUND.lines().count(), 1 + 15);
    for line in FOUND.lines().skip(1) {
        let text = line.split('"').nth(1).unwrap();
        let functions = functions(text);
        let trained = trained(&functions, text == UPDATED_TOO_EARLY);
        let gradient = is_off(gradient_error(&functions), 100.0 * GRADIENTS_AGREE);
        let training = is_off(training_error(&trained), 1e6 * TRAINING_AGREES);
        assert!(gradient || training, "caught by nothing: {text}");
        table += &format!("\"{text}\",{gradient},{training}\n");
    }
    assert_eq!(table, FOUND);
}
