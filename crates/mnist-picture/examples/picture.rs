//! Shows a photograph or scan of a digit as a network trained on MNIST would see it.
//!
//! `cargo run --release --example picture [FILE]`; without a file, a seven is drawn.

#![allow(clippy::print_stdout)] // an example shows what it does

use std::error::Error;

use mnist_picture::{GrayImage, SIDE, from_bytes, to_mnist};

fn main() -> Result<(), Box<dyn Error>> {
    let picture = match std::env::args().nth(1) {
        Some(path) => from_bytes(&std::fs::read(path)?)?,
        None => to_mnist(&seven())?,
    };
    for row in picture.chunks(SIDE) {
        let shade = |&ink: &u8| [' ', '.', 'o', '#'][usize::from(ink) / 64];
        println!("|{}|", row.iter().map(shade).collect::<String>());
    }
    Ok(())
}

/// Dark on a paper that is not evenly lit, small, and in a corner.
fn seven() -> GrayImage {
    GrayImage::from_fn(300, 200, |x, y| {
        let bar = (40..100).contains(&x) && (30..42).contains(&y);
        let stem = (30..130).contains(&y) && (102 - y / 3..114 - y / 3).contains(&x);
        let paper = 200 + x / 10;
        [if bar || stem { 60 } else { paper as u8 }].into()
    })
}
