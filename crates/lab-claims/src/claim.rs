//! Claims as questions about numbers.

use lab_results::stats::Quantity;
use lab_results::suite::{Direction, Experiment, Suite, Test};

use crate::evidence::Runs;
use crate::rules::Rules;
use crate::statistics::{Question, Range};
use crate::verdict::Verdict;

/// A claim, and what is asked of the numbers.
pub(crate) struct Claim {
    pub(crate) section: String,
    pub(crate) text: String,
    /// As people write it.
    pub(crate) claimed: String,
    pub(crate) asked: Asked,
}

pub(crate) enum Asked {
    /// A number that the paper printed of one run.
    Printed {
        experiment: String,
        quantity: Quantity,
        /// On the scale of [`Quantity::linear`], as all numbers here.
        printed: f64,
        telling: f64,
    },
    /// A statement about two experiments.
    Statement {
        experiments: [String; 2],
        quantity: Quantity,
        hypotheses: Vec<Hypothesis>,
        /// Whether the paper's own printed numbers are outside the claimed range.
        contradicted: bool,
    },
    /// All differences of the paper's table of gradients are at most this.
    Gradients(f64),
}

/// What is shown if a test finds it, and what the verdict is then.
pub(crate) struct Hypothesis {
    pub(crate) shows: Verdict,
    pub(crate) question: Question,
    pub(crate) range: Range,
}

impl Asked {
    /// The numbers that it is asked of; `None` for gradients, or if a run has no such number.
    pub(crate) fn numbers(&self, runs: &Runs) -> Option<Vec<f64>> {
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
            } => runs.differences(a, b, *quantity),
            Self::Gradients(_) => None,
        }
    }

    pub(crate) fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Printed { quantity, .. } | Self::Statement { quantity, .. } => Some(*quantity),
            Self::Gradients(_) => None,
        }
    }

    /// Tests that its family's correction has to count.
    pub(crate) fn tests(&self) -> usize {
        match self {
            Self::Printed { .. } => 1,
            Self::Statement {
                contradicted: true, ..
            }
            | Self::Gradients(_) => 0,
            Self::Statement { hypotheses, .. } => hypotheses.len(),
        }
    }

    /// Printed numbers are one family of tests, statements another.
    pub(crate) fn is_printed(&self) -> bool {
        matches!(self, Self::Printed { .. })
    }
}

/// Tests in a claim's family.
pub(crate) fn family_size(claims: &[Claim], of: &Asked) -> usize {
    let family = claims
        .iter()
        .filter(|claim| claim.asked.is_printed() == of.is_printed());
    family.map(|claim| claim.asked.tests()).sum()
}

/// Every claim: each printed number of each experiment, then the statements.
pub(crate) fn claims(rules: &Rules, suite: &Suite) -> Vec<Claim> {
    let mut claims = Vec::new();
    for experiment in &suite.experiments {
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
                    telling: quantity.linear(rule.telling),
                },
            });
        }
    }
    for statement in &rules.statements {
        let (asked, claimed) = asked(&statement.test, statement.equivalent_within, suite);
        claims.push(Claim {
            section: statement.section.clone(),
            text: statement.text.clone(),
            claimed,
            asked,
        });
    }
    claims
}

fn asked(test: &Test, equivalent: Option<f64>, suite: &Suite) -> (Asked, String) {
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
                suite,
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
                suite,
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
    suite: &Suite,
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
    let printed = printed_difference(quantity, find(suite, a), find(suite, b));
    let contradicted = printed.is_some_and(|printed| printed < range.0 || range.1 < printed);
    let sign = if quantity.is_geometric() { '/' } else { '−' };
    let papers = printed.map(|printed| format!("; as printed {}", shown(quantity, printed)));
    let claimed = format!("{a} {sign} {b}: {claimed}{}", papers.unwrap_or_default());
    let asked = Asked::Statement {
        experiments: [a.clone(), b.clone()],
        quantity,
        hypotheses,
        contradicted,
    };
    (asked, claimed)
}

fn find<'a>(suite: &'a Suite, id: &str) -> Option<&'a Experiment> {
    suite
        .experiments
        .iter()
        .find(|experiment| experiment.id == id)
}

fn printed_difference(
    quantity: Quantity,
    a: Option<&Experiment>,
    b: Option<&Experiment>,
) -> Option<f64> {
    let printed = |of: Option<&Experiment>| quantity.printed(&of?.paper);
    Some(quantity.linear(quantity.difference(printed(a)?, printed(b)?)))
}

/// A difference on the linear scale, as people write it.
pub(crate) fn shown(quantity: Quantity, linear: f64) -> String {
    quantity.shown_difference(quantity.difference_at(linear), None)
}
