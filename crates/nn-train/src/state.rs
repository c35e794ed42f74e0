//! The state of a run between two steps.

use nn_core::{Params, Score};

use crate::config::ValidConfig;
use crate::early_stopping::{EarlyStopping, Stopping};

/// The state of a run between two steps. With the configuration and the data, it determines the rest of the run, so a
/// copy is a checkpoint. The count of early stopping follows from the history.
#[derive(Clone, Debug, PartialEq)]
pub struct State<F> {
    /// The metrics of each finished epoch.
    pub history: Vec<EpochMetrics>,
    /// The number of steps done in the current epoch.
    pub steps_done: usize,
    /// The parameters after those steps.
    pub params: Params<F>,
    /// The optimizer state, N numbers for each parameter as N arrays: for [`Sgd`](crate::Sgd), the velocity Δw of eq. 5.
    /// Empty before the first step.
    pub optimizer_state: Vec<Params<F>>,
    /// The parameters with the lowest watched loss so far; `None` before the end of the first epoch, and without a
    /// validation set.
    pub best: Option<Best<F>>,
}

/// The parameters of the best epoch so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Best<F> {
    /// The best epoch, counted from 1.
    pub epoch: u32,
    /// The parameters after that epoch.
    pub params: Params<F>,
}

/// Loss and accuracy on the training and the validation set, after an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochMetrics {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// The score on the whole training set. The loss does not include the penalty.
    pub train: Score,
    /// The score on the validation set. The loss does not include the penalty. Without a validation set, the score has 0
    /// examples, and its loss and accuracy are NaN.
    pub validation: Score,
    /// The penalty that early stopping adds to the validation loss; 0 without one.
    pub stopping_penalty: f64,
}

impl EpochMetrics {
    /// The loss that early stopping watches: the validation loss plus the penalty; NaN without a validation set.
    pub fn watched_loss(&self) -> f64 {
        self.validation.loss() + self.stopping_penalty
    }
}

impl<F> State<F> {
    /// The state of a run before its first step.
    pub fn new(initial: Params<F>) -> Self {
        Self {
            history: Vec::new(),
            steps_done: 0,
            params: initial,
            optimizer_state: Vec::new(),
            best: None,
        }
    }

    /// The parameters of the best epoch; without a validation set, and before the end of the first epoch, the parameters
    /// after the last step.
    pub fn best_params(&self) -> &Params<F> {
        self.best.as_ref().map_or(&self.params, |best| &best.params)
    }

    /// The number of finished epochs.
    pub fn epochs_done(&self) -> u32 {
        self.history.last().map_or(0, |metrics| metrics.epoch)
    }

    /// The count of early stopping after the finished epochs. The error describes a state that no run of `config` can
    /// have.
    pub(crate) fn early_stopping(&self, config: &ValidConfig) -> Result<EarlyStopping, String> {
        let mut stopping = EarlyStopping::new(config.stopping, config.patience);
        let mut best = None;
        for (metrics, epoch) in self.history.iter().zip(1..) {
            if metrics.epoch != epoch {
                return Err(format!("epoch {} where {epoch} is due", metrics.epoch));
            }
            if stopping.exhausted() || epoch > config.epochs {
                return Err(format!("epoch {epoch} comes after the last"));
            }
            let loss = metrics.watched_loss();
            let watched = config.stopping != Stopping::Never || metrics.validation.examples > 0;
            if watched && !loss.is_finite() {
                return Err(format!("epoch {epoch} has a validation loss of {loss}"));
            }
            if stopping.record(loss).is_best {
                best = Some(epoch);
            }
        }
        let found = self.best.as_ref().map(|best| best.epoch);
        if found != best {
            let name = |epoch: Option<u32>| epoch.map_or("none".to_owned(), |e| e.to_string());
            return Err(format!(
                "the best epoch is {}; expected {}",
                name(found),
                name(best)
            ));
        }
        Ok(stopping)
    }
}
