//! The number of fresh seeds that each claim needs.

use std::fmt;

use anyhow::{Result, ensure};
use lab_results::stats::{Quantity, Sample};
use lab_results::suite::Experiment;

use crate::claim::{Asked, Claim, Hypothesis, PrintedNumber};
use crate::claims::{claims, shown};
use crate::evidence::{Runs, rows, values};
use crate::rules::Rules;
use crate::statistics::{Effect, Joint, Question, power};
use crate::verdict::Verdict;

/// A claim, and the seeds that it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The claim.
    pub claim: Claim,
    /// The evidence that decides the claim, if fresh runs are distributed like the exploratory ones.
    pub needed: Needed,
}

/// The evidence that decides a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Needed {
    /// This number of seeds, most likely with this verdict.
    Seeds(usize, Verdict),
    /// The largest number of seeds in the rules is not enough, for this reason.
    Undecidable(String),
    /// At least two seeds.
    SecondSeed,
    /// A number for the run with this seed; a diverged run has none.
    Number(u64),
    /// Nothing: seeds have no influence on the claim.
    None,
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seeds(seeds, _) => write!(f, "about {seeds} seeds would decide it"),
            Self::Undecidable(why) => write!(f, "no number of seeds decides it: {why}"),
            Self::SecondSeed => f.write_str("it needs at least two seeds"),
            Self::Number(seed) => write!(f, "the run with seed {seed} has no such number"),
            Self::None => f.write_str("seeds have no influence on it"),
        }
    }
}

/// The number of seeds that decides each claim about experiments with runs, with the rules' power. For a statement, the
/// level is α divided by the number of tests that Holm's correction counts, its worst case.
///
/// # Errors
/// A claim with fewer than two runs, or with a run that has no such number.
pub fn plan(rules: &Rules, experiments: &[Experiment], exploratory: &Runs) -> Result<Vec<Planned>> {
    let claims = claims(rules, experiments);
    let was_run = |claim: &&Claim| exploratory.have(&claim.asked.experiments());
    let planned = claims.iter().filter(was_run).map(|claim| {
        let needed = needed(claim, &claims, rules, exploratory);
        ensure!(
            !matches!(needed, Needed::SecondSeed | Needed::Number(_)),
            "\"{}\": expected two runs or more with a number",
            claim.text
        );
        Ok(Planned {
            claim: claim.clone(),
            needed,
        })
    });
    planned.collect()
}

/// The fewest seeds that decide one of some claims, if further runs are distributed like these.
pub(crate) fn needed(claim: &Claim, all: &[Claim], rules: &Rules, runs: &Runs) -> Needed {
    if claim.asked.is_contradicted() || claim.asked.experiments().is_empty() {
        return Needed::None;
    }
    let columns = match claim.asked.columns(runs) {
        Ok(columns) => columns,
        Err(seed) => return Needed::Number(seed),
    };
    let samples = columns.iter().map(|column| Sample::of(&values(column)));
    let samples = samples.map(|it| it.filter(|sample| sample.sd.is_some()));
    let Some(samples) = samples.collect::<Option<Vec<Sample>>>() else {
        return Needed::SecondSeed;
    };
    match &claim.asked {
        Asked::Printed { number, .. } => {
            let (number, sample) = (*number, samples[0]);
            let apart = (number.printed - sample.mean).abs();
            let rejects = |n| apart > half_width(&sample, n, 1.0 - rules.alpha);
            of_printed(&[(number, sample)], rules, rejects)
        }
        Asked::Line { numbers, .. } => {
            let row: Vec<f64> = numbers.iter().map(|it| it.printed).collect();
            let joint = Joint(&rows(&columns)).p_another(&row);
            let numbers: Vec<_> = numbers.iter().copied().zip(samples).collect();
            // The joint p hardly depends on the number of seeds, once there are some.
            of_printed(&numbers, rules, |_| joint < rules.alpha)
        }
        Asked::Statement {
            hypotheses,
            quantity,
            ..
        } => of_statement(hypotheses, *quantity, &samples, all, rules),
        Asked::Gradients(_) | Asked::GradientOrder(_) => Needed::None,
    }
}

