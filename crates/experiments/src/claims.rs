//! What the paper claims, and what our runs say about each claim.
//!
//! The rules, which know nothing of any particular claim. A number is *reproduced* if it lies in the
//! 95 % interval of our mean over seeds, *within seed spread* if it lies where 95 % of single runs like
//! ours would (the paper had one run), and otherwise *not reproduced*; epochs are compared by their
//! logarithms, since they spread by factors. "a is better than b" is judged by
//! the differences seed by seed, since runs of one seed share split and test images: it is *reproduced*
//! if the 95 % interval of their mean lies in the claimed range, *within seed spread* if it overlaps that,
//! *not reproduced* if it lies outside. The range is one side of 0; for "a is a little better than b" up to
//! a stated limit, for "a is like b" up to that limit on both sides. A claim that the paper's own printed
//! numbers contradict is said to be so, whatever we found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::statistics::Sample;
use crate::suite::Printed;
use crate::tables::{ClaimRow, GradcheckRow, RunRow};

/// A claim in words, from the suite's file. The printed numbers are claims as well, without being listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Claim {
    /// What the paper says.
    pub text: String,
    /// Where.
    pub section: String,
    /// What it comes to.
    pub test: Test,
}

/// A statement about runs that can be tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Test {
    /// One experiment has more of a quantity than another, or less.
    Compare {
        /// Its id.
        experiment: String,
        /// More, or less.
        has: Direction,
        /// Of what.
        quantity: Quantity,
        /// The other's id.
        than: String,
        /// How much is a little, if that is the claim.
        by_at_most: Option<f64>,
    },
    /// Two experiments have about as much of a quantity.
    Alike {
        /// One's id.
        experiment: String,
        /// The other's id.
        and: String,
        /// Of what.
        quantity: Quantity,
        /// How much is about as much.
        margin: f64,
    },
    /// All differences of the paper's gradient table are at most this.
    GradientsWithin(f64),
}

/// The claimed side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Larger.
    More,
    /// Smaller.
    Less,
}

/// What a run's line has a number for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// A fraction.
    TestAccuracy,
    /// In nats.
    TestLoss,
    /// The last epoch run.
    StopEpoch,
    /// The share of weights that are nearly 0.
    NearZero,
}

/// What the paper prints of its experiments.
pub(crate) const PRINTED: [Quantity; 3] = [
    Quantity::TestAccuracy,
    Quantity::TestLoss,
    Quantity::StopEpoch,
];

/// What our runs say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They agree.
    Reproduced,
    /// They leave it open.
    WithinSpread,
    /// They disagree.
    NotReproduced,
    /// The paper's own numbers disagree.
    Contradicted,
    /// There are too few of them.
    Open,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reproduced => "reproduced",
            Self::WithinSpread => "within seed spread",
            Self::NotReproduced => "not reproduced",
            Self::Contradicted => "contradicted by the paper's own table",
            Self::Open => "open: too few finished runs",
        })
    }
}

/// How many claims got which verdict, in words.
pub fn tally(claims: &[ClaimRow]) -> String {
    let counts = [
        Verdict::Reproduced,
        Verdict::WithinSpread,
        Verdict::NotReproduced,
        Verdict::Contradicted,
        Verdict::Open,
    ]
    .map(|verdict| verdict.to_string())
    .into_iter()
    .filter_map(|verdict| {
        let count = claims.iter().filter(|row| row.verdict == verdict).count();
        (count > 0).then(|| format!("{count} {verdict}"))
    })
    .collect::<Vec<_>>();
    format!("{} claims: {}", claims.len(), counts.join(", "))
}

impl Quantity {
    fn of(self, run: &RunRow) -> Option<f64> {
        match self {
            Self::TestAccuracy => run.test_accuracy,
            Self::TestLoss => run.test_loss,
            Self::StopEpoch => Some(run.epochs_run.into()),
            Self::NearZero => run.near_zero,
        }
    }

    fn printed(self, paper: &Printed) -> Option<f64> {
        match self {
            Self::TestAccuracy => paper.test_accuracy,
            Self::TestLoss => paper.test_loss,
            Self::StopEpoch => paper.stop_epoch.map(f64::from),
            Self::NearZero => None,
        }
    }

