//! All that a run is, between two steps.

use nn_core::{Params, Score};

use crate::config::ValidConfig;
use crate::early_stopping::EarlyStopping;

/// A run between two steps. With the configuration and the data it determines everything that
/// follows, so a copy of it is a checkpoint. Early stopping's count is not in it: it follows from
/// the history.
#[derive(Clone, Debug, PartialEq)]
pub struct State<F> {
    /// The figures of every epoch done and evaluated.
    pub history: Vec<EpochMetrics>,
    /// Steps done in the epoch after those.
    pub steps_done: usize,
    /// The weights after the steps done.
    pub params: Params<F>,
    /// Δw of eq. 5.
    pub velocity: Params<F>,
    /// The weights of the lowest validation loss so far, once an epoch is done.
    pub best: Option<Best<F>>,
}

/// The weights that a run would return now.
#[derive(Clone, Debug, PartialEq)]
pub struct Best<F> {
    /// The epoch, counted from 1, after which they were these.
    pub epoch: u32,
    /// The weights after that epoch.
    pub params: Params<F>,
}

/// Loss and accuracy on both sets after an epoch, with the weights that the epoch ended with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochMetrics {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// How the weights do on the whole training set. The loss is without the penalty.
    pub train: Score,
    /// How the weights do on the validation set. The loss is without the penalty.
    pub validation: Score,
}

impl<F> State<F> {
    /// Epochs done and evaluated.
    pub fn epochs_done(&self) -> u32 {
        self.history.last().map_or(0, |metrics| metrics.epoch)
    }

    /// Early stopping's count after the epochs done; or what no run of `config` could have come to.
    pub(crate) fn early_stopping(&self, config: &ValidConfig) -> Result<EarlyStopping, String> {
        let mut stopping = config.early_stopping();
        let mut best = None;
        for (metrics, epoch) in self.history.iter().zip(1..) {
            if metrics.epoch != epoch {
                return Err(format!("epoch {} where {epoch} is due", metrics.epoch));
            }
            if stopping.exhausted() || epoch > config.epochs {
                return Err(format!("epoch {epoch} comes after the last"));
            }
            let loss = metrics.validation.loss();
            if !loss.is_finite() {
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
