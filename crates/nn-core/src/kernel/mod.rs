//! Arithmetic with the same bits on every processor: a dense matrix product in a fixed order of fused multiply-adds,
//! e^x, ln x and tanh x as polynomials, and the loops of a training step. The code uses the widest vectors of the
//! processor, without `unsafe`.
//!
//! * [`Buffer`]: numbers that begin at a cache line.
//! * [`pack`] and [`product`]: C = A·B, with B copied in the order in which the product reads it.
//! * `step`: the update and the penalty of a training step, element by element.
//! * [`is_fused`]: whether this processor or WebAssembly engine multiplies and adds with one rounding.
//! * `vectorised!`: a function compiled once for each kind of processor.
//! * `Vectors`: SIMD vectors, for loops that the compiler does not vectorise well.
//!
//! ```
//! use nn_core::kernel::{Buffer, Matrix, pack, product};
//!
//! let (a, b) = ([1.0, 2.0], [3.0, 4.0, 5.0, 6.0]);
//! let mut scratch = Buffer::default();
//! let packed = pack(Matrix::new(&b, 2, 2), &mut scratch);
//! let mut c = [0.0; 2];
//! product(Matrix::new(&a, 1, 2), 0..1, &packed, &mut c);
//! assert_eq!(c, [13.0, 16.0]);
//! ```

mod buffer;
pub(crate) mod elementary;
mod fma;
mod product;
mod simd;
pub(crate) mod step;
mod vectorised;

pub use buffer::Buffer;
pub use fma::is_fused;
pub use product::{Matrix, PackedMatrix, pack, product};

pub(crate) use simd::Vectors;
pub(crate) use vectorised::{dispatch, vectorised};
