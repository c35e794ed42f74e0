//! The part on the best model.

use lab_results::stats::Quantity;
use lab_results::tables::ConfusionRow;
use mnist_data::known::class_name;
use serde::Serialize;

use crate::findings::BestRun;

/// The number of confusions that the page names.
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
    /// By frequency, the most frequent first.
    confusions: Vec<Confusion>,
}

/// The images of one class that were classified as another.
#[derive(Serialize)]
struct Confusion {
    label: String,
    predicted: String,
    count: u64,
}

pub(super) fn best_model<'a>(best: &'a BestRun, class_names: Option<&[&str]>) -> BestModel<'a> {
    let row = &best.row;
    let wrong = |row: &&ConfusionRow| row.label != row.predicted && row.count > 0;
    let mut confusions: Vec<_> = best.confusion.iter().filter(wrong).collect();
    confusions.sort_by_key(|row| std::cmp::Reverse(row.count));
    confusions.truncate(CONFUSIONS);
    let named = |row: &ConfusionRow| Confusion {
        label: class_name(class_names, row.label),
        predicted: class_name(class_names, row.predicted),
        count: row.count,
    };
    BestModel {
        experiment: &row.experiment,
        seed: row.seed,
        val_loss: format!("{:.4}", row.val_loss.unwrap_or(f64::NAN)),
        accuracy: Quantity::TestAccuracy.shown_or_dash(row.test_accuracy),
        loss: Quantity::TestLoss.shown_or_dash(row.test_loss),
        mistakes: best.mistakes.len(),
        confusions: confusions.into_iter().map(named).collect(),
    }
}
