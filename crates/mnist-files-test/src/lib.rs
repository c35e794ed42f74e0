#![doc = include_str!("../README.md")]
#![no_std]

/// 10,000 images: `t10k-images-idx3-ubyte.gz`.
pub static IMAGES: &[u8] = include_bytes!("../files/t10k-images-idx3-ubyte.gz");

/// Their labels: `t10k-labels-idx1-ubyte.gz`.
pub static LABELS: &[u8] = include_bytes!("../files/t10k-labels-idx1-ubyte.gz");
