//! From runs to one row per experiment.

use super::quantity::Quantity;
use crate::printed::Printed;
use crate::tables::{RunRow, SummaryRow};

/// Summarises one experiment's runs beside the paper's numbers. A run without a result, because it diverged in its
/// first epoch, leaves the statistics of the test set empty.
pub fn summarise(experiment: &str, runs: &[&RunRow], paper: &Printed) -> SummaryRow {
    let over = |quantity: Quantity| quantity.over(runs.iter().copied());
    let sd = |quantity: Quantity| over(quantity).and_then(|sample| sample.sd);
    let shown = |quantity: Quantity| {
        let (mean, interval) = quantity.mean_and_interval(over(quantity));
        (mean, interval.unzip())
    };
    let (accuracy, accuracy_ends) = shown(Quantity::TestAccuracy);
    let (loss, loss_ends) = shown(Quantity::TestLoss);
    let (epochs, epochs_ends) = shown(Quantity::StopEpoch);
    let (best, best_ends) = shown(Quantity::BestEpoch);
    SummaryRow {
        experiment: experiment.to_owned(),
        runs: runs.len(),
        test_accuracy_mean: accuracy,
        test_accuracy_sd: sd(Quantity::TestAccuracy),
        test_accuracy_low: accuracy_ends.0,
        test_accuracy_high: accuracy_ends.1,
        test_accuracy_paper: paper.test_accuracy,
        test_loss_mean: loss,
        test_loss_sd: sd(Quantity::TestLoss),
        test_loss_low: loss_ends.0,
        test_loss_high: loss_ends.1,
        test_loss_paper: paper.test_loss,
        epochs_run_mean: epochs,
        epochs_run_low: epochs_ends.0,
        epochs_run_high: epochs_ends.1,
        epochs_run_paper: paper.stop_epoch.map(f64::from),
        best_epoch_mean: best,
        best_epoch_low: best_ends.0,
        best_epoch_high: best_ends.1,
    }
}

/// A quantity, its mean, its interval, and the paper's number.
pub type Summarised = (Quantity, Option<f64>, Option<(f64, f64)>, Option<f64>);

impl SummaryRow {
    /// The quantities that the paper prints, in its order.
    pub fn statistics(&self) -> [Summarised; 3] {
        [
            (
                Quantity::TestAccuracy,
                self.test_accuracy_mean,
                self.test_accuracy_low.zip(self.test_accuracy_high),
                self.test_accuracy_paper,
            ),
            (
                Quantity::TestLoss,
                self.test_loss_mean,
                self.test_loss_low.zip(self.test_loss_high),
                self.test_loss_paper,
            ),
            (
                Quantity::StopEpoch,
                self.epochs_run_mean,
                self.epochs_run_low.zip(self.epochs_run_high),
                self.epochs_run_paper,
            ),
        ]
    }
}
