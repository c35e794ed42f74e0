//! What the paper claims, and what our runs say about each claim.
//!
//! The rules, which know nothing of any particular claim. The paper had one run of each experiment, so a
//! number that it prints is *reproduced* if it lies in the 95 % prediction interval of one more run like
//! ours, *within seed spread* if it does, but that interval is so wide ([`Quantity::telling`]) that it says
//! little, and otherwise *not reproduced*. "a is better than b" is judged by the differences seed by seed
//! (ratios, of epochs), since runs of one seed share split and test images: it is *reproduced* if the 95 %
//! interval of their mean lies in the claimed range, *within seed spread* if it overlaps that, *not
//! reproduced* if it lies outside. The range is one side of no difference; for "a is a little better than
//! b" up to a limit, for "a is like b" up to that limit on both sides. The limits are ours, since the paper
//! names none. A claim that the paper's own printed numbers contradict is said to be so, whatever we found.

use lab_results::printed::Printed;
use lab_results::stats::{Quantity, Sample};
use lab_results::suite::{Claim, Direction, Test};
use lab_results::tables::{ClaimRow, GradcheckPart, GradcheckRow, RunRow, Verdict};

use crate::strip::{Judged, Rule, Strip};

/// How many claims there are and how many of them got which verdict, in words. Open claims are left to
/// the rest of the number, since they have no verdict yet.
pub fn tally(claims: &[ClaimRow]) -> String {
    let counts = [
        Verdict::Reproduced,
        Verdict::WithinSeedSpread,
        Verdict::NotReproduced,
        Verdict::Contradicted,
    ]
    .into_iter()
    .filter_map(|verdict| {
        let count = claims.iter().filter(|row| row.verdict == verdict).count();
        (count > 0).then(|| format!("{count} {verdict}"))
    });
    let counts: Vec<String> = counts.collect();
    match counts.is_empty() {
        true => format!("{} claims, none decided", claims.len()),
        false => format!("{} claims: {}", claims.len(), counts.join(", ")),
    }
}

/// An experiment as claims see it.
#[derive(Clone, Debug)]
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
    pub runs: Vec<&'a RunRow>,
}

