//! Data, weights and labels that do not fit the network or the configuration.

use crate::common::{clouds, initial, network, small};
use ndarray::Array2;
use nn_core::{Activation, Mlp, Params};
use nn_train::{ArraySamples, Config, Samples, Trainer, evaluate};

type Given = ArraySamples<f64>;

/// The error message of `Trainer::new`.
fn refused(config: Config, initial: Params<f64>, train: &Given, validation: &Given) -> String {
    let config = config.check().unwrap();
    let trainer = Trainer::new(&network(), &config, initial, train, validation);
    trainer.err().unwrap().to_string()
}

#[test]
fn what_does_not_fit_is_refused_before_the_run() {
    let train = || clouds(11, 0.0, 0);
    let none = ArraySamples::new(Array2::zeros((0, 2)), vec![]).unwrap();
    let wide = ArraySamples::new(Array2::zeros((11, 3)), vec![0; 11]).unwrap();

    let large = Config {
        batch_size: 12,
        ..small()
    };
    assert_eq!(
        refused(large, initial(), &train(), &train()),
        "batch size is 12; the training set has 11 examples"
    );
    assert_eq!(
        refused(small(), initial(), &none, &train()),
        "batch size is 4; the training set has 0 examples"
    );
    for (train, validation) in [(&wide, &train()), (&train(), &wide)] {
        assert_eq!(
            refused(small(), initial(), train, validation),
            "the input has 3 features per example; the network expects 2"
        );
    }
    let other = Mlp::new(&[2, 4, 3], Activation::Tanh).unwrap();
    let foreign = Params::zeros(&other);
    assert_eq!(
        refused(small(), foreign.clone(), &train(), &train()),
        "parameters of a network 2–4–3; expected 2–5–3"
    );
    assert_eq!(
        evaluate(&network(), &foreign, &train())
            .unwrap_err()
            .to_string(),
        "parameters of a network 2–4–3; expected 2–5–3"
    );
    assert_eq!(
        ArraySamples::new(Array2::<f32>::zeros((3, 2)), vec![0; 2])
            .unwrap_err()
            .to_string(),
        "2 labels for 3 examples"
    );
}

#[test]
fn a_label_of_no_class_is_found_before_the_run() {
    let good = clouds::<f64>(8, 0.0, 0);
    let mut labels = good.labels().to_vec();
    labels[5] = 3;
    let bad = ArraySamples::new(Array2::zeros((8, 2)), labels).unwrap();
    for (train, validation) in [(&bad, &good), (&good, &bad)] {
        assert_eq!(
            refused(small(), initial(), train, validation),
            "label 3 at position 5; the network has 3 classes"
        );
    }
}