    /// The scale on which seeds spread evenly.
    fn scaled(self, x: f64) -> f64 {
        match self {
            Self::StopEpoch => x.ln(),
            Self::TestAccuracy | Self::TestLoss | Self::NearZero => x,
        }
    }

    /// A number as the report shows it, without its unit.
    fn shown(self, x: f64) -> String {
        match self {
            Self::TestAccuracy | Self::NearZero => format!("{:.2}", 100.0 * x),
            Self::TestLoss => format!("{x:.4}"),
            Self::StopEpoch => format!("{x:.1}"),
        }
    }

    /// What is claimed, with its unit; epochs are whole there.
    fn stated(self, x: f64) -> String {
        self.shown(x).trim_end_matches(".0").to_owned() + self.unit()
    }

    fn unit(self) -> &'static str {
        match self {
            Self::TestAccuracy | Self::NearZero => " %",
            Self::TestLoss | Self::StopEpoch => "",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::TestAccuracy => "test accuracy",
            Self::TestLoss => "test loss",
            Self::StopEpoch => "stopped at epoch",
            Self::NearZero => "weights near 0",
        }
    }
}

/// An experiment as claims see it.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Its id.
    pub id: &'a str,
    /// What a reader calls it.
    pub title: &'a str,
    /// The paper's section, or nothing.
    pub section: &'a str,
    /// The paper's numbers.
    pub paper: &'a Printed,
    /// Its runs.
    pub runs: &'a [RunRow],
}

