//! A figure of the report.

use lab_figures::Figure;

/// A figure with its file name, without ending, and its caption.
#[derive(Clone, Debug)]
pub(crate) struct NamedFigure {
    pub(crate) name: String,
    pub(crate) caption: String,
    pub(crate) figure: Figure,
}

/// Whether a figure's name is one that a report gives.
pub(crate) fn is_ours(name: &str) -> bool {
    ["comparison", "weights", "confusion", "mistakes"].contains(&name)
        || ["figure-", "curves-", "readings-", "grid-"]
            .iter()
            .any(|first| name.starts_with(first))
}
