//! The numbers that a verdict rests on, as a strip of dots shows them.

use lab_results::stats::Quantity;
use lab_results::tables::{ClaimRow, GradcheckRow};
use serde::Serialize;

/// A verdict and the numbers that it rests on.
pub(crate) struct Judged {
    pub(crate) row: ClaimRow,
    pub(crate) strip: Strip,
}

/// Our numbers beside the paper's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Strip {
    pub(crate) rule: Rule,
    /// What the numbers are of; none for gradients.
    pub(crate) quantity: Option<Quantity>,
    /// Whether they spread by factors, so that a ratio stands where a difference would.
    pub(crate) geometric: bool,
    pub(crate) dots: Vec<Dot>,
    /// Of a printed number the range of one more run, of a comparison the interval of the mean.
    pub(crate) interval: Option<(f64, f64)>,
    /// The ends of the claimed range; none where it has no end.
    pub(crate) claimed: (Option<f64>, Option<f64>),
    pub(crate) paper: Vec<f64>,
}

/// Which of the rules decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rule {
    Printed,
    Comparison,
    Gradients,
}

/// One of our numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Dot {
    pub(crate) label: String,
    pub(crate) value: f64,
}

impl Strip {
    /// Numbers of a quantity, by seed.
    pub(crate) fn of(rule: Rule, quantity: Quantity, numbers: &[(u64, f64)]) -> Self {
        let dot = |&(seed, value): &(u64, f64)| Dot {
            label: format!("seed {seed}"),
            value,
        };
        Self {
            rule,
            quantity: Some(quantity),
            geometric: quantity.is_geometric(),
            dots: numbers.iter().map(dot).collect(),
            interval: None,
            claimed: (None, None),
            paper: Vec::new(),
        }
    }

    /// The absolute differences of the paper's table of gradients.
    pub(crate) fn of_gradients(table: &[&GradcheckRow], limit: f64) -> Self {
        let dots = table.iter().map(|row| Dot {
            label: row.weight.clone(),
            value: row.absolute,
        });
        Self {
            rule: Rule::Gradients,
            quantity: None,
            geometric: true,
            dots: dots.collect(),
            interval: None,
            claimed: (None, Some(limit)),
            paper: table.iter().filter_map(|row| row.paper_absolute).collect(),
        }
    }
}
