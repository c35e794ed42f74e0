//! Compares logits, losses and gradients with those of `scripts/golden.py`. The script has no backpropagation: its
//! gradients are complex-step derivatives of the forward formulas.

use ndarray::Array2;
use nn_core::{Activation, Grads, Mlp, Params, Workspace, softmax};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sizes: Vec<usize>,
    activation: String,
    examples: usize,
    logits: Vec<f64>,
    probabilities: Vec<f64>,
    loss: f64,
    correct: usize,
    gradient: Vec<f64>,
}

/// The inputs of the script, from the formulas of the script.
fn features(examples: usize, width: usize) -> Array2<f64> {
    Array2::from_shape_fn((examples, width), |(n, j)| {
        (1.3 * n as f64 + 0.7 * j as f64 + 0.1).sin()
    })
}

fn labels(examples: usize, classes: usize) -> Vec<u8> {
    (0..examples)
        .map(|n| ((2 * n + n / 3) % classes) as u8)
        .collect()
}

fn parameters(network: &Mlp) -> Params<f64> {
    let numbers = (0..network.parameter_count())
        .map(|i| 0.6 * (1.7 * i as f64 + 0.3).sin())
        .collect();
    Params::from_vec(network, numbers).unwrap()
}

fn close<'a>(name: &str, found: impl IntoIterator<Item = &'a f64>, expected: &[f64]) {
    let found: Vec<f64> = found.into_iter().copied().collect();
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-12, "{name}, number {i}: {a} and {b}");
    }
}

#[test]
fn every_golden_case() {
    let file: File = serde_json::from_str(include_str!("golden/gradients.json")).unwrap();
    assert_eq!(file.cases.len(), 14);
    for case in file.cases {
        let network = Mlp::new(&case.sizes, case.activation.parse().unwrap()).unwrap();
        let name = format!("{network} {}", case.activation);
        let params = parameters(&network);
        let x = features(case.examples, network.features());
        let y = labels(case.examples, network.classes());
        let mut ws = Workspace::new();

        let mut logits = network.forward(&params, &x, &mut ws).unwrap().to_owned();
        close(&format!("{name}: logits"), &logits, &case.logits);
        softmax(logits.view_mut());
        close(
            &format!("{name}: probabilities"),
            &logits,
            &case.probabilities,
        );

        let score = network.score(&params, &x, &y, &mut ws).unwrap();
        close(
            &format!("{name}: score's loss"),
            &[score.loss()],
            &[case.loss],
        );
        assert_eq!(score.correct, case.correct, "{name}");

        let mut grads = Grads::zeros(&network);
        let loss = network
            .loss_and_grad(&params, &x, &y, &mut ws, &mut grads)
            .unwrap();
        close(&format!("{name}: loss"), &[loss], &[case.loss]);
        close(
            &format!("{name}: gradient"),
            grads.as_slice(),
            &case.gradient,
        );
    }
}

/// Checks that the golden cases leave out no activation and no depth.
#[test]
fn the_cases_cover_every_activation_and_depth() {
    let file: File = serde_json::from_str(include_str!("golden/gradients.json")).unwrap();
    for activation in Activation::ALL {
        for depth in 1..=3 {
            assert!(
                file.cases.iter().any(|case| {
                    case.activation == activation.name() && case.sizes.len() == depth + 1
                }),
                "{activation}, {depth} layers"
            );
        }
    }
}
