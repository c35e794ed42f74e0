#![doc = include_str!("../README.md")]
#![no_std]

/// 60,000 images: `train-images-idx3-ubyte.gz`.
pub static IMAGES: &[u8] = include_bytes!("../files/train-images-idx3-ubyte.gz");

/// Their labels: `train-labels-idx1-ubyte.gz`.
pub static LABELS: &[u8] = include_bytes!("../files/train-labels-idx1-ubyte.gz");
