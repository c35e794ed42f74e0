//! Trains a multi-layer perceptron: mini-batch SGD with momentum, L1 and L2 penalties, early
//! stopping. It knows no data set, no file, no clock, and prints nothing.
//!
//! # Vocabulary
//! * [`Config`], checked once, becomes a [`ValidConfig`]; training takes only that.
//! * [`Samples`]: where batches come from.
//! * *step*: one batch's gradient and update. *epoch*: as many steps as it takes to see every
//!   training example once.
//! * [`State`]: all that a run is between two steps; [`Trainer::resume`] takes it up again.
//! * [`Event`] and [`Observer`]: what a run tells, and to whom.
//! * [`Stream`]: named random numbers from one seed.
//!
//! # Example
//! Three clouds of points, told apart by a small network.
//!
//! ```
//! use ndarray::Array2;
//! use nn_core::{Activation, Init, Mlp};
//! use nn_train::{ArraySamples, Config, Silent, Stream, Trainer, evaluate};
//!
//! let clouds = |count: usize, phase: f32| {
//!     let x = Array2::from_shape_fn((count, 2), |(i, j)| {
//!         let centre: f32 = [[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]][i % 3][j];
//!         centre + (phase + 12.9898 * i as f32 + 78.233 * j as f32).sin()
//!     });
//!     ArraySamples::new(x, (0..count).map(|i| (i % 3) as u8).collect())
//! };
//! let (train, validation) = (clouds(300, 0.0)?, clouds(60, 1.0)?);
//!
//! let network = Mlp::new(&[2, 16, 3], Activation::Tanh)?;
//! let config = Config { momentum: 0.9, batch_size: 32, epochs: 30, ..Config::default() }.check()?;
//! let initial = network.init(Init::LecunNormal, &mut Stream::Init.rng(config.seed));
//! let mut trainer = Trainer::new(&network, &config, initial, &train, &validation)?;
//! trainer.run(Silent)?;
//!
//! let best = trainer.into_state().best.expect("at least one epoch ran");
//! assert!(evaluate(&network, &best.params, &validation)?.accuracy() > 0.95);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// Appears in this crate's signatures, as do the names from it.
pub use nn_core;
/// Appears in this crate's signatures.
pub use nn_core::ndarray;
pub use nn_core::{Activation, Init, Input, Mlp, Params, Score};
/// The type of a [`Stream`]'s generator.
pub use rand_chacha::ChaCha8Rng;

mod config;
mod crew;
mod early_stopping;
mod event;
mod penalty;
mod samples;
mod scalar;
mod schedule;
mod sgd;
mod state;
mod streams;
mod trainer;

pub use config::{Config, ConfigError, Stopping, UnknownStopping, ValidConfig};
pub use event::{Closure, Event, Observer, Silent, observe};
pub use penalty::{Objective, Penalty, PenaltyPlace, UnknownPenaltyPlace, objective};
pub use samples::{ArraySamples, Samples};
pub use scalar::Scalar;
pub use schedule::Schedule;
pub use sgd::sgd_step;
pub use state::{Best, EpochMetrics, State};
pub use streams::Stream;
pub use trainer::{Error, StopReason, Trainer, evaluate};

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
