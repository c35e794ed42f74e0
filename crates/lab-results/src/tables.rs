//! The rows of every CSV file.

use serde::{Deserialize, Serialize};

/// A row of `metrics.csv`, one for each epoch. Losses are mean cross-entropies in nats, without the penalty. Accuracies
/// are fractions. Both sets are scored after the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// The loss on the whole training set.
    pub train_loss: f64,
    /// The accuracy on the whole training set.
    pub train_accuracy: f64,
    /// The loss on the validation set.
    pub val_loss: f64,
    /// The accuracy on the validation set.
    pub val_accuracy: f64,
    /// The penalty that early stopping adds to the validation loss. The table has no such column if nothing is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping_penalty: Option<f64>,
}

impl EpochRow {
    /// The loss that early stopping watches.
    pub(crate) fn watched_loss(&self) -> f64 {
        self.val_loss + self.stopping_penalty.unwrap_or(0.0)
    }
}

/// The first epoch of the lowest loss, from 1; 0 without losses.
pub(crate) fn best_epoch(losses: impl Iterator<Item = f64>) -> u32 {
    let mut best = None::<(u32, f64)>;
    for (epoch, loss) in (1..).zip(losses) {
        if best.is_none_or(|(_, lowest)| loss < lowest) {
            best = Some((epoch, loss));
        }
    }
    best.map_or(0, |(epoch, _)| epoch)
}

/// A row of `timings.csv`, one for each epoch. The times differ when a run is repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimingRow {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// The time until all steps of the epoch are done.
    pub train_seconds: f64,
    /// The time until the evaluation is done. With two threads, the next epoch begins meanwhile.
    pub eval_seconds: f64,
}

/// A row of `steps.csv`, one for each step of SGD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// The step, counted from 1 in each epoch.
    pub step: usize,
    /// The loss plus penalty of the batch, before the update.
    pub loss: f64,
}

/// The reason why a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// Early stopping ended the run.
    EarlyStopping,
    /// The maximum number of epochs is done.
    #[default]
    MaxEpochs,
    /// A loss or a weight is not finite.
    Diverged,
}

/// A row of `runs.csv`, one for each run. The losses, accuracies and near-zero weights belong to the selected weights: by
/// default, those with the lowest validation loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// The experiment's id.
    pub experiment: String,
    /// The run's seed.
    pub seed: u64,
    /// The last epoch done.
    pub epochs_run: u32,
    /// The epoch of the lowest validation loss.
    pub best_epoch: u32,
    /// The reason why the run ended.
    pub stop_reason: RunEnd,
    /// The loss on the validation set, in nats; `None` without an epoch.
    pub val_loss: Option<f64>,
    /// The accuracy on the validation set, as a fraction.
    pub val_accuracy: Option<f64>,
    /// The loss on the test set, in nats.
    pub test_loss: Option<f64>,
    /// The accuracy on the test set, as a fraction.
    pub test_accuracy: Option<f64>,
    /// The share of the weights, without biases, that are nearer to 0 than 10⁻³.
    pub near_zero: Option<f64>,
    /// The loss on the training set, in nats. Only the table of a suite with details has this column and the next; they come
    /// from the learning curve, and `run.json` does not have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_loss: Option<f64>,
    /// The share of the epochs after the first in which the training loss rose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_rises: Option<f64>,
}

/// A row of `summary.csv`, one for each experiment. `low` and `high` are the ends of the 95 % interval of the mean over
/// seeds. These and `sd` are empty for a single run. Epochs spread by factors, so their means are geometric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // each field's name has the quantity and the statistic
pub struct SummaryRow {
    pub experiment: String,
    pub runs: usize,
    pub test_accuracy_mean: Option<f64>,
    pub test_accuracy_sd: Option<f64>,
    pub test_accuracy_low: Option<f64>,
    pub test_accuracy_high: Option<f64>,
    pub test_accuracy_paper: Option<f64>,
    pub test_loss_mean: Option<f64>,
    pub test_loss_sd: Option<f64>,
    pub test_loss_low: Option<f64>,
    pub test_loss_high: Option<f64>,
    pub test_loss_paper: Option<f64>,
    pub epochs_run_mean: Option<f64>,
    pub epochs_run_low: Option<f64>,
    pub epochs_run_high: Option<f64>,
    pub epochs_run_paper: Option<f64>,
    pub best_epoch_mean: Option<f64>,
    pub best_epoch_low: Option<f64>,
    pub best_epoch_high: Option<f64>,
}

/// The part of a gradient check that a comparison belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GradcheckPart {
    /// The paper's table 1, at the paper's ε.
    #[default]
    #[serde(rename = "table-1")]
    Table1,
    /// The six weights of table 1 at other ε.
    Epsilon,
    /// The worst weight of each group of parameters.
    AllWeights,
    /// A weight that is listed separately, because moving it by ε crosses a kink.
    Kink,
}

/// A row of `gradcheck.csv`, one for each comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GradcheckRow {
    /// The part of the check.
    pub part: GradcheckPart,
    /// The network, such as `784–128–10 tanh`.
    pub network: String,
    /// The paper's name of the weight, or the weight's group.
    pub weight: String,
    /// The weight's position in the flat parameter buffer.
    pub index: usize,
    /// The step ε of the central difference.
    pub epsilon: f64,
    /// The derivative by central difference.
    pub numerical: f64,
    /// The derivative by backpropagation.
    pub backprop: f64,
    /// The absolute difference, |numerical − backprop|.
    pub absolute: f64,
    /// The relative difference, |numerical − backprop| / max(|numerical|, |backprop|, floor).
    pub relative: f64,
    /// The absolute difference that the paper printed, in the part `table-1`.
    pub paper_absolute: Option<f64>,
}

/// A row of `confusion.csv`, one for each pair of label and predicted class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfusionRow {
    /// The label.
    pub label: u8,
    /// The class with the largest logit.
    pub predicted: u8,
    /// The number of test images.
    pub count: u64,
}

/// A row of `mistakes.csv`, one for each misclassified test image, in descending order of probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MistakeRow {
    /// The image's position in the test set, from 0.
    pub image: usize,
    /// The label.
    pub label: u8,
    /// The class with the largest logit.
    pub predicted: u8,
    /// The probability of the predicted class.
    pub probability: f64,
}
