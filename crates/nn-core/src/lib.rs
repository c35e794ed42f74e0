//! A multi-layer perceptron's mathematics: parameters, activations, softmax with cross-entropy, the
//! forward pass and backpropagation, written by hand. No files, no clock, no printing, no training
//! loop; generic over `f32` and `f64`.
//!
//! # Vocabulary
//! * [`Mlp`]: the architecture, layer sizes and an activation. Immutable.
//! * [`Params`]: weights and biases in one flat buffer, with a view for each layer. A layer computes
//!   A·W + b, so its weights are [fan-in × fan-out].
//! * [`Grads`]: derivatives of the loss; the same type, hence the same shapes.
//! * [`Input`]: a batch [examples × features] as the first layer sees it, a linear operator: an
//!   [`ndarray`] array, or a [`SparseBatch`].
//! * [`Workspace`]: scratch space that its owner keeps from call to call.
//! * logits: the outputs before softmax. Losses are in nats, means over the batch.
//!
//! # Where to read
//! `forward.rs`, `loss.rs` and `backward.rs`, in this order, are the whole of backpropagation; the
//! page of `backward.rs` derives it in three steps. Equation numbers are the paper's.
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

mod activation;
mod backward;
mod buffer;
mod dense;
mod elementary;
mod error;
mod forward;
mod gradient;
mod init;
mod input;
mod loss;
mod mlp;
mod params;
mod product;
mod scalar;
mod simd;
mod sparse;
mod sparse_bytes;
mod workspace;

pub use activation::{Activation, UnknownActivation};
pub use backward::Backpropagation;
pub use dense::DenseBatch;
pub use error::Error;
pub use forward::Score;
pub use gradient::Part;
pub use init::{Init, UnknownInit};
pub use input::{Factor, Input, Room, Scratch};
pub use loss::softmax;
pub use mlp::{Layer, Mlp};
pub use params::{Grads, Params};
pub use scalar::Scalar;
pub use sparse::SparseBatch;
pub use sparse_bytes::SparseBytes;
pub use workspace::Workspace;