/// Judges the printed numbers of every experiment that was run, then the claims in words whose
/// experiments were run.
pub fn judge(
    claims: &[Claim],
    experiments: &[Evidence<'_>],
    gradcheck: &[GradcheckRow],
) -> Vec<ClaimRow> {
    let mut rows = Vec::new();
    for experiment in experiments {
        for quantity in PRINTED {
            rows.extend(printed_number(experiment, quantity));
        }
    }
    let find = |id: &str| experiments.iter().find(|experiment| experiment.id == id);
    for claim in claims {
        let found = match &claim.test {
            Test::Compare {
                experiment,
                has,
                quantity,
                than,
                by_at_most,
            } => find(experiment)
                .zip(find(than))
                .map(|(a, b)| compare(a, b, *has, *quantity, *by_at_most)),
            Test::Alike {
                experiment,
                and,
                quantity,
                margin,
            } => find(experiment)
                .zip(find(and))
                .map(|(a, b)| alike(a, b, *quantity, *margin)),
            Test::GradientsWithin(limit) => gradients(gradcheck, *limit),
        };
        rows.extend(found.map(|(claimed, measured, verdict)| ClaimRow {
            section: claim.section.clone(),
            claim: claim.text.clone(),
            claimed,
            measured,
            verdict: verdict.to_string(),
        }));
    }
    rows
}

/// What an experiment's runs say about a number that the paper printed of it; nothing if it printed none.
pub(crate) fn verdict(experiment: &Evidence<'_>, quantity: Quantity) -> Option<Verdict> {
    let claimed = quantity.scaled(quantity.printed(experiment.paper)?);
    let number = |run| Some(quantity.scaled(quantity.of(run)?));
    let numbers: Option<Vec<f64>> = experiment.runs.iter().map(number).collect();
    let Some(Sample {
        mean,
        sd: Some(sd),
        interval: Some((low, high)),
    }) = numbers.as_deref().and_then(Sample::of)
    else {
        return Some(Verdict::Open);
    };
    // The interval of one more run is wider than that of the mean by √(n + 1).
    let n = experiment.runs.len() as f64;
    let spread = (high - mean) * (n + 1.0).sqrt();
    Some(if (low..=high).contains(&claimed) {
        Verdict::Reproduced
    } else if sd > 0.0 && (claimed - mean).abs() <= spread {
        Verdict::WithinSpread
    } else {
        Verdict::NotReproduced
    })
}

fn printed_number(experiment: &Evidence<'_>, quantity: Quantity) -> Option<ClaimRow> {
    let claimed = quantity.printed(experiment.paper)?;
    let verdict = verdict(experiment, quantity)?;
    let numbers: Option<Vec<f64>> = experiment.runs.iter().map(|run| quantity.of(run)).collect();
    Some(ClaimRow {
        section: experiment.section.to_owned(),
        claim: format!("{}: {}", experiment.title, quantity.name()),
        claimed: quantity.stated(claimed),
        measured: shown(numbers.as_deref().and_then(Sample::of), quantity),
        verdict: verdict.to_string(),
    })
}

/// A mean and half its interval.
fn shown(sample: Option<Sample>, quantity: Quantity) -> String {
    let Some(Sample { mean, interval, .. }) = sample else {
        return "–".to_owned();
    };
    let half = interval.map(|(_, high)| format!(" ± {}", quantity.shown(high - mean)));
    quantity.shown(mean) + &half.unwrap_or_default() + quantity.unit()
}

/// The differences a − b of runs with the same seed.
pub(crate) fn differences(
    a: &Evidence<'_>,
    b: &Evidence<'_>,
    quantity: Quantity,
) -> Option<Sample> {
    let of = |run: &RunRow| {
        let other = b.runs.iter().find(|other| other.seed == run.seed)?;
        Some(quantity.of(run)? - quantity.of(other)?)
    };
    let numbers: Vec<f64> = a.runs.iter().filter_map(of).collect();
    Sample::of(&numbers)
}

fn compare(
    a: &Evidence<'_>,
    b: &Evidence<'_>,
    has: Direction,
    quantity: Quantity,
    by_at_most: Option<f64>,
) -> (String, String, Verdict) {
    let most = by_at_most.unwrap_or(f64::INFINITY);
    let (range, side) = match has {
        Direction::More => ((0.0, most), "above 0"),
        Direction::Less => ((-most, 0.0), "below 0"),
    };
    let sample = differences(a, b, quantity);
    let printed = quantity.printed(a.paper).zip(quantity.printed(b.paper));
    let printed = printed.map(|(a, b)| a - b);
    let stated = |difference| quantity.stated(difference);
    let mut claimed = printed.map_or_else(|| side.to_owned(), stated);
    if let Some(most) = by_at_most {
        claimed += &format!(", by at most {}", stated(most));
    }
    (
        format!("{} − {}: {claimed}", a.id, b.id),
        shown(sample, quantity),
        match printed.is_some_and(|difference| difference < range.0 || range.1 < difference) {
            true => Verdict::Contradicted,
            false => in_range(sample, range),
        },
    )
}

fn alike(
    a: &Evidence<'_>,
    b: &Evidence<'_>,
    quantity: Quantity,
    margin: f64,
) -> (String, String, Verdict) {
    let sample = differences(a, b, quantity);
    (
        format!("|{} − {}| ≤ {}", a.id, b.id, quantity.stated(margin)),
        shown(sample, quantity),
        in_range(sample, (-margin, margin)),
    )
}

/// Whether the mean's interval lies in a range.
fn in_range(sample: Option<Sample>, (from, to): (f64, f64)) -> Verdict {
    match sample.and_then(|sample| sample.interval) {
        None => Verdict::Open,
        Some((low, high)) if from < low && high < to => Verdict::Reproduced,
        Some((low, high)) if high < from || to < low => Verdict::NotReproduced,
        Some(_) => Verdict::WithinSpread,
    }
}

fn gradients(rows: &[GradcheckRow], limit: f64) -> Option<(String, String, Verdict)> {
    let table: Vec<_> = rows.iter().filter(|row| row.part == "table-1").collect();
    let largest =
        |value: fn(&GradcheckRow) -> f64| table.iter().map(|row| value(row)).fold(0.0, f64::max);
    let ours = largest(|row| row.absolute);
    let papers = largest(|row| row.paper_absolute.unwrap_or(0.0));
    let verdict = if table.is_empty() {
        return None;
    } else if papers > limit {
        Verdict::Contradicted
    } else if ours <= limit {
        Verdict::Reproduced
    } else {
        Verdict::NotReproduced
    };
    let beyond = table.iter().filter(|row| row.paper_absolute > Some(limit));
    let beyond = beyond.count();
    Some((
        match beyond == 0 {
            true => format!("≤ {limit:.0e}"),
            false => format!(
                "≤ {limit:.0e}; its table: {beyond} of {} are not",
                table.len()
            ),
        },
        format!("at most {ours:.1e}"),
        verdict,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(accuracies: &[f64]) -> Vec<RunRow> {
        let run = |(seed, &accuracy): (usize, &f64)| RunRow {
            seed: seed as u64,
            test_accuracy: Some(accuracy),
            ..RunRow::default()
        };
        accuracies.iter().enumerate().map(run).collect()
    }

    fn printed(accuracy: f64) -> Printed {
        Printed {
            test_accuracy: Some(accuracy),
            ..Printed::default()
        }
    }

    fn evidence<'a>(id: &'a str, paper: &'a Printed, runs: &'a [RunRow]) -> Evidence<'a> {
        Evidence {
            id,
            title: id,
            section: "",
            paper,
            runs,
        }
    }

    /// Mean 0.92, sd 0.01, n = 5: the mean's interval is ± 0.0124, a run's ± 0.0304.
    const RUNS: [f64; 5] = [0.91, 0.91, 0.92, 0.93, 0.93];

    #[test]
    fn printed_numbers() {
        let runs = runs(&RUNS);
        let verdict = |claimed: f64, count: usize| {
            let paper = printed(claimed);
            let rows = judge(&[], &[evidence("a", &paper, &runs[..count])], &[]);
            rows[0].verdict.clone()
        };
        assert_eq!(verdict(0.931, 5), "reproduced");
        assert_eq!(verdict(0.945, 5), "within seed spread");
        assert_eq!(verdict(0.955, 5), "not reproduced");
        assert_eq!(verdict(0.92, 1), "open: too few finished runs");
    }

    #[test]
    fn comparisons_are_paired() {
        // Far apart between seeds, always 0.001 apart within one.
        let (a, b) = (runs(&RUNS), runs(&RUNS.map(|x| x - 0.001)));
        let claim = |has, than: &str, experiment: &str| Claim {
            text: String::new(),
            section: String::new(),
            test: Test::Compare {
                experiment: experiment.to_owned(),
                has,
                quantity: Quantity::TestAccuracy,
                than: than.to_owned(),
                by_at_most: None,
            },
        };
        let none = Printed::default();
        let judged = |claim: Claim, papers: [&Printed; 2]| {
            let both = [evidence("a", papers[0], &a), evidence("b", papers[1], &b)];
            judge(&[claim], &both, &[]).pop().unwrap().verdict
        };
        let more = || claim(Direction::More, "b", "a");
        assert_eq!(judged(more(), [&none; 2]), "reproduced");
        let less = claim(Direction::Less, "b", "a");
        assert_eq!(judged(less, [&none; 2]), "not reproduced");
        let same = claim(Direction::More, "a", "a");
        assert_eq!(judged(same, [&none; 2]), "within seed spread");
        let a_little = |limit| {
            let mut claim = more();
            if let Test::Compare { by_at_most, .. } = &mut claim.test {
                *by_at_most = Some(limit);
            }
            judged(claim, [&none; 2])
        };
        assert_eq!(a_little(0.002), "reproduced");
        assert_eq!(a_little(0.0005), "not reproduced");
        let (low, high) = (printed(0.9), printed(0.91));
        assert_eq!(
            judged(more(), [&low, &high]),
            "contradicted by the paper's own table"
        );
    }

    #[test]
    fn about_the_same() {
        let (a, b) = (runs(&RUNS), runs(&RUNS.map(|x| x - 0.003)));
        let none = Printed::default();
        let verdict = |margin| {
            let claim = Claim {
                text: String::new(),
                section: String::new(),
                test: Test::Alike {
                    experiment: "a".to_owned(),
                    and: "b".to_owned(),
                    quantity: Quantity::TestAccuracy,
                    margin,
                },
            };
            let both = [evidence("a", &none, &a), evidence("b", &none, &b)];
            judge(&[claim], &both, &[]).pop().unwrap().verdict
        };
        assert_eq!(verdict(0.005), "reproduced");
        assert_eq!(verdict(0.001), "not reproduced");
    }
}
