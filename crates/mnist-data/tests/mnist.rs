//! Tests with the repository's MNIST.

mod common;

use std::sync::LazyLock;

use common::mnist_dir;
use mnist_data::{Checksums, Dataset, LabelledImages, Normalize, OpenOptions, checksum};

static MNIST: LazyLock<Dataset> =
    LazyLock::new(|| Dataset::open(mnist_dir(), &OpenOptions::default()).unwrap());

#[test]
fn it_has_the_published_shape() {
    let shape = |part: &LabelledImages| {
        let images = part.images();
        (
            images.len(),
            images.rows(),
            images.cols(),
            part.labels().len(),
        )
    };
    assert_eq!(shape(MNIST.train()), (60_000, 28, 28, 60_000));
    assert_eq!(shape(MNIST.test()), (10_000, 28, 28, 10_000));
    assert_eq!(MNIST.classes(), 10);
    assert_eq!((MNIST.name(), MNIST.class_names()), (Some("MNIST"), None));
    for (digest, published) in MNIST.digests().iter().zip(checksum::MNIST) {
        assert_eq!(
            (&*digest.name, &*digest.sha256),
            (published.name, published.sha256)
        );
    }
}

#[test]
fn it_begins_with_the_known_digits() {
    assert_eq!(MNIST.train().labels()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(MNIST.test().labels()[..5], [7, 2, 1, 0, 4]);
}

#[test]
fn each_digit_is_as_frequent_as_published() {
    let mut counts = [0; 10];
    for &label in MNIST.train().labels() {
        counts[usize::from(label)] += 1;
    }
    assert_eq!(
        counts,
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    );
}

#[test]
fn any_one_training_image_has_mean_0_and_standard_deviation_1_when_normalized_per_image() {
    let images = MNIST.train().images();
    let normalizer = Normalize::PerImage.fit(images, &[]).unwrap();
    let mut x = vec![0.0_f64; images.pixels_per_image()];
    for (i, image) in images.iter().enumerate() {
        normalizer.apply(image, &mut x);
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let std = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!(mean.abs() < 1e-12, "image {i}: mean {mean}");
        assert!(
            (std - 1.0).abs() < 1e-12,
            "image {i}: standard deviation {std}"
        );
    }
}

#[test]
fn global_statistics_are_the_well_known_ones() {
    // In units of 255, MNIST's training images have mean 0.1307 and standard deviation 0.3081.
    let all: Vec<u32> = (0..60_000).collect();
    let images = MNIST.train().images();
    let (a, c) = Normalize::Global
        .fit(images, &all)
        .unwrap()
        .image_coefficients(&[]);
    let (mean, std) = (c / a / 255.0, 1.0 / a / 255.0);
    assert_eq!(format!("{mean:.4} {std:.4}"), "0.1307 0.3081");
}

#[test]
fn it_is_known_whatever_it_must_be() {
    for checksums in [Checksums::Mnist, Checksums::Off] {
        let options = OpenOptions {
            checksums,
            ..OpenOptions::default()
        };
        assert_eq!(Dataset::open(mnist_dir(), &options).unwrap(), *MNIST);
    }
}

#[cfg(feature = "bundled")]
#[test]
fn the_bundled_files_are_those_on_disk() {
    assert_eq!(Dataset::bundled().unwrap(), *MNIST);
}
