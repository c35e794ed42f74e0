//! All that a run is, between two steps.

use nn_core::Params;

use crate::early_stopping::EarlyStopping;
use crate::event::EpochMetrics;

/// A run between two steps. With the configuration and the data it determines everything that
/// follows, so a copy of it is a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct State<F> {
    /// Epochs done and evaluated.
    pub epochs_done: u32,
    /// Steps done in the epoch after those.
    pub steps_done: usize,
    /// The current weights.
    pub params: Params<F>,
    /// Δw of eq. 5.
    pub velocity: Params<F>,
    /// The weights of the lowest validation loss so far, once an epoch is done.
    pub best: Option<Best<F>>,
    /// Early stopping's count.
    pub stopping: EarlyStopping,
    /// The figures of every epoch done.
    pub history: Vec<EpochMetrics>,
}

/// The weights that a run would return now.
#[derive(Clone, Debug, PartialEq)]
pub struct Best<F> {
    /// The epoch, counted from 1, after which they were these.
    pub epoch: u32,
    /// The weights.
    pub params: Params<F>,
}
