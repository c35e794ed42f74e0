//! The gradient check that a claim about gradients is judged by.

use std::path::Path;

use anyhow::Result;
use lab_results::disk::atomic_file::{read_csv, read_csv_if_there};
use lab_results::names::GRADCHECK;
use lab_results::tables::GradcheckRow;

/// The folder whose check is taken for folders without one.
const PAPER: &str = "paper";

/// The gradient check of the folder `checked`, if one is named; else that of the results' own folder, or of the folder
/// `paper` beside it; no rows without any.
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
