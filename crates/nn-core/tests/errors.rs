//! What is refused, in which words; and what nothing refuses: initial weights and their layout.

use std::sync::Arc;

use ndarray::{Array2, array};
use nn_core::{
    Activation, DenseBatch, Error, Grads, Init, Input, Mlp, Params, Scalar, SparseBatch,
    SparseBytes, Workspace,
};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

fn network(sizes: &[usize]) -> Mlp {
    Mlp::new(sizes, Activation::Tanh).unwrap()
}

/// The error that all functions on a labelled batch give, after a look that it is the same one, and
/// that the gradient is untouched.
fn refusal(network: &Mlp, params: &Params<f64>, x: &impl Input<f64>, y: &[u8]) -> Error {
    let mut ws = Workspace::new();
    let mut grads = Params::from_vec(network, vec![7.0; network.parameter_count()]).unwrap();
    let error = network
        .loss_and_grad(params, x, y, &mut ws, &mut grads)
        .unwrap_err();
    assert!(grads.as_slice().iter().all(|&d| d == 7.0), "{error}");
    assert_eq!(
        network.score(params, x, y, &mut ws),
        Err(error.clone()),
        "{error}"
    );
    error
}

#[test]
fn sizes_that_are_no_network() {
    let message = |sizes: &[usize]| Mlp::new(sizes, Activation::Relu).unwrap_err().to_string();
    assert_eq!(
        message(&[]),
        "a network needs at least an input and an output size, found 0 size(s)"
    );
    assert_eq!(
        message(&[784]),
        "a network needs at least an input and an output size, found 1 size(s)"
    );
    for (sizes, index) in [([0, 5, 2], 0), ([3, 0, 2], 1), ([3, 5, 0], 2)] {
        let expected =
            format!("size {index} of the network is 0; every layer needs at least one unit");
        assert_eq!(message(&sizes), expected);
    }
    assert_eq!(
        message(&[3, 257]),
        "the network has 257 outputs; labels can name at most 256 classes"
    );
    assert!(Mlp::new(&[3, 256], Activation::Relu).is_ok());
}

#[test]
fn parameters_of_another_network() {
    let (ours, theirs) = (network(&[2, 5, 3]), network(&[2, 4, 3]));
    let (x, mut ws) = (Array2::zeros((1, 2)), Workspace::new());
    let foreign = Params::<f64>::zeros(&theirs);
    let error = refusal(&ours, &foreign, &x, &[0]);
    assert_eq!(
        error.to_string(),
        "parameters of a network 2–4–3, expected 2–5–3"
    );
    assert_eq!(ours.forward(&foreign, &x, &mut ws).unwrap_err(), error);

    // A gradient's room is judged like parameters.
    let own = Params::zeros(&ours);
    let mut room = Grads::zeros(&theirs);
    let refused = ours.loss_and_grad(&own, &x, &[0], &mut ws, &mut room);
    assert_eq!(refused, Err(error));
}

#[test]
fn a_flat_buffer_of_the_wrong_length() {
    let network = network(&[2, 3]);
    for length in [0, 8, 10] {
        let error = Params::from_vec(&network, vec![0f32; length]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{length} parameters, expected 9")
        );
    }
}

#[test]
fn rows_of_the_wrong_width() {
    let network = network(&[3, 2]);
    let params = Params::zeros(&network);
    let mut ws = Workspace::new();
    let expected = "input has 2 features an example, the network expects 3";

    let x = Array2::zeros((1, 2));
    assert_eq!(refusal(&network, &params, &x, &[0]).to_string(), expected);
    let error = network.forward(&params, &x, &mut ws).unwrap_err();
    assert_eq!(error.to_string(), expected);

    let mut dense = DenseBatch::new(2);
    dense.push().fill(1.0);
    assert_eq!(
        refusal(&network, &params, &dense, &[0]).to_string(),
        expected
    );

    let mut sparse = SparseBatch::new(bytes(&[0, 255]), None, None);
    sparse.push(0, 1.0, 0.0);
    assert_eq!(
        refusal(&network, &params, &sparse, &[0]).to_string(),
        expected
    );
}

