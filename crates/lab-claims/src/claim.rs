//! Claims as questions about numbers.

use lab_results::stats::Quantity;
use lab_results::suite::Experiment;

use crate::evidence::Runs;
use crate::rules::Rules;
use crate::statistics::{Question, Range};
use crate::test::{Direction, Test};
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
}

/// A question about numbers. All are on the scale of [`Quantity::linear`].
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Whether a number that the paper printed could come from one more run.
    Printed {
        /// The experiment's id.
        experiment: String,
        /// The quantity that the paper printed.
        quantity: Quantity,
        /// The paper's number.
        printed: f64,
        /// The largest half-width of the prediction interval with which the number can count as reproduced.
        max_half_width: f64,
    },
    /// Whether the mean difference of two experiments is in the claimed range.
    Statement {
        /// The ids of the two experiments. The difference is the first minus the second.
        experiments: [String; 2],
        /// The quantity that is compared.
        quantity: Quantity,
        /// The claimed range.
        range: Range,
        /// The difference of the numbers that the paper printed.
        printed: Option<f64>,
        /// The tests, in the order in which they decide.
        hypotheses: Vec<Hypothesis>,
    },
    /// Whether all differences in the paper's table of gradients are at most this.
    Gradients(f64),
}

/// A test, and the verdict that follows if the test is significant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypothesis {
    /// The verdict.
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
            Self::Printed { experiment, .. } => vec![experiment],
            Self::Statement { experiments, .. } => experiments.iter().map(String::as_str).collect(),
            Self::Gradients(_) => Vec::new(),
        }
    }

    /// The numbers that answer the question, by seed; none for gradients.
    ///
    /// # Errors
    /// The first seed whose run has no such number.
    pub(crate) fn numbers(&self, runs: &Runs) -> Result<Vec<(u64, f64)>, u64> {
        match self {
            Self::Printed {
                experiment,
                quantity,
                ..
            } => runs.numbers(experiment, *quantity),
            Self::Statement {
                experiments: [a, b],
                quantity,
                ..
            } => runs.differences([a, b], *quantity),
            Self::Gradients(_) => Ok(Vec::new()),
        }
    }

    /// The quantity asked about; `None` for gradients.
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Printed { quantity, .. } | Self::Statement { quantity, .. } => Some(*quantity),
            Self::Gradients(_) => None,
        }
    }

    /// Whether the paper's own numbers are outside the range that it claims.
    pub fn is_contradicted(&self) -> bool {
        match self {
            Self::Statement {
                range: (from, to),
                printed: Some(printed),
                ..
            } => printed < from || to < printed,
            _ => false,
        }
    }

    /// The number of tests that the correction of the family counts.
    pub(crate) fn tests(&self) -> usize {
        match self {
            Self::Printed { .. } => 1,
            Self::Statement { hypotheses, .. } if !self.is_contradicted() => hypotheses.len(),
            Self::Statement { .. } | Self::Gradients(_) => 0,
        }
    }

    /// Whether this is a number that the paper printed. Printed numbers are one family of tests, statements another.
    pub fn is_printed(&self) -> bool {
        matches!(self, Self::Printed { .. })
    }
}

/// The number of tests in a claim's family.
pub(crate) fn family_size<'a>(claims: impl Iterator<Item = &'a Claim>, of: &Asked) -> usize {
    let family = claims.filter(|claim| claim.asked.is_printed() == of.is_printed());
    family.map(|claim| claim.asked.tests()).sum()
}

/// All claims: the printed numbers of each experiment, then the statements.
pub(crate) fn claims(rules: &Rules, experiments: &[Experiment]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for experiment in experiments {
        for rule in &rules.printed {
            let quantity = rule.quantity;
            let Some(printed) = quantity.printed(&experiment.paper) else {
                continue;
            };
            claims.push(Claim {
                section: experiment.section.clone().unwrap_or_default(),
                text: format!("{}: {}", experiment.title, quantity.name()),
                claimed: quantity.shown_printed(&experiment.paper),
                asked: Asked::Printed {
                    experiment: experiment.id.clone(),
                    quantity,
                    printed: quantity.linear(printed),
                    max_half_width: quantity.linear(rule.max_half_width),
                },
            });
        }
    }
    for statement in &rules.statements {
        let (asked, claimed) = asked(&statement.test, statement.equivalent_within, experiments);
        claims.push(Claim {
            section: statement.section.clone(),
            text: statement.text.clone(),
            claimed,
            asked,
        });
    }
    claims
}

fn asked(test: &Test, equivalent: Option<f64>, all: &[Experiment]) -> (Asked, String) {
    match test {
        Test::GradientsWithin(limit) => (Asked::Gradients(*limit), format!("≤ {limit:.0e}")),
        Test::Alike {
            experiment,
            and,
            quantity,
            margin,
        } => {
            let margin = quantity.linear(*margin);
            let claimed = format!("within {}", shown(*quantity, margin));
            statement(
                [experiment, and],
                *quantity,
                (-margin, margin),
                None,
                &claimed,
                all,
            )
        }
        Test::Compare {
            experiment,
            has,
            quantity,
            than,
            by_at_most,
        } => {
            let most = by_at_most.map_or(f64::INFINITY, |most| quantity.linear(most));
            let (range, side) = match has {
                Direction::More => ((0.0, most), "more"),
                Direction::Less => ((-most, 0.0), "less"),
            };
            let limit = by_at_most.map(|_| format!(", by at most {}", shown(*quantity, most)));
            let claimed = format!("{side}{}", limit.unwrap_or_default());
            let equivalent = equivalent.map(|margin| quantity.linear(margin));
            statement(
                [experiment, than],
                *quantity,
                range,
                equivalent,
                &claimed,
                all,
            )
        }
    }
}

fn statement(
    [a, b]: [&String; 2],
    quantity: Quantity,
    range: Range,
    equivalent: Option<f64>,
    claimed: &str,
    all: &[Experiment],
) -> (Asked, String) {
    let hypothesis = |shows, question, range| Hypothesis {
        shows,
        question,
        range,
    };
    let mut hypotheses = vec![
        hypothesis(Verdict::Reproduced, Question::Inside, range),
        hypothesis(Verdict::NotReproduced, Question::Outside, range),
    ];
    let margin = equivalent
        .map(|margin| hypothesis(Verdict::Equivalent, Question::Inside, (-margin, margin)));
    hypotheses.extend(margin);
    let printed = [a, b].map(|id| {
        let experiment = all.iter().find(|experiment| &experiment.id == id)?;
        Some(quantity.linear(quantity.printed(&experiment.paper)?))
    });
    let printed = match printed {
        [Some(a), Some(b)] => Some(a - b),
        _ => None,
    };
    let sign = if quantity.is_geometric() { '/' } else { '−' };
    let papers = printed.map(|printed| format!("; as printed {}", shown(quantity, printed)));
    let claimed = format!("{a} {sign} {b}: {claimed}{}", papers.unwrap_or_default());
    let asked = Asked::Statement {
        experiments: [a.clone(), b.clone()],
        quantity,
        range,
        printed,
        hypotheses,
    };
    (asked, claimed)
}

/// A difference on the linear scale, as text.
pub(crate) fn shown(quantity: Quantity, linear: f64) -> String {
    quantity.shown_difference(quantity.difference_at(linear), None)
}
