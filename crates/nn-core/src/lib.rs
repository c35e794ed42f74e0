//! A multi-layer perceptron's mathematics: parameters, activations, softmax with cross-entropy, the
//! forward pass and backpropagation, written by hand. No files, no clock, no printing, no training
//! loop; generic over `f32` and `f64`.
//!
//! # Vocabulary
//! * [`Mlp`]: the architecture, layer sizes and an activation. Immutable.
//! * [`Params`]: weights and biases in one flat buffer, with a view for each layer. A layer computes
//!   A·W + b, so its weights are [fan-in × fan-out].
//! * [`Grads`]: derivatives of the loss; the same type, hence the same shapes.
//! * [`Batch`]: examples [examples × features], dense or sparse; [`Input`] is what can be one.
//! * [`Workspace`]: memory for the passes, which its owner keeps from call to call. In the code, a
//!   *scratch* is memory that one step fills and the next reads, and a *packed matrix* the right-hand
//!   factor of a product, copied in the order in which the product reads it.
//! * In the code, a *chunk* is what one thread computes, a *block* what the nearest cache holds, a
//!   *panel* some columns of a packed matrix, a *tile* what the registers hold.
//! * logits: the outputs before softmax. Losses are in nats, means over the batch.
//!
//! # Where to read
//! [`textbook`] first: forward pass, backpropagation and the update in plain matrices. Then `mlp.rs`,
//! `params.rs`, `init.rs`, `activation.rs` and `loss.rs`; `pass.rs`, which derives backpropagation in
//! four steps and does them in that order; and `gradient.rs`, the last of them block by block.
//! `network.rs` is what one calls. Below lies `input/`, a batch's two forms, and the crate `nn-kernel`,
//! arithmetic that knows no network.
//! Equation numbers are the paper's.
//!
//! # Same bits everywhere
//! Sums run in a fixed order with fused multiply-adds, and e^x, ln x and tanh x are this crate's own:
//! the same input gives the same bits on every processor, wide vector units or none.
//!
//! # Example
//! A network learns exclusive or by plain gradient descent.
//!
//! ```
//! use ndarray::array;
//! use nn_core::{Activation, Grads, Init, Mlp, Workspace};
//! use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
//!
//! let network = Mlp::new(&[2, 8, 2], Activation::Tanh)?;
//! let mut params = network.init::<f64>(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(1));
//! let mut grads = Grads::zeros(&network);
//! let mut workspace = Workspace::new();
//!
//! let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let y = [0, 1, 1, 0];
//! for _ in 0..500 {
//!     network.loss_and_grad(&params, &x, &y, &mut workspace, &mut grads)?;
//!     for (w, d) in params.as_mut_slice().iter_mut().zip(grads.as_slice()) {
//!         *w -= 0.5 * d;
//!     }
//! }
//! let score = network.score(&params, &x, &y, &mut workspace)?;
//! assert_eq!(score.accuracy(), 1.0);
//! # Ok::<(), nn_core::Error>(())
//! ```

pub mod textbook;

/// Appears in this crate's signatures.
pub use ndarray;
/// Appears in this crate's signatures; [`Scalar`] is it with the passes.
pub use nn_kernel::Real;
/// Appears in this crate's signatures.
pub use rand;

/// Tests inside and outside of the crate share helpers, which name it so.
/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
extern crate self as nn_core;

mod activation;
mod error;
mod gradient;
mod init;
mod input;
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
