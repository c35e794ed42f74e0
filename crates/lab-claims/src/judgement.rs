//! Every claim's tests, and what follows from them.

use anyhow::{Context, Result};
use lab_results::stats::Quantity;
use lab_results::suite::Suite;
use lab_results::tables::{GradcheckPart, GradcheckRow};

use crate::claim::{Asked, Claim, claims, family_size};
use crate::evidence::Runs;
use crate::planning::{Needed, needed};
use crate::rules::Rules;
use crate::statistics::{Moments, Question, Range, SignFlip, holm};
use crate::verdict::Verdict;

/// One test of a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The verdict that it would give.
    pub shows: Verdict,
    /// The range that it is about; `None` for a printed number, of which one more run is asked.
    pub range: Option<Range>,
    /// By Student's t.
    pub p: f64,
    /// After Holm's correction over its family; this one decides.
    pub p_holm: f64,
    /// By flipping signs, uncorrected.
    pub p_sign_flip: Option<f64>,
}

/// A claim and what was found.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The paper's section.
    pub section: String,
    /// What the paper says.
    pub claim: String,
    /// As people write it.
    pub claimed: String,
    /// What the numbers are of; `None` for gradients.
    pub quantity: Option<Quantity>,
    /// Whether it is a number that the paper printed.
    pub is_printed: bool,
    /// Of the confirmatory runs or their differences, on the scale of [`Quantity::linear`].
    pub moments: Option<Moments>,
    /// The numbers themselves, by seed.
    pub numbers: Vec<f64>,
    /// Its tests.
    pub tests: Vec<Tested>,
    /// What follows.
    pub verdict: Verdict,
    /// If it is undecided, what would decide it.
    pub needed: Option<Needed>,
}

impl Judgement {
    /// The mean and its 95 % interval, for people.
    pub fn measured(&self) -> String {
        let (Some(quantity), Some(moments)) = (self.quantity, self.moments) else {
            return "not a matter of seeds".to_owned();
        };
        let interval = moments.interval(0.95);
        let back = |x| quantity.difference_at(x);
        let mean = back(moments.mean);
        let interval = Some((back(interval.0), back(interval.1)));
        match self.is_printed {
            true => quantity.shown_mean(Some(mean), interval),
            false => quantity.shown_difference(mean, interval),
        }
    }
}

/// Tests every claim on the confirmatory runs, and on a gradient check, with which seeds have nothing to do.
///
/// # Errors
/// A claim that some run has no number for.
pub fn judge(
    rules: &Rules,
    suite: &Suite,
    runs: &Runs,
    gradients: &[GradcheckRow],
) -> Result<Vec<Judgement>> {
    let claims = claims(rules, suite);
    let mut judged = claims
        .iter()
        .map(|claim| untried(claim, runs))
        .collect::<Result<Vec<_>>>()?;
    for printed in [true, false] {
        let tests = || {
            judged
                .iter()
                .filter(|it| it.is_printed == printed)
                .flat_map(|it| &it.tests)
        };
        let p_values: Vec<f64> = tests().map(|test| test.p).collect();
        let mut corrected = holm(&p_values).into_iter();
        let family = judged.iter_mut().filter(|it| it.is_printed == printed);
        for test in family.flat_map(|it| &mut it.tests) {
            test.p_holm = corrected.next().unwrap_or(f64::NAN);
        }
    }
    for (claim, judgement) in claims.iter().zip(&mut judged) {
        judgement.verdict = verdict(claim, judgement, rules, gradients);
        if let (Verdict::Undecided, Some(moments)) = (judgement.verdict, &judgement.moments) {
            let family = family_size(&claims, &claim.asked);
            judgement.needed = Some(needed(claim, rules, family, moments));
        }
    }
    Ok(judged)
}

/// A claim's numbers and tests, before any correction.
fn untried(claim: &Claim, runs: &Runs) -> Result<Judgement> {
    let is_seeded = !matches!(claim.asked, Asked::Gradients(_));
    let numbers = claim.asked.numbers(runs);
    let moments = numbers.as_deref().and_then(Moments::of);
    if is_seeded {
        moments.with_context(|| format!("\"{}\": a run has no such number", claim.text))?;
    }
    let numbers = numbers.unwrap_or_default();
    let tests = moments.map_or_else(Vec::new, |moments| tests(&claim.asked, &moments, &numbers));
    Ok(Judgement {
        section: claim.section.clone(),
        claim: claim.text.clone(),
        claimed: claim.claimed.clone(),
        quantity: claim.asked.quantity(),
        is_printed: claim.asked.is_printed(),
        moments,
        numbers,
        tests,
        verdict: Verdict::Undecided,
        needed: None,
    })
}

fn tests(asked: &Asked, moments: &Moments, numbers: &[f64]) -> Vec<Tested> {
    match asked {
        Asked::Printed { printed, .. } => vec![Tested {
            shows: Verdict::NotReproduced,
            range: None,
            p: moments.p_another(*printed),
            p_holm: f64::NAN,
            p_sign_flip: None,
        }],
        Asked::Statement {
            contradicted: false,
            hypotheses,
            ..
        } => {
            let tests = hypotheses.iter().map(|it| {
                let flips = SignFlip(numbers);
                let (p, p_sign_flip) = match it.question {
                    Question::Inside => (moments.p_inside(it.range), flips.p_inside(it.range)),
                    Question::Outside => (moments.p_outside(it.range), flips.p_outside(it.range)),
                };
                Tested {
                    shows: it.shows,
                    range: Some(it.range),
                    p,
                    p_holm: f64::NAN,
                    p_sign_flip: Some(p_sign_flip),
                }
            });
            tests.collect()
        }
        Asked::Statement { .. } | Asked::Gradients(_) => Vec::new(),
    }
}

fn verdict(claim: &Claim, found: &Judgement, rules: &Rules, gradients: &[GradcheckRow]) -> Verdict {
    // Their order matters for a difference that is both shown and as good as none: it is shown.
    let shown = found.tests.iter().find(|test| test.p_holm < rules.alpha);
    match &claim.asked {
        Asked::Statement {
            contradicted: true, ..
        } => Verdict::Contradicted,
        Asked::Statement { .. } => shown.map_or(Verdict::Undecided, |test| test.shows),
        Asked::Printed { telling, .. } => {
            let half = found.moments.map(|it| it.prediction(0.95).1 - it.mean);
            match shown {
                Some(test) => test.shows,
                None if half.is_some_and(|half| half <= *telling) => Verdict::Reproduced,
                None => Verdict::Undecided,
            }
        }
        Asked::Gradients(limit) => of_gradients(gradients, *limit),
    }
}

fn of_gradients(rows: &[GradcheckRow], limit: f64) -> Verdict {
    let table = || rows.iter().filter(|row| row.part == GradcheckPart::Table1);
    if table().any(|row| row.paper_absolute.is_some_and(|papers| papers > limit)) {
        Verdict::Contradicted
    } else if table().next().is_none() {
        Verdict::Undecided
    } else if table().all(|row| row.absolute <= limit) {
        Verdict::Reproduced
    } else {
        Verdict::NotReproduced
    }
}
