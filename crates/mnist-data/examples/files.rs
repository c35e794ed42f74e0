//! Prints the checksums of the four files, the number of images of each digit, the mean brightness, and one image.
//!
//! `cargo run --release --example files [FOLDER]`; the folder is `data` if none is given.

#![allow(clippy::print_stdout)] // an example shows what it does

use mnist_data::known::class_name;
use mnist_data::{Checksums, Dataset, Error, LabelledImages, OpenOptions};

fn main() -> Result<(), Error> {
    let folder = std::env::args().nth(1);
    let options = OpenOptions {
        checksums: Checksums::Off, // any set in MNIST's format
        ..OpenOptions::default()
    };
    let data = Dataset::open(folder.as_deref().unwrap_or("data"), &options)?;

    println!("{}", data.name().unwrap_or("a set that is not known"));
    for file in data.digests() {
        println!("{} has the SHA-256 {}…", file.name, &file.sha256[..16]);
    }
    describe("training", data.train(), data.classes());
    describe("test", data.test(), data.classes());

    let (images, label) = (data.train().images(), data.train().labels()[0]);
    let label = class_name(data.class_names(), label);
    println!("the first of them, labelled {label}:");
    for row in images.image(0).chunks(images.cols()) {
        let shade = |&byte: &u8| [' ', '.', 'o', '#'][usize::from(byte) / 64];
        println!("  {}", row.iter().map(shade).collect::<String>());
    }
    Ok(())
}

fn describe(part: &str, data: &LabelledImages, classes: usize) {
    let images = data.images();
    let mut counts = vec![0; classes];
    for &label in data.labels() {
        counts[usize::from(label)] += 1;
    }
    let bytes = images.as_bytes();
    let ink = bytes.iter().filter(|&&byte| byte != 0).count();
    let sum: u64 = bytes.iter().map(|&byte| u64::from(byte)).sum();
    println!(
        "{part}: {} images of {} × {}; of each class {counts:?}; {:.1} % of the pixels are not 0; their mean is {:.2}",
        images.len(),
        images.rows(),
        images.cols(),
        100.0 * ink as f64 / bytes.len() as f64,
        sum as f64 / bytes.len() as f64,
    );
}
