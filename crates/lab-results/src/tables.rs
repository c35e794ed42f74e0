//! The rows of every CSV file, and nothing else.

use serde::{Deserialize, Serialize};

/// `metrics.csv`: one row an epoch. Losses are mean cross-entropies in nats, without the penalty;
/// accuracies are fractions. Both sets are measured after the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Counted from 1.
    pub epoch: u32,
    /// On the whole training set.
    pub train_loss: f64,
    /// On the whole training set.
    pub train_accuracy: f64,
    /// On the validation set.
    pub val_loss: f64,
    /// On the validation set.
    pub val_accuracy: f64,
}

/// `timings.csv`: one row an epoch, in seconds. It differs from run to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimingRow {
    /// Counted from 1.
    pub epoch: u32,
    /// All of the epoch's steps.
    pub train_seconds: f64,
    /// The evaluation after them.
    pub eval_seconds: f64,
}

/// `steps.csv`: one row a step of SGD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// Counted from 1.
    pub epoch: u32,
    /// Counted from 1 in each epoch.
    pub step: usize,
    /// Loss plus penalty of the step's batch, before the update.
    pub loss: f64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// The validation loss got worse for as many epochs as the settings allow.
    EarlyStopping,
    /// All epochs that the settings allow are done.
    #[default]
    MaxEpochs,
    /// A loss or a weight was no longer finite.
    Diverged,
}

/// `runs.csv`: one row a run. The last four columns are those of the run's weights: of the lowest
/// validation loss, or the last if the settings say so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// The experiment's id.
    pub experiment: String,
    /// The root of all the run's randomness.
    pub seed: u64,
    /// The last epoch done.
    pub epochs_run: u32,
    /// The epoch of the lowest validation loss.
    pub best_epoch: u32,
    /// Why it ended.
    pub stop_reason: RunEnd,
    /// Empty if no epoch was done.
    pub val_loss: Option<f64>,
    /// A fraction.
    pub val_accuracy: Option<f64>,
    /// In nats.
    pub test_loss: Option<f64>,
    /// A fraction.
    pub test_accuracy: Option<f64>,
    /// The share of the weights, without biases, that are nearer to 0 than 10⁻³.
    pub near_zero: Option<f64>,
}

/// `summary.csv`: one row an experiment. `low` and `high` bound the 95 % interval of the mean over
/// seeds; they and `sd` are empty for a single run. Epochs, which spread by factors, have geometric means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is the statistic of the quantity that its name says
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
    /// The paper's table 1, at its ε.
    #[default]
    #[serde(rename = "table-1")]
    Table1,
    /// The six weights of table 1 at other ε.
    Epsilon,
    /// The worst weight of each group of parameters.
    AllWeights,
    /// A weight that was set apart, because moving it by ε crosses a point without derivative.
    Kink,
}

/// `gradcheck.csv`: one row a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GradcheckRow {
    /// Which part of the check it belongs to.
    pub part: GradcheckPart,
    /// The network, as `784–128–10 tanh`.
    pub network: String,
    /// Which weight: the paper's name for it, or its group.
    pub weight: String,
    /// Position in the flat parameter buffer.
    pub index: usize,
    /// ε.
    pub epsilon: f64,
    /// Central difference.
    pub numerical: f64,
    /// Backpropagation.
    pub backprop: f64,
    /// |numerical − backprop|.
    pub absolute: f64,
    /// |numerical − backprop| / max(|numerical|, |backprop|, floor).
    pub relative: f64,
    /// The paper's own absolute difference, in `table-1`.
    pub paper_absolute: Option<f64>,
}

/// `confusion.csv`: one row a pair of label and predicted class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfusionRow {
    /// The label.
    pub label: u8,
    /// The class with the largest logit.
    pub predicted: u8,
    /// How many test images.
    pub count: u64,
}

/// `mistakes.csv`: one row a test image classified wrongly, the surest mistakes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MistakeRow {
    /// Position in the test set, from 0.
    pub image: usize,
    /// The label.
    pub label: u8,
    /// The class with the largest logit.
    pub predicted: u8,
    /// The probability given to that class.
    pub probability: f64,
}
