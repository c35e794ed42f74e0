//! Arithmetic: memory aligned for vectors, vectors, the dense product, and elementary functions with the
//! same bits on every processor. It knows no network.

pub(crate) mod buffer;
mod elementary;
pub(crate) mod product;
pub(crate) mod scalar;
pub(crate) mod simd;
mod vectorised;
