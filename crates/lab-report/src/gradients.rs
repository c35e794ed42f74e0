//! Finds the gradient check by which the claim about gradients is judged.

use std::path::Path;

use anyhow::Result;
use lab_results::disk::atomic_file::{read_csv, read_csv_if_there};
use lab_results::names::GRADCHECK;
use lab_results::tables::GradcheckRow;

/// The folder whose check is used for folders without one.
const PAPER: &str = "paper";

/// The gradient check in `checked`, if given; else in the folder of results, or in the folder `paper` beside it; empty
/// if none is found.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn gradients(folder: &Path, checked: Option<&Path>) -> Result<Vec<GradcheckRow>> {
    if let Some(checked) = checked {
        return read_csv(&checked.join(GRADCHECK));
    }
    let beside = std::path::absolute(folder)?.with_file_name(PAPER);
    let own = read_csv_if_there(&folder.join(GRADCHECK))?;
    let rows = match own {
        Some(rows) => Some(rows),
        None => read_csv_if_there(&beside.join(GRADCHECK))?,
    };
    Ok(rows.unwrap_or_default())
}
