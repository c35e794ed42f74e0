//! The number of fresh seeds that each claim needs.

use std::fmt;

use anyhow::{Context, Result};
use lab_results::stats::Sample;
use lab_results::suite::Experiment;

use crate::claim::{Asked, Claim, claims, family_size};
use crate::evidence::Runs;
use crate::rules::Rules;
use crate::statistics::{Effect, power};
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

/// The number of seeds that decides each claim with the rules' power. The level is α divided by the number of tests in
/// the family, the worst case of Holm's correction.
///
/// # Errors
/// A claim with fewer than two runs, or with a run that has no such number.
pub fn plan(rules: &Rules, experiments: &[Experiment], exploratory: &Runs) -> Result<Vec<Planned>> {
    let claims = claims(rules, experiments);
    let planned = claims.iter().map(|claim| {
        let family = family_size(claims.iter(), &claim.asked);
        Ok(Planned {
            claim: claim.clone(),
            needed: match claim.asked.tests() {
                0 => Needed::None,
                _ => needed(claim, rules, family, &sample(claim, exploratory)?),
            },
        })
    });
    planned.collect()
}

fn sample(claim: &Claim, runs: &Runs) -> Result<Sample> {
    let numbers = claim.asked.numbers(runs).ok();
    let values = numbers.map(|numbers| numbers.into_iter().map(|(_, x)| x).collect::<Vec<_>>());
    let sample = values.and_then(|values| Sample::of(&values));
    sample
        .filter(|sample| sample.sd.is_some())
        .with_context(|| {
            format!(
                "\"{}\": expected two runs or more with a number",
                claim.text
            )
        })
}

/// The fewest seeds that decide a claim, if runs are distributed like this sample.
pub(crate) fn needed(claim: &Claim, rules: &Rules, family: usize, sample: &Sample) -> Needed {
    let alpha = rules.alpha / family as f64;
    match &claim.asked {
        Asked::Gradients(_) => Needed::None,
        Asked::Printed {
            printed,
            max_half_width,
            quantity,
            ..
        } => {
            let half = |n, level| {
                let interval = Sample { n, ..*sample }.prediction(level);
                interval.map_or(f64::INFINITY, |(_, high)| high - sample.mean)
            };
            let apart = (printed - sample.mean).abs();
            let decides = |n| match () {
                () if apart > half(n, 1.0 - alpha) => Some(Verdict::NotReproduced),
                () if half(n, 0.95) <= *max_half_width => Some(Verdict::Reproduced),
                () => None,
            };
            let found = fewest(rules.most_seeds, |n| decides(n).is_some());
            match found.and_then(|n| Some((n, decides(n)?))) {
                Some((n, verdict)) => Needed::Seeds(n, verdict),
                None => {
                    let [half, limit] = [half(rules.most_seeds, 0.95), *max_half_width]
                        .map(|half| quantity.shown_difference(quantity.difference_at(half), None));
                    Needed::Undecidable(format!(
                        "the half-width of the prediction interval is {half}, the limit {limit}"
                    ))
                }
            }
        }
        Asked::Statement {
            hypotheses,
            quantity,
            ..
        } => {
            let effect = Effect {
                mean: sample.mean,
                sd: sample.sd.unwrap_or(f64::NAN),
            };
            let decided = hypotheses.iter().filter_map(|it| {
                let enough = |n| power(effect, n, alpha, it.question, it.range) >= rules.power;
                Some((fewest(rules.most_seeds, enough)?, it.shows))
            });
            match decided.min_by_key(|&(n, _)| n) {
                Some((n, verdict)) => Needed::Seeds(n, verdict),
                None => Needed::Undecidable(format!(
                    "the difference, {}, is too close to the ends of the ranges",
                    crate::claim::shown(*quantity, sample.mean)
                )),
            }
        }
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