#[test]
fn labels_that_do_not_fit() {
    let network = network(&[2, 3]);
    let params = Params::zeros(&network);
    let x = Array2::zeros((3, 2));
    let message = |y: &[u8]| refusal(&network, &params, &x, y).to_string();
    assert_eq!(message(&[]), "0 labels for 3 examples");
    assert_eq!(message(&[0, 1]), "2 labels for 3 examples");
    assert_eq!(message(&[0, 1, 2, 0]), "4 labels for 3 examples");
    assert_eq!(
        message(&[0, 3, 255]),
        "label 3 at position 1 of the batch; the network has 3 classes"
    );
    assert_eq!(
        message(&[2, 1, 255]),
        "label 255 at position 2 of the batch; the network has 3 classes"
    );
}

#[test]
fn an_empty_batch_has_a_score_but_no_mean() {
    let network = network(&[2, 4, 3]);
    let params = Params::<f64>::zeros(&network);
    let mut ws = Workspace::new();
    let empty = Array2::zeros((0, 2));
    let mut grads = Grads::zeros(&network);
    let error = network
        .loss_and_grad(&params, &empty, &[], &mut ws, &mut grads)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch is empty; a mean loss needs at least one example"
    );

    let score = network.score(&params, &empty, &[], &mut ws).unwrap();
    assert_eq!((score.loss_sum, score.correct, score.examples), (0.0, 0, 0));
    assert!(score.loss().is_nan() && score.accuracy().is_nan());
    let logits = network.forward(&params, &empty, &mut ws).unwrap();
    assert_eq!(logits.dim(), (0, 3));
}

#[test]
fn bytes_that_are_no_sparse_matrix() {
    let message = |bytes: &[u8], columns| {
        SparseBytes::from_dense(bytes, columns)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(&[], 65_537),
        "65537 columns; a sparse matrix holds at most 65536"
    );
    assert_eq!(
        message(&[1; 7], 3),
        "7 bytes are no whole number of rows of 3"
    );
    assert_eq!(
        message(&[1; 7], 0),
        "7 bytes are no whole number of rows of 0"
    );

    // The widest that there is: its last column has the largest index.
    let mut widest = vec![0; 2 * 65_536];
    widest[65_535] = 9;
    let bytes = SparseBytes::from_dense(&widest, 65_536).unwrap();
    assert_eq!((bytes.rows(), bytes.columns()), (2, 65_536));
    assert_eq!(bytes.row(0), (&[65_535][..], &[9][..]));
    assert_eq!(bytes.row(1), (&[][..], &[][..]));
    assert_eq!(bytes.density(), 1.0 / 131_072.0);

    let none = SparseBytes::from_dense(&[], 4).unwrap();
    assert_eq!((none.rows(), none.density()), (0, 0.0));
}

/// One row.
fn bytes(row: &[u8]) -> Arc<SparseBytes> {
    Arc::new(SparseBytes::from_dense(row, row.len()).unwrap())
}

#[test]
#[should_panic(expected = "row 1")]
fn a_row_beyond_the_last() {
    SparseBatch::<f32>::new(bytes(&[0, 3, 1]), None, None).push(1, 1.0, 0.0);
}

#[test]
#[should_panic(expected = "one coefficient a feature")]
fn too_few_coefficients() {
    let _ = SparseBatch::<f32>::new(bytes(&[0, 3, 1]), None, Some([1.0, 2.0].into()));
}

// Names.

#[test]
fn activations_by_name() {
    for activation in Activation::ALL {
        assert_eq!(activation.to_string().parse(), Ok(activation));
        assert_eq!(
            format!("{activation:>9}|"),
            format!("{:>9}|", activation.name())
        );
    }
    assert_eq!("relu".parse(), Ok(Activation::Relu));
    for bad in ["", "ReLU", " tanh", "softmax"] {
        let error = bad.parse::<Activation>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown activation `{bad}`; expected identity, sigmoid, tanh or relu")
        );
    }
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

// Initial weights.

fn draw<F: Scalar>(network: &Mlp, init: Init, seed: u64) -> Params<F> {
    network.init(init, &mut ChaCha8Rng::seed_from_u64(seed))
}

