//! Initial weights, and the names of initialisers.

use nn_core::{Activation, Float, Init, Mlp, Params};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

fn network(sizes: &[usize]) -> Mlp {
    Mlp::new(sizes, Activation::Tanh).unwrap()
}

const SCHEMES: [(&str, Init); 8] = [
    ("zeros", Init::Zeros),
    ("glorot-uniform", Init::GlorotUniform),
    ("glorot-normal", Init::GlorotNormal),
    ("he-uniform", Init::HeUniform),
    ("he-normal", Init::HeNormal),
    ("lecun-uniform", Init::LecunUniform),
    ("lecun-normal", Init::LecunNormal),
    ("small-positive", Init::SmallPositive),
];

#[test]
fn initialisers_by_name() {
    for (name, init) in SCHEMES {
        assert_eq!(name.parse(), Ok(init));
        assert_eq!(init.to_string(), name);
    }
    let short = [
        ("glorot", Init::GlorotUniform),
        ("xavier", Init::GlorotUniform),
        ("he", Init::HeNormal),
        ("lecun", Init::LecunNormal),
        ("normal(0.01)", Init::Normal(0.01)),
        ("normal( 2 )", Init::Normal(2.0)),
        ("normal(1e-3)", Init::Normal(0.001)),
    ];
    for (name, init) in short {
        assert_eq!(name.parse(), Ok(init), "{name}");
    }
    assert_eq!(Init::Normal(0.01).to_string(), "normal(0.01)");
}

#[test]
fn names_of_no_initialiser() {
    let bad = [
        "",
        "Zeros",
        "zeros ",
        "ones",
        "normal",
        "normal()",
        "normal(0)",
        "normal(-1)",
        "normal(nan)",
        "normal(inf)",
        "normal(1",
        "normal 1",
        "he(1)",
    ];
    for text in bad {
        let error = text.parse::<Init>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "unknown initialiser `{text}`; expected zeros, glorot-uniform, glorot-normal, \
                 he-uniform, he-normal, lecun-uniform, lecun-normal, small-positive, or normal(σ) \
                 with σ > 0, as in normal(0.01)"
            )
        );
    }
}

proptest! {
    #[test]
    fn every_deviation_survives_its_text(deviation in prop::num::f64::POSITIVE) {
        prop_assume!(deviation > 0.0 && deviation.is_finite());
        let init = Init::Normal(deviation);
        prop_assert_eq!(init.to_string().parse(), Ok(init));
    }
}

fn draw<F: Float>(network: &Mlp, init: Init, seed: u64) -> Params<F> {
    network.init(init, &mut ChaCha8Rng::seed_from_u64(seed))
}

struct Statistics {
    mean: f64,
    deviation: f64,
    least: f64,
    greatest: f64,
}

fn statistics(numbers: &[f64]) -> Statistics {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Statistics {
        mean,
        deviation: variance.sqrt(),
        least,
        greatest,
    }
}

/// The fan-in and fan-out of both layers, different and large enough for statistics.
const FANS: [(f64, f64); 2] = [(784.0, 128.0), (128.0, 250.0)];

fn weights_and_biases(init: Init) -> [(Vec<f64>, Vec<f64>); 2] {
    let params = draw::<f64>(&network(&[784, 128, 250]), init, 5);
    [0, 1].map(|layer| {
        let weights = params.weight(layer).iter().copied().collect();
        (weights, params.bias(layer).to_vec())
    })
}

/// Checks mean and deviation within five standard errors. The seed determines the numbers, so the test is
/// deterministic.
fn has_moments(init: Init, found: &Statistics, mean: f64, deviation: f64, count: usize) {
    let error = 5.0 * deviation / (count as f64).sqrt();
    assert!(
        (found.mean - mean).abs() < error,
        "{init}: mean {}",
        found.mean
    );
    assert!(
        (found.deviation - deviation).abs() < error,
        "{init}: deviation {}, expected {deviation}",
        found.deviation
    );
}