/// Judges the printed numbers of every experiment that was run, then the claims in words whose
/// experiments were run.
pub fn judge(
    claims: &[Claim],
    experiments: &[Evidence<'_>],
    gradcheck: &[GradcheckRow],
) -> Vec<ClaimRow> {
    let judged = judged(claims, experiments, gradcheck).into_iter();
    judged.map(|judged| judged.row).collect()
}

/// As [`judge`], with the numbers that each verdict rests on.
pub(crate) fn judged(
    claims: &[Claim],
    experiments: &[Evidence<'_>],
    gradcheck: &[GradcheckRow],
) -> Vec<Judged> {
    let mut rows = Vec::new();
    for experiment in experiments {
        for quantity in Quantity::PRINTED {
            rows.extend(printed_number(experiment, quantity));
        }
    }
    let find = |id: &str| experiments.iter().find(|experiment| experiment.id == id);
    let both = |a: &str, b: &str| find(a).zip(find(b));
    for claim in claims {
        let found = match &claim.test {
            Test::Compare {
                experiment,
                has,
                quantity,
                than,
                by_at_most,
            } => both(experiment, than).map(|pair| compare(pair, *has, *quantity, *by_at_most)),
            Test::Alike {
                experiment,
                and,
                quantity,
                margin,
            } => both(experiment, and).map(|pair| alike(pair, *quantity, *margin)),
            Test::GradientsWithin(limit) => gradients(gradcheck, *limit),
        };
        rows.extend(found.map(|Judged { row, strip }| Judged {
            row: ClaimRow {
                section: claim.section.clone(),
                claim: claim.text.clone(),
                ..row
            },
            strip,
        }));
    }
    rows
}

/// What an experiment's runs say about a number that the paper printed of it; nothing if it printed none.
pub(crate) fn verdict(experiment: &Evidence<'_>, quantity: Quantity) -> Option<Verdict> {
    let claimed = quantity.printed(experiment.paper)?;
    let sample = quantity.over(experiment.runs.iter().copied());
    let Some((low, high)) = sample.and_then(|sample| sample.prediction) else {
        return Some(Verdict::Open);
    };
    let half = quantity.linear(quantity.difference(high, low)) / 2.0;
    Some(if !(low..=high).contains(&claimed) {
        Verdict::NotReproduced
    } else if half <= quantity.linear(quantity.telling()) {
        Verdict::Reproduced
    } else {
        Verdict::WithinSeedSpread
    })
}

fn printed_number(experiment: &Evidence<'_>, quantity: Quantity) -> Option<Judged> {
    let verdict = verdict(experiment, quantity)?;
    let sample = quantity.over(experiment.runs.iter().copied());
    let one_run = sample.and_then(|sample| sample.prediction);
    let of = |run: &&RunRow| Some((run.seed, quantity.of(run)?));
    let numbers: Vec<_> = experiment.runs.iter().filter_map(of).collect();
    Some(Judged {
        row: ClaimRow {
            section: experiment.section.to_owned(),
            claim: format!("{}: {}", experiment.title, quantity.name()),
            claimed: quantity.shown_printed(experiment.paper),
            measured: quantity.shown_sample(sample),
            one_run: one_run.map(|range| quantity.shown_range(range)),
            verdict,
        },
        strip: Strip {
            interval: one_run,
            paper: quantity.printed(experiment.paper).into_iter().collect(),
            ..Strip::of(Rule::Printed, quantity, &numbers)
        },
    })
}

/// The statistics of the differences a − b, or ratios a / b, of runs with the same seed.
pub(crate) fn differences(
    a: &Evidence<'_>,
    b: &Evidence<'_>,
    quantity: Quantity,
) -> Option<Sample> {
    let pairs = paired(a, b, quantity);
    let numbers: Vec<f64> = pairs.into_iter().map(|(_, number)| number).collect();
    quantity.statistics(&numbers)
}

/// These differences or ratios, by seed.
fn paired(a: &Evidence<'_>, b: &Evidence<'_>, quantity: Quantity) -> Vec<(u64, f64)> {
    let of = |run: &&RunRow| {
        let other = b.runs.iter().find(|other| other.seed == run.seed)?;
        let difference = quantity.difference(quantity.of(run)?, quantity.of(other)?);
        Some((run.seed, difference))
    };
    a.runs.iter().filter_map(of).collect()
}

type Pair<'a> = (&'a Evidence<'a>, &'a Evidence<'a>);

fn compare(pair: Pair<'_>, has: Direction, quantity: Quantity, by_at_most: Option<f64>) -> Judged {
    let most = by_at_most.map_or(f64::INFINITY, |most| quantity.linear(most));
    let (range, side) = match has {
        Direction::More => ((0.0, most), "more"),
        Direction::Less => ((-most, 0.0), "less"),
    };
    let limit = by_at_most.map(|most| {
        let most = quantity.shown_difference(most, None);
        format!("by at most {most} (limit ours)")
    });
    let printed = printed_difference(pair, quantity);
    let printed = printed.map(|printed| quantity.shown_difference(printed, None));
    let claimed = printed.unwrap_or_else(|| side.to_owned());
    let claimed = [Some(claimed), limit];
    let claimed: Vec<String> = claimed.into_iter().flatten().collect();
    related(pair, quantity, range, claimed.join(", "))
}

fn alike(pair: Pair<'_>, quantity: Quantity, margin: f64) -> Judged {
    let limit = quantity.linear(margin);
    let claimed = format!(
        "alike within {} (limit ours)",
        quantity.shown_difference(margin, None)
    );
    related(pair, quantity, (-limit, limit), claimed)
}

/// Judges how two experiments differ by a range of differences, or of logarithms of ratios.
fn related(
    (a, b): Pair<'_>,
    quantity: Quantity,
    (from, to): (f64, f64),
    claimed: String,
) -> Judged {
    let sample = differences(a, b, quantity);
    let papers = printed_difference((a, b), quantity);
    let printed = papers.map(|printed| quantity.linear(printed));
    let interval = sample.and_then(|sample| sample.interval);
    let interval = interval.map(|(low, high)| (quantity.linear(low), quantity.linear(high)));
    let verdict = match interval {
        _ if printed.is_some_and(|printed| printed < from || to < printed) => Verdict::Contradicted,
        None => Verdict::Open,
        Some((low, high)) if from < low && high < to => Verdict::Reproduced,
        Some((low, high)) if high < from || to < low => Verdict::NotReproduced,
        Some(_) => Verdict::WithinSeedSpread,
    };
    let sign = if quantity.is_geometric() { '/' } else { '−' };
    let end = |end: f64| end.is_finite().then(|| quantity.difference_at(end));
    Judged {
        row: ClaimRow {
            claimed: format!("{} {sign} {}: {claimed}", a.id, b.id),
            measured: sample.map_or_else(
                || "–".to_owned(),
                |sample| quantity.shown_difference(sample.mean, sample.interval),
            ),
            verdict,
            ..ClaimRow::default()
        },
        strip: Strip {
            interval: sample.and_then(|sample| sample.interval),
            claimed: (end(from), end(to)),
            paper: papers.into_iter().collect(),
            ..Strip::of(Rule::Comparison, quantity, &paired(a, b, quantity))
        },
    }
}

fn printed_difference((a, b): Pair<'_>, quantity: Quantity) -> Option<f64> {
    let (a, b) = quantity.printed(a.paper).zip(quantity.printed(b.paper))?;
    Some(quantity.difference(a, b))
}

fn gradients(rows: &[GradcheckRow], limit: f64) -> Option<Judged> {
    let table: Vec<_> = rows
        .iter()
        .filter(|row| row.part == GradcheckPart::Table1)
        .collect();
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
    Some(Judged {
        row: ClaimRow {
            claimed: match beyond == 0 {
                true => format!("≤ {limit:.0e}"),
                false => format!(
                    "≤ {limit:.0e}; its table: {beyond} of {} are not",
                    table.len()
                ),
            },
            measured: format!("at most {ours:.1e}"),
            verdict,
            ..ClaimRow::default()
        },
        strip: Strip::of_gradients(&table, limit),
    })
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
            runs: runs.iter().collect(),
        }
    }

    /// Mean 0.92, sd 0.003, n = 5: one more run lies within ± 0.0091.
    const RUNS: [f64; 5] = [0.917, 0.917, 0.92, 0.923, 0.923];

    #[test]
    fn printed_numbers() {
        let verdict = |claimed: f64, accuracies: &[f64]| {
            let (paper, runs) = (printed(claimed), runs(accuracies));
            judge(&[], &[evidence("a", &paper, &runs)], &[])[0].clone()
        };
        let row = verdict(0.928, &RUNS);
        assert_eq!(row.verdict, Verdict::Reproduced);
        assert_eq!(row.one_run.as_deref(), Some("91.09 to 92.91 %"));
        assert_eq!(verdict(0.93, &RUNS).verdict, Verdict::NotReproduced);
        // Runs that spread by points could have given almost anything.
        let wide = RUNS.map(|x| 0.92 + 3.0 * (x - 0.92));
        assert_eq!(verdict(0.93, &wide).verdict, Verdict::WithinSeedSpread);
        assert_eq!(verdict(0.92, &RUNS[..1]).verdict, Verdict::Open);
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
        assert_eq!(judged(more(), [&none; 2]), Verdict::Reproduced);
        let less = claim(Direction::Less, "b", "a");
        assert_eq!(judged(less, [&none; 2]), Verdict::NotReproduced);
        let same = claim(Direction::More, "a", "a");
        assert_eq!(judged(same, [&none; 2]), Verdict::WithinSeedSpread);
        let a_little = |limit| {
            let mut claim = more();
            if let Test::Compare { by_at_most, .. } = &mut claim.test {
                *by_at_most = Some(limit);
            }
            judged(claim, [&none; 2])
        };
        assert_eq!(a_little(0.002), Verdict::Reproduced);
        assert_eq!(a_little(0.0005), Verdict::NotReproduced);
        let (low, high) = (printed(0.9), printed(0.91));
        assert_eq!(judged(more(), [&low, &high]), Verdict::Contradicted);
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
        assert_eq!(verdict(0.005), Verdict::Reproduced);
        assert_eq!(verdict(0.001), Verdict::NotReproduced);
    }

    #[test]
    fn epochs_are_compared_by_factors() {
        let stopped = |epochs: [u32; 3]| {
            let run = |(seed, epochs_run)| RunRow {
                seed,
                epochs_run,
                ..RunRow::default()
            };
            (0..).zip(epochs).map(run).collect::<Vec<_>>()
        };
        let (a, b) = (stopped([10, 21, 40]), stopped([20, 40, 80]));
        let paper = Printed {
            stop_epoch: Some(20),
            ..Printed::default()
        };
        let claim = Claim {
            text: String::new(),
            section: String::new(),
            test: Test::Compare {
                experiment: "a".to_owned(),
                has: Direction::Less,
                quantity: Quantity::StopEpoch,
                than: "b".to_owned(),
                by_at_most: Some(3.0),
            },
        };
        let both = [evidence("a", &paper, &a), evidence("b", &paper, &b)];
        let rows = judge(&[claim], &both, &[]);
        assert_eq!(rows[0].verdict, Verdict::WithinSeedSpread, "{rows:?}");
        assert_eq!(rows[2].verdict, Verdict::Reproduced, "{rows:?}");
        assert_eq!(rows[2].claimed, "a / b: 1.00, by at most 3.00 (limit ours)");
        assert_eq!(rows[2].measured, "0.51 (0.47 to 0.55)");
    }
}
