//! Doors to other tools: models to and from their files, learning curves to TensorBoard and pandas.
//!
//! # Vocabulary
//! * [`export`]: a [`Model`](lab_results::model::Model) as bytes of another format; [`onnx`] has the
//!   normalisation inside its graph.
//! * [`import`]: weights from elsewhere, PyTorch's `state_dict` in a safetensors file or NumPy's npz, as
//!   a model.
//! * [`curves`]: what the runs of a suite went through, as TensorBoard's event files or one long table.
//!
//! # Example
//! ```
//! use lab_exchange::import::{Foreign, Options};
//! use mnist_data::{Normalize, Normalizer};
//! use nn_core::{Activation, Init, Mlp};
//!
//! // As `torch.save_file(model.state_dict(), …)` would have written it.
//! let network = Mlp::new(&[784, 16, 10], Activation::Relu)?;
//! let bytes = network.init_from_seed::<f32>(Init::HeNormal, 0).to_safetensors();
//!
//! let options = Options {
//!     activation: Activation::Relu,
//!     // torchvision's customary numbers: x = (u/255 − 0.1307)/0.3081.
//!     normalize: Normalize::Global,
//!     normalizer: Normalizer::Fixed { a: 1.0 / (255.0 * 0.3081), c: 0.1307 / 0.3081 },
//! };
//! let (_file, model) = Foreign::parse(&bytes)?.into_model(Some(&options))?;
//! assert_eq!(model.network().sizes(), [784, 16, 10]);
//! # Ok::<(), anyhow::Error>(())
//! ```

mod archive;
pub mod curves;
pub mod export;
pub mod import;
mod npy;
pub mod onnx;
mod tensorboard;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