#[test]
fn uniform_weights_fill_their_limits() {
    type Limit = fn(f64, f64) -> f64;
    let schemes: [(Init, Limit); 3] = [
        (Init::GlorotUniform, |i, o| (6.0 / (i + o)).sqrt()),
        (Init::HeUniform, |i, _| (6.0 / i).sqrt()),
        (Init::LecunUniform, |i, _| (3.0 / i).sqrt()),
    ];
    for (init, limit) in schemes {
        for ((weights, biases), (fan_in, fan_out)) in weights_and_biases(init).iter().zip(FANS) {
            let limit = limit(fan_in, fan_out);
            let found = statistics(weights);
            has_moments(init, &found, 0.0, limit / 3f64.sqrt(), weights.len());
            assert!(
                -limit <= found.least && found.least < -0.999 * limit,
                "{init}"
            );
            assert!(
                0.999 * limit < found.greatest && found.greatest <= limit,
                "{init}"
            );
            assert!(biases.iter().all(|&b| b == 0.0), "{init}");
        }
    }
}

#[test]
fn normal_weights_have_their_deviation() {
    type Deviation = fn(f64, f64) -> f64;
    let schemes: [(Init, Deviation); 4] = [
        (Init::GlorotNormal, |i, o| (2.0 / (i + o)).sqrt()),
        (Init::HeNormal, |i, _| (2.0 / i).sqrt()),
        (Init::LecunNormal, |i, _| (1.0 / i).sqrt()),
        (Init::Normal(0.3), |_, _| 0.3),
    ];
    for (init, deviation) in schemes {
        for ((weights, biases), (fan_in, fan_out)) in weights_and_biases(init).iter().zip(FANS) {
            let deviation = deviation(fan_in, fan_out);
            has_moments(init, &statistics(weights), 0.0, deviation, weights.len());
            // Within σ are 68.27 % of a normal distribution, and 57.7 % of a uniform one.
            let within = weights.iter().filter(|w| w.abs() < deviation).count();
            let share = within as f64 / weights.len() as f64;
            assert!((share - 0.6827).abs() < 0.01, "{init}: {share}");
            assert!(biases.iter().all(|&b| b == 0.0), "{init}");
        }
    }
}

#[test]
fn small_positive_covers_biases_too() {
    for (weights, biases) in weights_and_biases(Init::SmallPositive) {
        for numbers in [&weights, &biases] {
            let found = statistics(numbers);
            let deviation = 0.01 / 12f64.sqrt();
            has_moments(Init::SmallPositive, &found, 0.005, deviation, numbers.len());
            assert!(0.0 <= found.least && found.greatest < 0.01);
        }
    }
}

#[test]
fn zeros_are_zeros() {
    let params = draw::<f32>(&network(&[7, 5, 3]), Init::Zeros, 0);
    assert_eq!(params, Params::zeros(&network(&[7, 5, 3])));
}

#[test]
fn both_precisions_start_from_the_same_numbers() {
    let network = network(&[31, 17, 5]);
    for (name, init) in SCHEMES
        .into_iter()
        .chain([("normal(0.1)", Init::Normal(0.1))])
    {
        let (single, double) = (
            draw::<f32>(&network, init, 9),
            draw::<f64>(&network, init, 9),
        );
        assert_eq!(single, double.cast::<f32>(), "{name}");
        for (&a, &b) in single.as_slice().iter().zip(double.as_slice()) {
            assert_eq!(a.to_bits(), (b as f32).to_bits(), "{name}");
        }
    }
}

#[test]
fn another_seed_gives_other_weights() {
    let network = network(&[31, 17, 5]);
    for (name, init) in SCHEMES {
        let [first, again, other] = [1, 1, 2].map(|seed| draw::<f64>(&network, init, seed));
        assert_eq!(first, again, "{name}");
        assert_eq!(first == other, init == Init::Zeros, "{name}");
    }
}

/// The committed results depend on these numbers, which this code printed. The test shows only that nothing has changed
/// since.
#[test]
fn the_first_weights_do_not_change() {
    let network = network(&[4, 3, 2]);
    let first = |init| {
        let params = draw::<f64>(&network, init, 0);
        let (hidden, output) = (params.weight(0), params.weight(1));
        [hidden[[0, 0]], hidden[[0, 1]], output[[2, 1]]]
    };
    assert_eq!(
        first(Init::GlorotUniform),
        [
            0.387132443940414,
            -0.06310070893981967,
            -0.15156466820069614
        ]
    );
    assert_eq!(
        first(Init::LecunNormal),
        [-0.7677706737018524, 0.7202308631529957, 0.7383451888038011]
    );
    assert_eq!(
        first(Init::SmallPositive),
        [
            0.007090754154265617,
            0.004659217222896102,
            0.008350745180119279
        ]
    );
}
