//! Prints the result for each picture on a line: 1568 hexadecimal digits, or an error.
//!
//! `cargo run --release -p mnist-picture --example bytes FILE…`

#![allow(clippy::print_stdout)] // an example shows what it does

use std::error::Error;

use mnist_picture::from_bytes;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        match from_bytes(&std::fs::read(path)?) {
            Ok(pixels) => {
                let digits = pixels.iter().map(|pixel| format!("{pixel:02x}"));
                println!("{}", digits.collect::<String>());
            }
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}
