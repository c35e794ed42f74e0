//! Trains the paper's network on MNIST for an epoch, with dense and with sparse batches, and compares accuracy and
//! time.
//!
//! `cargo run --release --example mnist [FOLDER]`; the folder is `data` if none is given.

#![allow(clippy::print_stdout)] // an example shows what it does

use std::{error::Error, time::Instant};

use mnist_samples::mnist_data::{Checksums, Dataset, OpenOptions};
use mnist_samples::{Classifier, InputForm, PixelData};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1);
    let mut options = OpenOptions::default();
    if folder.is_some() {
        options.checksums = Checksums::Off; // any set in MNIST's format
    }
    let dataset = Dataset::open(folder.as_deref().unwrap_or("data"), &options)?;
    let data = PixelData::new(dataset);
    let fastest = data.is_sparse(InputForm::Auto);
    println!("an epoch; InputForm::Auto makes sparse batches: {fastest}");

    let mut accuracies = Vec::new();
    for input in [InputForm::Dense, InputForm::Sparse] {
        let mut classifier = Classifier {
            input,
            ..Classifier::default()
        };
        classifier.config.epochs = 1;
        let start = Instant::now();
        let model = classifier.fit(&data)?;
        let time = start.elapsed();

        let accuracy = model.evaluate(data.dataset().test())?.accuracy();
        println!(
            "{input:?}: {time:.2?}, test accuracy {:.2} %",
            100.0 * accuracy
        );
        accuracies.push(accuracy);
    }
    assert!((accuracies[0] - accuracies[1]).abs() < 0.01);
    Ok(())
}