/// The half-width of the prediction interval after `n` seeds.
fn half_width(sample: &Sample, n: usize, level: f64) -> f64 {
    let interval = Sample { n, ..*sample }.prediction(level);
    interval.map_or(f64::INFINITY, |(_, high)| high - sample.mean)
}

fn of_printed(
    numbers: &[(PrintedNumber, Sample)],
    rules: &Rules,
    rejects: impl Fn(usize) -> bool,
) -> Needed {
    let too_wide = |n| {
        let mut all = numbers.iter();
        all.find(|(it, sample)| half_width(sample, n, 0.95) > it.max_half_width)
    };
    let decides = |n| match () {
        () if rejects(n) => Some(Verdict::NotReproduced),
        () if too_wide(n).is_none() => Some(Verdict::Reproduced),
        () => None,
    };
    let found = fewest(rules.most_seeds, |n| decides(n).is_some());
    if let Some((n, verdict)) = found.and_then(|n| Some((n, decides(n)?))) {
        return Needed::Seeds(n, verdict);
    }
    let (number, sample) = too_wide(rules.most_seeds).unwrap_or(&numbers[0]);
    let half = half_width(sample, sample.n, 0.95);
    let [half, limit] = [half, number.max_half_width].map(|it| shown(number.quantity, it));
    Needed::Undecidable(format!(
        "the half-width of the prediction interval ({}) is {half}, the limit {limit}",
        number.quantity.name()
    ))
}

fn of_statement(
    hypotheses: &[Hypothesis],
    quantity: Quantity,
    samples: &[Sample],
    all: &[Claim],
    rules: &Rules,
) -> Needed {
    let decided = hypotheses.iter().filter_map(|it| {
        let family = all.iter().filter(|claim| has_test(claim, it.shows));
        let alpha = rules.alpha / family.count().max(1) as f64;
        // A claim about several differences is decided when the hardest of them is.
        let needed = samples.iter().map(|sample| {
            let effect = Effect {
                mean: sample.mean,
                sd: sample.sd.unwrap_or(f64::NAN),
            };
            let enough = |n| power(effect, n, alpha, it.question, it.range) >= rules.power;
            fewest(rules.most_seeds, enough)
        });
        let needed = match it.question {
            Question::Inside => needed.collect::<Option<Vec<_>>>()?.into_iter().max(),
            Question::Outside => needed.flatten().min(),
        };
        Some((needed?, it.shows))
    });
    match decided.min_by_key(|&(n, _)| n) {
        Some((n, verdict)) => Needed::Seeds(n, verdict),
        None => Needed::Undecidable(format!(
            "the mean, {}, is too close to the ends of the ranges",
            shown(quantity, samples[0].mean)
        )),
    }
}

/// Whether a claim is tested for this finding.
fn has_test(claim: &Claim, shows: Verdict) -> bool {
    match &claim.asked {
        asked if asked.is_contradicted() => false,
        Asked::Statement { hypotheses, .. } => hypotheses.iter().any(|it| it.shows == shows),
        _ => false,
    }
}

/// The smallest number from 2 on that is enough, provided that every larger number is enough too.
fn fewest(most: usize, enough: impl Fn(usize) -> bool) -> Option<usize> {
    if !enough(most) {
        return None;
    }
    let (mut too_few, mut found) = (1, most);
    while found - too_few > 1 {
        let middle = too_few + (found - too_few) / 2;
        match enough(middle) {
            true => found = middle,
            false => too_few = middle,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_are_found() {
        for least in 2..40 {
            assert_eq!(fewest(39, |n| n >= least), (least < 40).then_some(least));
        }
        assert_eq!(fewest(9, |_| false), None);
    }
}
