//! How many fresh seeds each claim needs.

use anyhow::{Context, Result};
use lab_results::suite::Suite;

use crate::claim::{Asked, Claim, claims, family_size};
use crate::evidence::Runs;
use crate::rules::Rules;
use crate::statistics::{Effect, Moments, power};
use crate::verdict::Verdict;

/// What exploratory runs say of a claim's cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The paper's section.
    pub section: String,
    /// What the paper says.
    pub claim: String,
    /// How many seeds decide it, supposing that fresh runs are distributed as the exploratory ones are.
    pub needed: Needed,
}

/// How many seeds decide a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Needed {
    /// So many, and how it is then judged most likely.
    Seeds(usize, Verdict),
    /// Not even the most that the rules think of; why.
    Undecidable(String),
    /// None: no seed has anything to do with it.
    None,
}

/// Says of every claim how many seeds decide it with the rules' power. Tests are held to α divided by the size of
/// their family, which is what Holm's correction asks at worst.
///
/// # Errors
/// A claim that some run has no number for.
pub fn plan(rules: &Rules, suite: &Suite, exploratory: &Runs) -> Result<Vec<Planned>> {
    let claims = claims(rules, suite);
    let planned = claims.iter().map(|claim| {
        let family = family_size(&claims, &claim.asked);
        Ok(Planned {
            section: claim.section.clone(),
            claim: claim.text.clone(),
            needed: match claim.asked.tests() {
                0 => Needed::None,
                _ => needed(claim, rules, family, &moments(claim, exploratory)?),
            },
        })
    });
    planned.collect()
}

/// What a claim's numbers come to.
///
/// # Errors
/// A run that has no such number.
pub(crate) fn moments(claim: &Claim, runs: &Runs) -> Result<Moments> {
    let numbers = claim.asked.numbers(runs);
    let moments = numbers.and_then(|numbers| Moments::of(&numbers));
    moments.with_context(|| {
        format!(
            "\"{}\": a run has no such number, or all are the same",
            claim.text
        )
    })
}

/// The fewest seeds that decide a claim, supposing that runs are distributed with these moments.
pub(crate) fn needed(claim: &Claim, rules: &Rules, family: usize, moments: &Moments) -> Needed {
    let alpha = rules.alpha / family as f64;
    match &claim.asked {
        Asked::Gradients(_) => Needed::None,
        Asked::Printed {
            printed,
            telling,
            quantity,
            ..
        } => {
            let at = |n| Moments { n, ..*moments };
            let half = |n, level| (at(n).prediction(level).1) - moments.mean;
            let apart = (printed - moments.mean).abs();
            let decides = |n| match () {
                () if apart > half(n, 1.0 - alpha) => Some(Verdict::NotReproduced),
                () if half(n, 0.95) <= *telling => Some(Verdict::Reproduced),
                () => None,
            };
            let found = fewest(rules.most_seeds, |n| decides(n).is_some());
            match found.and_then(|n| Some((n, decides(n)?))) {
                Some((n, verdict)) => Needed::Seeds(n, verdict),
                None => {
                    let spread = quantity.difference_at(half(rules.most_seeds, 0.95));
                    let [spread, telling] = [spread, quantity.difference_at(*telling)]
                        .map(|half| quantity.shown_difference(half, None));
                    let by = if quantity.is_geometric() {
                        "a factor of "
                    } else {
                        "± "
                    };
                    Needed::Undecidable(format!(
                        "single runs spread by {by}{spread}, and more than {telling} says nothing"
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
                mean: moments.mean,
                sd: moments.sd,
            };
            let decided = hypotheses.iter().filter_map(|it| {
                let enough = |n| power(effect, n, alpha, it.question, it.range) >= rules.power;
                Some((fewest(rules.most_seeds, enough)?, it.shows))
            });
            match decided.min_by_key(|&(n, _)| n) {
                Some((n, verdict)) => Needed::Seeds(n, verdict),
                None => Needed::Undecidable(format!(
                    "the difference, {}, is too near to the ends of the ranges",
                    crate::claim::shown(*quantity, moments.mean)
                )),
            }
        }
    }
}

/// The least number from 2 on that is enough, if more are never worse.
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
