//! The part on the best model.

use lab_results::stats::Quantity;
use lab_results::tables::ConfusionRow;
use serde::Serialize;

use crate::findings::BestRun;

/// How many confusions the page names.
const CONFUSIONS: usize = 8;

#[derive(Serialize)]
pub(super) struct BestModel<'a> {
    experiment: &'a str,
    seed: u64,
    val_loss: String,
    /// On the test set.
    accuracy: String,
    /// On the test set.
    loss: String,
    mistakes: usize,
    /// The most frequent first.
    confusions: Vec<&'a ConfusionRow>,
}

pub(super) fn best_model(best: &BestRun) -> BestModel<'_> {
    let row = &best.row;
    let wrong = |row: &&ConfusionRow| row.label != row.predicted && row.count > 0;
    let mut confusions: Vec<_> = best.confusion.iter().filter(wrong).collect();
    confusions.sort_by_key(|row| std::cmp::Reverse(row.count));
    confusions.truncate(CONFUSIONS);
    BestModel {
        experiment: &row.experiment,
        seed: row.seed,
        val_loss: format!("{:.4}", row.val_loss.unwrap_or(f64::NAN)),
        accuracy: Quantity::TestAccuracy.shown_or_dash(row.test_accuracy),
        loss: Quantity::TestLoss.shown_or_dash(row.test_loss),
        mistakes: best.mistakes.len(),
        confusions,
    }
}
