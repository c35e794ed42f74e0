//! From runs to a line an experiment.

use super::quantity::Quantity;
use super::sample::Sample;
use crate::printed::Printed;
use crate::tables::{RunRow, SummaryRow};

/// Summarises one experiment's runs beside what the paper printed. Runs without a result, which
/// diverged in their first epoch, make the statistics of the test set empty.
pub fn summarise(experiment: &str, runs: &[&RunRow], paper: &Printed) -> SummaryRow {
    let over = |quantity: Quantity| quantity.over(runs.iter().copied());
    let accuracy = over(Quantity::TestAccuracy);
    let loss = over(Quantity::TestLoss);
    let epochs = over(Quantity::StopEpoch);
    let best = over(Quantity::BestEpoch);
    let low = |sample: Option<Sample>| Some(sample?.interval?.0);
    let high = |sample: Option<Sample>| Some(sample?.interval?.1);
    SummaryRow {
        experiment: experiment.to_owned(),
        runs: runs.len(),
        test_accuracy_mean: accuracy.map(|s| s.mean),
        test_accuracy_sd: accuracy.and_then(|s| s.sd),
        test_accuracy_low: low(accuracy),
        test_accuracy_high: high(accuracy),
        test_accuracy_paper: paper.test_accuracy,
        test_loss_mean: loss.map(|s| s.mean),
        test_loss_sd: loss.and_then(|s| s.sd),
        test_loss_low: low(loss),
        test_loss_high: high(loss),
        test_loss_paper: paper.test_loss,
        epochs_run_mean: epochs.map(|s| s.mean),
        epochs_run_low: low(epochs),
        epochs_run_high: high(epochs),
        epochs_run_paper: paper.stop_epoch.map(f64::from),
        best_epoch_mean: best.map(|s| s.mean),
        best_epoch_low: low(best),
        best_epoch_high: high(best),
    }
}

/// A quantity, its mean, its interval, and what the paper printed.
pub type Summarised = (Quantity, Option<f64>, Option<(f64, f64)>, Option<f64>);

impl SummaryRow {
    /// What the paper prints as well, in its order.
    pub fn statistics(&self) -> [Summarised; 3] {
        let interval = |low: Option<f64>, high: Option<f64>| low.zip(high);
        [
            (
                Quantity::TestAccuracy,
                self.test_accuracy_mean,
                interval(self.test_accuracy_low, self.test_accuracy_high),
                self.test_accuracy_paper,
            ),
            (
                Quantity::TestLoss,
                self.test_loss_mean,
                interval(self.test_loss_low, self.test_loss_high),
                self.test_loss_paper,
            ),
            (
                Quantity::StopEpoch,
                self.epochs_run_mean,
                interval(self.epochs_run_low, self.epochs_run_high),
                self.epochs_run_paper,
            ),
        ]
    }
}
