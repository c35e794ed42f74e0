//! The numbers behind a verdict, as a strip of dots shows them.

use lab_claims::{Asked, Judgement};
use lab_results::stats::Quantity;
use lab_results::tables::{GradcheckPart, GradcheckRow};
use serde::Serialize;

/// Our numbers beside the paper's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Strip {
    pub(crate) rule: Rule,
    /// What the numbers measure; `None` for gradients.
    pub(crate) quantity: Option<Quantity>,
    /// Whether the numbers spread by factors, so that ratios replace differences.
    pub(crate) geometric: bool,
    pub(crate) dots: Vec<Dot>,
    /// The prediction interval of one more run for a printed number, the interval of the mean for a statement.
    pub(crate) interval: Option<(f64, f64)>,
    /// The ends of the claimed range; `None` where there is no end.
    pub(crate) claimed: (Option<f64>, Option<f64>),
    pub(crate) paper: Vec<f64>,
}

/// The kind of rule that decides.
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
    /// The numbers of a judgement; `gradients` are those of the gradient check.
    pub(crate) fn of(judgement: &Judgement, gradients: &[GradcheckRow]) -> Self {
        let sample = judgement.sample;
        match &judgement.claim.asked {
            Asked::Printed {
                quantity, printed, ..
            } => Self {
                interval: sample.and_then(|sample| sample.prediction(0.95)),
                paper: vec![*printed],
                ..Self::of_seeds(Rule::Printed, *quantity, judgement)
            },
            Asked::Statement {
                quantity,
                range: (from, to),
                printed,
                ..
            } => {
                let end = |end: f64| end.is_finite().then_some(end);
                Self {
                    interval: sample.and_then(|sample| sample.interval(0.95)),
                    claimed: (end(*from), end(*to)),
                    paper: printed.iter().copied().collect(),
                    ..Self::of_seeds(Rule::Comparison, *quantity, judgement)
                }
            }
            Asked::Gradients(limit) => Self::of_gradients(gradients, *limit),
        }
        .back()
    }

    fn of_seeds(rule: Rule, quantity: Quantity, judgement: &Judgement) -> Self {
        let dot = |&(seed, value): &(u64, f64)| Dot {
            label: format!("seed {seed}"),
            value,
        };
        Self {
            rule,
            quantity: Some(quantity),
            geometric: quantity.is_geometric(),
            dots: judgement.numbers.iter().map(dot).collect(),
            interval: None,
            claimed: (None, None),
            paper: Vec::new(),
        }
    }

    /// The absolute differences in the paper's table of gradients.
    fn of_gradients(rows: &[GradcheckRow], limit: f64) -> Self {
        let table = rows.iter().filter(|row| row.part == GradcheckPart::Table1);
        let dots = table.clone().map(|row| Dot {
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
            paper: table.filter_map(|row| row.paper_absolute).collect(),
        }
    }

    /// All numbers back on the scale of the quantity.
    fn back(mut self) -> Self {
        let Some(quantity) = self.quantity else {
            return self;
        };
        let back = |x: f64| quantity.difference_at(x);
        for dot in &mut self.dots {
            dot.value = back(dot.value);
        }
        self.interval = self.interval.map(|range| quantity.range_at(range));
        self.claimed = (self.claimed.0.map(back), self.claimed.1.map(back));
        self.paper = self.paper.into_iter().map(back).collect();
        self
    }
}