/// Mean, standard deviation, least and greatest.
fn statistics(numbers: &[f64]) -> (f64, f64, f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (mean, variance.sqrt(), least, greatest)
}

/// Both layers are wide enough for statistics, and have different fans.
const FANS: [(f64, f64); 2] = [(784.0, 128.0), (128.0, 250.0)];

fn weights_and_biases(init: Init) -> [(Vec<f64>, Vec<f64>); 2] {
    let params = draw::<f64>(&network(&[784, 128, 250]), init, 5);
    [0, 1].map(|layer| {
        let weights = params.weight(layer).iter().copied().collect();
        (weights, params.bias(layer).to_vec())
    })
}

/// Within five standard errors: the numbers are fixed by the seed, so the test does not flicker.
fn has_moments(init: Init, found: (f64, f64, f64, f64), mean: f64, deviation: f64, count: usize) {
    let error = 5.0 * deviation / (count as f64).sqrt();
    assert!((found.0 - mean).abs() < error, "{init}: mean {}", found.0);
    assert!(
        (found.1 - deviation).abs() < error,
        "{init}: deviation {}, expected {deviation}",
        found.1
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
            has_moments(init, found, 0.0, limit / 3f64.sqrt(), weights.len());
            assert!(-limit <= found.2 && found.2 < -0.999 * limit, "{init}");
            assert!(0.999 * limit < found.3 && found.3 <= limit, "{init}");
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
            has_moments(init, statistics(weights), 0.0, deviation, weights.len());
            // 68.27 % of a normal distribution lie within σ, 57.7 % of a uniform one.
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
            has_moments(Init::SmallPositive, found, 0.005, deviation, numbers.len());
            assert!(0.0 <= found.2 && found.3 < 0.01);
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

/// Committed results hang on these numbers. They were printed by this code, as they came, and say
/// only that nothing has changed since.
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

// Layout.

#[test]
fn layers_lie_one_after_another() {
    let network = network(&[784, 128, 32, 10]);
    assert_eq!(
        (network.depth(), network.features(), network.classes()),
        (3, 784, 10)
    );
    let fans: Vec<_> = network.layers().map(|l| (l.fan_in, l.fan_out)).collect();
    assert_eq!(fans, [(784, 128), (128, 32), (32, 10)]);
    let offsets: Vec<_> = network.layers().map(|layer| layer.offset).collect();
    assert_eq!(offsets, [0, 100_480, 100_480 + 4_128]);
    let mut end = 0;
    for (index, layer) in network.layers().enumerate() {
        assert_eq!(layer, network.layer(index));
        assert_eq!(layer.weights(), end..end + layer.fan_in * layer.fan_out);
        assert_eq!(layer.biases().start, layer.weights().end);
        assert_eq!(layer.biases().len(), layer.fan_out);
        end = layer.biases().end;
    }
    assert_eq!(network.parameter_count(), end);
    assert_eq!(end, 784 * 128 + 128 + 128 * 32 + 32 + 32 * 10 + 10);
    assert_eq!(network.to_string(), "784–128–32–10");
}

#[test]
fn views_show_the_flat_buffer() {
    let network = network(&[2, 3, 1]);
    let mut params = Params::from_vec(&network, (0..13).map(f64::from).collect()).unwrap();
    assert_eq!(params.weight(0), array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
    assert_eq!(params.bias(0), array![6.0, 7.0, 8.0]);
    assert_eq!(params.weight(1), array![[9.0], [10.0], [11.0]]);
    assert_eq!(params.bias(1), array![12.0]);
    params.as_mut_slice()[4] = -4.0;
    assert_eq!(params.weight(0)[[1, 1]], -4.0);
    assert_eq!(params.network(), &network);
    assert_eq!(params.cast::<f32>().cast::<f64>(), params);
}

#[test]
fn a_network_that_no_memory_holds() {
    for size in [1 << 28, usize::MAX / 2, usize::MAX] {
        let error = Mlp::new(&[784, size, 10], Activation::Tanh).unwrap_err();
        let message = format!("a network 784–{size}–10 has more than 1073741824 parameters");
        assert_eq!(error.to_string(), message);
    }
}
