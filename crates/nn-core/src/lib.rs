#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod kernel;
#[cfg(feature = "safetensors")]
pub mod safetensors;
pub mod textbook;

/// The version of `ndarray` in this crate's signatures.
pub use ndarray;
/// The version of `rand` in this crate's signatures.
pub use rand;

/// The name under which shared test helpers use this crate.
#[cfg(test)]
extern crate self as nn_core;

mod activation;
mod error;
mod float;
mod gradient;
mod init;
mod input;
mod loss;
mod mlp;
mod network;
mod params;
mod pass;
mod workspace;

pub use activation::{Activation, UnknownActivation};
pub use error::Error;
pub use float::Float;
pub use gradient::{Backpropagation, GradientBlock};
pub use init::{Init, UnknownInit};
pub use input::{Batch, DenseBatch, Input, InputForm, SparseBatch, SparseBytes, UnknownInputForm};
pub use loss::{Score, argmax, check_weights};
pub use mlp::{Layer, Mlp};
pub use network::softmax;
pub use params::{Grads, Params};
pub use workspace::Workspace;
