//! A figure of the report.

use lab_figures::Figure;

/// A figure with its file name, without ending, and its caption.
#[derive(Clone, Debug)]
pub(crate) struct NamedFigure {
    pub(crate) name: String,
    pub(crate) caption: String,
    pub(crate) figure: Figure,
}
