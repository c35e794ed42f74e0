#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The version of `nn-core` in this crate's signatures.
pub use nn_core;
/// The version of `ndarray` in this crate's signatures.
pub use nn_core::ndarray;
pub use nn_core::{Activation, Float, Init, Input, Mlp, Params, Score};
/// The type of a [`Stream`]'s generator.
pub use rand_chacha::ChaCha8Rng;

mod ahead;
mod config;
mod early_stopping;
mod evaluation;
mod event;
mod optimizer;
mod penalty;
mod samples;
mod schedule;
mod state;
#[cfg(feature = "safetensors")]
mod state_file;
mod steps;
mod streams;
mod trainer;

pub use config::{Config, ConfigError, ValidConfig};
pub use early_stopping::{Stopping, UnknownStopping};
pub use evaluation::evaluate;
pub use event::{Event, Observer, Silent, observe};
pub use optimizer::{Optimizer, Sgd};
pub use penalty::{Objective, Penalty, PenaltyPlace, UnknownPenaltyPlace, objective};
pub use samples::{ArraySamples, Samples};
pub use schedule::{Schedule, UnknownSchedule};
pub use state::{Best, EpochMetrics, State};
pub use streams::Stream;
pub use trainer::{Error, StopReason, Trainer};
