//! Trains the paper's network on MNIST for an epoch, with dense and with sparse batches, and compares accuracy and
//! time.
//!
//! `cargo run --release --example mnist [FOLDER]`; the folder is `data` if none is given.

#![allow(clippy::print_stdout)] // an example shows what it does

use std::{error::Error, time::Instant};

use mnist_samples::mnist_data::{Checksums, Dataset, Normalize, OpenOptions};
use mnist_samples::nn_train::{Activation, Config, Init, Mlp, Silent, Trainer, evaluate};
use mnist_samples::{InputForm, PixelData};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1);
    let mut options = OpenOptions::default();
    if folder.is_some() {
        options.checksums = Checksums::Off; // any set in MNIST's format
    }
    let dataset = Dataset::open(folder.as_deref().unwrap_or("data"), &options)?;
    let data = PixelData::new(dataset);
    let images = data.dataset().train().images();

    let cut = images.len() as u32 / 5 * 4; // the last fifth validates
    let normalizer = Normalize::PerImage.fit(images, &[])?;
    let network = Mlp::new(&[images.pixels_per_image(), 128, 10], Activation::Tanh)?;
    let mut config = Config::default();
    (config.momentum, config.epochs) = (0.9, 1);
    let config = config.check()?;
    let fastest = data.is_sparse(InputForm::Auto);
    println!("{network}, an epoch; InputForm::Auto makes sparse batches: {fastest}");

    let mut accuracies = Vec::new();
    for form in [InputForm::Dense, InputForm::Sparse] {
        let train = data.training::<f32>((0..cut).collect(), &normalizer, form);
        let others = (cut..images.len() as u32).collect();
        let validation = data.training(others, &normalizer, form);
        let initial = network.init_from_seed(Init::LecunNormal, config.seed);
        let mut trainer = Trainer::new(&network, &config, initial, &train, &validation)?;
        let start = Instant::now();
        trainer.run(Silent)?;
        let time = start.elapsed();

        let test = data.testing(&normalizer, form);
        let score = evaluate(&network, &trainer.state().params, &test)?;
        let percent = 100.0 * score.accuracy();
        println!("{form:?}: {time:.2?}, test accuracy {percent:.2} %");
        accuracies.push(score.accuracy());
    }
    assert!((accuracies[0] - accuracies[1]).abs() < 0.01);
    Ok(())
}
