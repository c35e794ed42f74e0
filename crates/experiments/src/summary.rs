//! From runs to a line an experiment.

use crate::statistics::Sample;
use crate::suite::Printed;
use crate::tables::{RunRow, SummaryRow};

/// Summarises one experiment's runs beside what the paper printed. Runs without a result, which
/// diverged in their first epoch, make the statistics of the test set empty.
pub fn summarise(experiment: &str, runs: &[&RunRow], paper: &Printed) -> SummaryRow {
    let over = |value: fn(&RunRow) -> Option<f64>| {
        let numbers: Option<Vec<f64>> = runs.iter().map(|run| value(run)).collect();
        numbers.as_deref().and_then(Sample::of)
    };
    let accuracy = over(|run| run.test_accuracy);
    let loss = over(|run| run.test_loss);
    let epochs = over(|run| Some(run.epochs_run.into()));
    let best = over(|run| Some(run.best_epoch.into()));
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
        epochs_run_sd: epochs.and_then(|s| s.sd),
        epochs_run_low: low(epochs),
        epochs_run_high: high(epochs),
        epochs_run_paper: paper.stop_epoch.map(f64::from),
        best_epoch_mean: best.map(|s| s.mean),
    }
}
