//! The penalty and its gradient agree, and the gradient is 0 at 0.

use crate::common::clouds;
use ndarray::Array2;
use nn_core::{Activation, Grads, Mlp, Params, Workspace};
use nn_train::{Penalty, Samples, objective};

/// Weights of both signs, none closer than 0.05 to 0, where |w| has a kink.
fn away_from_kinks(network: &Mlp) -> Params<f64> {
    let numbers = (0..network.parameter_count()).map(|i| {
        let w = 0.5 * (1.7 * i as f64 + 0.3).sin();
        w + 0.05f64.copysign(w)
    });
    Params::from_vec(network, numbers.collect()).unwrap()
}

const PENALTIES: [(f64, f64); 4] = [(0.0, 0.0), (0.3, 0.0), (0.0, 0.7), (0.3, 0.7)];

#[test]
fn the_objective_and_its_gradient_agree() {
    let network = Mlp::new(&[2, 4, 6, 3], Activation::Sigmoid).unwrap();
    let params = away_from_kinks(&network);
    let samples = clouds::<f64>(6, 0.0, 0);
    let mut batch = samples.new_batch();
    samples.gather(&[0, 1, 2, 3, 4, 5], &mut batch);
    for (l1, l2) in PENALTIES {
        for biases in [false, true] {
            let penalty = Penalty {
                l1,
                l2,
                biases,
                ..Penalty::default()
            };
            let at = |params: &Params<f64>| {
                let mut grads = Grads::zeros(&network);
                let (y, ws) = (samples.labels(), &mut Workspace::new());
                let value = objective(&network, params, &batch, y, &penalty, ws, &mut grads);
                (value.unwrap(), grads)
            };
            let (found, gradient) = at(&params);
            let mut expected = 0.0;
            for layer in network.layers() {
                for i in layer.offset..layer.biases().end {
                    if biases || layer.weights().contains(&i) {
                        let w = params.as_slice()[i];
                        expected += l1 * w.abs() + l2 / 2.0 * w * w;
                    }
                }
            }
            assert!((found.penalty - expected).abs() < 1e-13, "{penalty:?}");
            assert_eq!(found.total(), found.loss + found.penalty);

            let f = |params: &Params<f64>| at(params).0.total();
            let options = gradcheck::Options {
                floor: 1e-4,
                ..Default::default()
            };
            let report = gradcheck::check(f, &params, gradient.as_slice(), &options).unwrap();
            assert!(
                report.max_relative() < 1e-6,
                "{penalty:?}: {:?}",
                report.worst()
            );
        }
    }
}

/// At the kink, the gradient of the L1 penalty is 0: sign(0) = 0, also for −0.
#[test]
fn no_penalty_pulls_at_zero() {
    let network = Mlp::new(&[2, 3], Activation::Tanh).unwrap();
    let samples = clouds::<f64>(6, 0.0, 0);
    let x = Array2::from_shape_fn((6, 2), |(i, j)| (i + j) as f64);
    let gradient = |w: f64, l1, l2| {
        let params = Params::from_vec(&network, vec![w; 9]).unwrap();
        let penalty = Penalty {
            l1,
            l2,
            biases: true,
            ..Penalty::default()
        };
        let mut grads = Grads::zeros(&network);
        let (y, ws) = (samples.labels(), &mut Workspace::new());
        let value = objective(&network, &params, &x, y, &penalty, ws, &mut grads).unwrap();
        assert_eq!(value.penalty, 9.0 * (l1 * w.abs() + l2 / 2.0 * w * w));
        grads
    };
    for zero in [0.0, -0.0] {
        assert_eq!(gradient(zero, 0.5, 0.5), gradient(zero, 0.0, 0.0));
    }
    let pulled = gradient(2.0, 0.5, 0.0);
    for (a, b) in pulled
        .as_slice()
        .iter()
        .zip(gradient(2.0, 0.0, 0.0).as_slice())
    {
        assert_eq!(*a, b + 0.5);
    }
}
