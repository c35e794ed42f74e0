#![doc = include_str!("../README.md")]

pub mod textbook;

/// Appears in this crate's signatures.
pub use ndarray;
/// Appears in this crate's signatures; [`Scalar`] is it with the passes.
pub use nn_kernel::Real;
/// Appears in this crate's signatures.
pub use rand;

/// Tests inside and outside of the crate share helpers, which name it so.
#[cfg(test)]
extern crate self as nn_core;

mod activation;
mod error;
mod gradient;
mod init;
mod input;
mod join;
mod loss;
mod mlp;
mod network;
mod params;
mod pass;
#[cfg(feature = "safetensors")]
mod safetensors;
mod scalar;
#[cfg(feature = "serde")]
mod serde;
mod workspace;

pub use activation::{Activation, UnknownActivation};
pub use error::Error;
pub use gradient::{Backpropagation, GradientBlock};
pub use init::{Init, UnknownInit};
pub use input::{Batch, DenseBatch, Input, SparseBatch, SparseBytes};
pub use loss::Score;
pub use mlp::{Layer, Mlp};
pub use network::softmax;
pub use params::{Grads, Params};
pub use scalar::Scalar;
pub use workspace::Workspace;
