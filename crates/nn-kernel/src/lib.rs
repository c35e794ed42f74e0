#![doc = include_str!("../README.md")]

mod buffer;
mod elementary;
mod product;
mod real;
mod simd;
mod vectorised;

pub use buffer::Buffer;
pub use product::{Matrix, MatrixScratch, PackedMatrix, pack, product};
pub use real::Real;
pub use simd::Vectors;

/// For [`vectorised`].
#[doc(hidden)]
pub use pulp;
