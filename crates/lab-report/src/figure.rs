//! A figure of the report.

use lab_figures::Figure;
use serde::Serialize;

/// A figure with its file name, without ending, and its caption.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NamedFigure {
    pub(crate) name: String,
    pub(crate) caption: String,
    /// Sentences after the caption; may be empty.
    pub(crate) says: String,
    /// `None` to keep the picture of an earlier report.
    #[serde(skip)]
    pub(crate) figure: Option<Figure>,
}

impl NamedFigure {
    pub(crate) fn new(name: impl Into<String>, caption: String, figure: Figure) -> Self {
        Self {
            name: name.into(),
            caption,
            says: String::new(),
            figure: Some(figure),
        }
    }
}
