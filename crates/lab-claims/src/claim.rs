//! Claims as questions about numbers.

use lab_results::stats::Quantity;

use crate::evidence::Runs;
use crate::statistics::{Question, Range};
use crate::verdict::Verdict;

/// A claim, and the question that it asks of the numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The paper's section.
    pub section: String,
    /// The paper's statement.
    pub text: String,
    /// The claim in numbers, as text.
    pub claimed: String,
    /// The question.
    pub asked: Asked,
    /// Whether the claim is about a reading of the paper other than the literal one.
    pub is_of_reading: bool,
    /// The maximum number of epochs of the runs; `None` without runs. It limits what is shown, not what is judged.
    pub max_epochs: Option<u32>,
}

/// A question about numbers. All are on the scale of [`Quantity::linear`].
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Whether a number that the paper printed could come from one more run.
    Printed {
        /// The ids of the experiments whose numbers are averaged; usually one.
        experiments: Vec<String>,
        /// The number.
        number: PrintedNumber,
    },
    /// Whether all numbers that the paper printed of an experiment could come from one more run.
    Line {
        /// The experiment's id.
        experiment: String,
        /// The numbers, at least two.
        numbers: Vec<PrintedNumber>,
    },
    /// Whether the mean of an experiment, or of its differences from others, is in the claimed range.
    Statement {
        /// The experiment's id.
        experiment: String,
        /// The ids of the others. The differences are the experiment minus each of them, seed by seed, and the claim is
        /// about every one of them. Without others, the claim is about the experiment's own numbers.
        others: Vec<String>,
        /// The quantity.
        quantity: Quantity,
        /// The claimed range.
        range: Range,
        /// The difference of the numbers that the paper printed; of several, the one nearest to an end of the range.
        printed: Option<f64>,
        /// The tests.
        hypotheses: Vec<Hypothesis>,
    },
    /// Whether all differences in the paper's table of gradients are at most this.
    Gradients(f64),
    /// Whether the differences between gradients fall with this power of ε.
    GradientOrder(f64),
}

/// A number that the paper printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrintedNumber {
    /// The quantity.
    pub quantity: Quantity,
    /// The paper's number.
    pub printed: f64,
    /// The largest half-width of the prediction interval with which the number can count as reproduced.
    pub max_half_width: f64,
}

/// A test, and the finding if the test is significant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypothesis {
    /// The finding.
    pub shows: Verdict,
    /// Whether the test is to show that the mean is inside or outside of the range.
    pub question: Question,
    /// The range.
    pub range: Range,
}

impl Asked {
    /// The experiments whose runs answer the question; none for gradients.
    pub fn experiments(&self) -> Vec<&str> {
        match self {
            Self::Printed { experiments, .. } => experiments.iter().map(String::as_str).collect(),
            Self::Line { experiment, .. } => vec![experiment],
            Self::Statement {
                experiment, others, ..
            } => {
                let all = std::iter::once(experiment).chain(others);
                all.map(String::as_str).collect()
            }
            Self::Gradients(_) | Self::GradientOrder(_) => Vec::new(),
        }
    }

    /// The columns of numbers that answer the question, by seed: a printed number's, those of each number of a line,
    /// the differences from each other experiment. None for gradients.
    ///
    /// # Errors
    /// The first seed whose run has no such number.
    pub(crate) fn columns(&self, runs: &Runs) -> Result<Vec<Vec<(u64, f64)>>, u64> {
        match self {
            Self::Printed {
                experiments,
                number,
            } => Ok(vec![runs.means(experiments, number.quantity)?]),
            Self::Line {
                experiment,
                numbers,
            } => {
                let columns = numbers.iter();
                let columns = columns.map(|it| runs.numbers(experiment, it.quantity));
                columns.collect()
            }
            Self::Statement {
                experiment,
                others,
                quantity,
                ..
            } if others.is_empty() => Ok(vec![runs.numbers(experiment, *quantity)?]),
            Self::Statement {
                experiment,
                others,
                quantity,
                ..
            } => {
                let others = others.iter();
                let columns = others.map(|it| runs.differences([experiment, it], *quantity));
                columns.collect()
            }
            Self::Gradients(_) | Self::GradientOrder(_) => Ok(Vec::new()),
        }
    }

