//! The part with the figures.

use serde::Serialize;

use crate::figure::NamedFigure;

#[derive(Serialize)]
pub(super) struct Figures<'a> {
    drawn: Vec<Drawn<'a>>,
    /// Runs whose weights belong in a figure, but whose models were not found.
    models_missing: &'a [String],
}

#[derive(Serialize)]
struct Drawn<'a> {
    /// The file name, without folder and extension.
    file: &'a str,
    caption: &'a str,
    /// Sentences after the caption; may be empty.
    says: &'a str,
}

pub(super) fn figures<'a>(figures: &'a [NamedFigure], models_missing: &'a [String]) -> Figures<'a> {
    let drawn = figures.iter().map(|figure| Drawn {
        file: &figure.name,
        caption: &figure.caption,
        says: &figure.says,
    });
    Figures {
        drawn: drawn.collect(),
        models_missing,
    }
}
