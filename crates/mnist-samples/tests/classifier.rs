//! The front door: fit, predict, evaluate.

use mnist_samples::mnist_data::{Checksums, Dataset, Images, LabelledImages, OpenOptions};
use mnist_samples::nn_train::{Config, Samples, Silent, StopReason, Stopping};
use mnist_samples::{Classifier, Error, PixelData};

/// IDX files of images of 4 × 3 pixels of two classes: a bright upper or lower half, and some noise.
fn dataset(train: usize, test: usize) -> Dataset {
    let part = |count: usize| {
        let count_be = (count as u32).to_be_bytes();
        let images = [&[0, 0, 8, 3][..], &count_be, &[0, 0, 0, 4, 0, 0, 0, 3]].concat();
        let pixel = |i: usize| {
            let (image, position) = (i / 12, i % 12);
            let bright = (position < 6) == (image % 2 == 0);
            (i * 7919 % 101) as u8 + if bright { 150 } else { 0 }
        };
        let pixels = (0..12 * count).map(pixel);
        let labels = [&[0, 0, 8, 1][..], &count_be].concat();
        let label = (0..count).map(|image| (image % 2) as u8);
        (
            images.into_iter().chain(pixels).collect::<Vec<u8>>(),
            labels.into_iter().chain(label).collect::<Vec<u8>>(),
        )
    };
    let ((train, train_labels), (test, test_labels)) = (part(train), part(test));
    let options = OpenOptions {
        checksums: Checksums::Off,
        classes: 2,
        ..OpenOptions::default()
    };
    Dataset::from_bytes([&train, &train_labels, &test, &test_labels], &options).unwrap()
}

fn data() -> PixelData {
    PixelData::new(dataset(50, 20))
}

fn small() -> Classifier {
    let mut classifier = Classifier {
        hidden: vec![5],
        ..Classifier::default()
    };
    (classifier.config.batch_size, classifier.config.epochs) = (8, 20);
    classifier
}

#[test]
fn a_fitted_model_predicts_and_evaluates() {
    let data = data();
    let model = small().fit(&data).unwrap();
    let test = data.dataset().test();
    let mut correct = 0;
    for (image, &label) in test.images().iter().zip(test.labels()) {
        let probabilities = model.predict_proba(image).unwrap();
        let class = model.predict(image).unwrap();
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(probabilities[usize::from(class)] >= 0.5);
        correct += usize::from(class == label);
    }
    let score = model.evaluate(test).unwrap();
    assert_eq!((score.correct, score.examples), (correct, 20));
    assert!(score.accuracy() > 0.9, "{score:?}");
}

#[test]
fn every_step_of_fit_can_be_taken_alone() {
    let data = data();
    let classifier = small();
    let prepared = classifier.prepare::<f32>(&data).unwrap();
    assert_eq!((prepared.train.len(), prepared.validation.len()), (40, 10));
    let mut trainer = prepared.trainer().unwrap();
    trainer.run(Silent).unwrap();
    let model = prepared.model(trainer.into_state());
    assert_eq!(model, classifier.fit(&data).unwrap());
    let best = model.state().best.as_ref().unwrap();
    assert_eq!(model.params(), &best.params);
    assert_eq!(model.network().sizes(), [12, 5, 2]);
    assert_eq!(model.normalizer(), &prepared.normalizer);
}

#[test]
fn images_of_another_shape_are_refused() {
    let data = data();
    let model = small().fit(&data).unwrap();
    for found in [0, 11, 13] {
        let message = format!("an image of {found} pixels; expected 12 (4 × 3)");
        let image = vec![0; found];
        assert_eq!(model.predict(&image).unwrap_err().to_string(), message);
        assert_eq!(
            model.predict_proba(&image).unwrap_err().to_string(),
            message
        );
    }
    // The same number of pixels does not make it the same shape.
    for (rows, cols) in [(3, 4), (28, 28)] {
        let images = Images::new(1, rows, cols, vec![0; rows * cols]).unwrap();
        let images = LabelledImages::new(images, vec![0]).unwrap();
        assert_eq!(
            model.evaluate(&images).unwrap_err().to_string(),
            format!("images of {rows} × {cols} pixels; expected 4 × 3")
        );
    }
    let images = Images::new(1, 4, 3, vec![0; 12]).unwrap();
    let images = LabelledImages::new(images, vec![2]).unwrap();
    assert_eq!(
        model.evaluate(&images).unwrap_err().to_string(),
        "label 2 at position 0; the network has 2 classes"
    );
}

#[test]
fn without_a_split_all_images_train() {
    let data = data();
    let mut classifier = Classifier {
        split: None,
        ..small()
    };
    assert_eq!(
        classifier.fit(&data).unwrap_err().to_string(),
        "the validation set is empty; expected at least one example, or the stopping rule never"
    );
    classifier.config.stopping = Stopping::Never;
    let prepared = classifier.prepare::<f32>(&data).unwrap();
    let mut trainer = prepared.trainer().unwrap();
    assert_eq!(trainer.run(Silent), Ok(StopReason::MaxEpochs));
    let model = prepared.model(trainer.into_state());
    assert_eq!(model.state().history[0].train.examples, 50);
    assert_eq!(model.params(), &model.state().params);
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let data = data();
    let with = |config| Classifier { config, ..small() }.fit(&data).unwrap_err();
    let error = with(Config {
        momentum: 1.0,
        ..small().config
    });
    assert!(matches!(error, Error::Config(_)), "{error}");
    let error = with(Config {
        batch_size: 41,
        ..small().config
    });
    assert_eq!(
        error.to_string(),
        "batch size is 41; the training set has 40 examples"
    );
    let empty_layer = Classifier {
        hidden: vec![0],
        ..small()
    };
    let error = empty_layer.fit(&data).unwrap_err();
    assert!(matches!(error, Error::Network(_)), "{error}");
    let one = PixelData::new(dataset(1, 1));
    let error = small().fit(&one).unwrap_err();
    assert!(matches!(error, Error::Data(_)), "{error}");
}