    /// The quantity asked about; `None` for a line and for gradients.
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Printed { number, .. } => Some(number.quantity),
            Self::Statement { quantity, .. } => Some(*quantity),
            Self::Line { .. } | Self::Gradients(_) | Self::GradientOrder(_) => None,
        }
    }

    /// Whether the paper's own numbers are outside the range that it claims.
    pub(crate) fn is_contradicted(&self) -> bool {
        match self {
            Self::Statement {
                range: (from, to),
                printed: Some(printed),
                ..
            } => printed < from || to < printed,
            _ => false,
        }
    }

    /// Whether the numbers are differences of experiments, or ratios.
    pub(crate) fn is_difference(&self) -> bool {
        matches!(self, Self::Statement { others, .. } if !others.is_empty())
    }

    /// Whether this is a number that the paper printed, alone. Such numbers are shown in a table of their own.
    pub fn is_printed(&self) -> bool {
        matches!(self, Self::Printed { .. })
    }

    /// The same question with every margin multiplied by a factor.
    pub(crate) fn with_margins(mut self, factor: f64) -> Self {
        let scaled = |(from, to): Range| (factor * from, factor * to);
        match &mut self {
            Self::Printed { number, .. } => number.max_half_width *= factor,
            Self::Line { numbers, .. } => {
                for number in numbers {
                    number.max_half_width *= factor;
                }
            }
            Self::Statement {
                others,
                quantity,
                range,
                hypotheses,
                ..
            } => {
                // The limit of a level is not a difference, so the factor multiplies the limit itself.
                let moved = |(from, to): Range| (from + factor.ln(), to + factor.ln());
                let is_level = others.is_empty() && quantity.is_geometric();
                let scaled = |range| match is_level {
                    true => moved(range),
                    false => scaled(range),
                };
                *range = scaled(*range);
                for hypothesis in hypotheses {
                    hypothesis.range = scaled(hypothesis.range);
                }
            }
            Self::Gradients(limit) => *limit *= factor,
            Self::GradientOrder(_) => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A statement about the last epoch, with the same range to claim and to test.
    fn epochs(others: &[&str], range: Range) -> Asked {
        Asked::Statement {
            experiment: "l2".to_owned(),
            others: others.iter().map(|&id| id.to_owned()).collect(),
            quantity: Quantity::StopEpoch,
            range,
            printed: None,
            hypotheses: vec![Hypothesis {
                shows: Verdict::Reproduced,
                question: Question::Inside,
                range,
            }],
        }
    }

    #[test]
    fn a_factor_multiplies_every_margin() {
        let number = |max_half_width| PrintedNumber {
            quantity: Quantity::TestLoss,
            printed: 0.27,
            max_half_width,
        };
        let printed = |width| Asked::Printed {
            experiments: vec!["softmax".to_owned()],
            number: number(width),
        };
        let line = |width| Asked::Line {
            experiment: "softmax".to_owned(),
            numbers: vec![number(width), number(2.0 * width)],
        };
        assert_eq!(printed(0.25).with_margins(4.0), printed(1.0));
        assert_eq!(line(0.25).with_margins(4.0), line(1.0));
        assert_eq!(
            Asked::Gradients(1e-4).with_margins(2.0),
            Asked::Gradients(2e-4)
        );
        assert_eq!(
            Asked::GradientOrder(2.0).with_margins(2.0),
            Asked::GradientOrder(2.0)
        );
    }

    /// Epochs are logarithms. A margin is their difference; limits of 4 and 8 epochs become limits of 8 and 16.
    #[test]
    fn a_factor_multiplies_a_limit_of_epochs_itself() {
        let ratio = |margin: f64| epochs(&["control"], (-margin, margin));
        let level = |from: f64, to: f64| epochs(&[], (from.ln(), to.ln()));
        assert_eq!(ratio(0.5).with_margins(2.0), ratio(1.0));
        assert_eq!(level(4.0, 8.0).with_margins(2.0), level(8.0, 16.0));
    }
}
