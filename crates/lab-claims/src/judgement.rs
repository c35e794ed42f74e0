//! The tests of every claim, and the verdicts that follow.

use lab_results::stats::Sample;
use lab_results::suite::Experiment;
use lab_results::tables::{GradcheckPart, GradcheckRow};

use crate::claim::{Asked, Claim, claims, family_size};
use crate::evidence::Runs;
use crate::planning::{Needed, needed};
use crate::rules::Rules;
use crate::statistics::{Question, Range, SignFlip, TTest, holm};
use crate::verdict::Verdict;

/// The judgements on a paper's claims.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The claims that were judged: printed numbers by experiment, then statements.
    pub judgements: Vec<Judgement>,
    /// The claims about experiments or gradients that were not run.
    pub not_run: Vec<Claim>,
}

/// A claim and its verdict.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The claim.
    pub claim: Claim,
    /// The numbers of the runs, or the differences, by seed, on the scale of
    /// [`Quantity::linear`](lab_results::stats::Quantity::linear); empty for gradients.
    pub numbers: Vec<(u64, f64)>,
    /// The mean and spread of the numbers; `None` for gradients, or if a run has no such number.
    pub sample: Option<Sample>,
    /// The comparison with the paper's table of gradients, for a claim about it.
    pub gradients: Option<Gradients>,
    /// The tests, in the order in which they decide.
    pub tests: Vec<Tested>,
    /// The verdict.
    pub verdict: Verdict,
    /// For an undecided claim, the evidence that would decide it.
    pub needed: Option<Needed>,
}

/// One test of a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The verdict that follows if the test is significant.
    pub shows: Verdict,
    /// The range that is tested; `None` for a printed number.
    pub range: Option<Range>,
    /// The p-value by Student's t.
    pub p: f64,
    /// The p-value after Holm's correction over the family of tests, which decides.
    pub p_holm: f64,
    /// The p-value by sign flips, uncorrected; it affects no verdict.
    pub p_sign_flip: Option<f64>,
}

/// The differences between backpropagation and central differences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradients {
    /// Our largest difference.
    pub largest: f64,
    /// The number of printed differences above the limit.
    pub printed_above: usize,
    /// The number of weights compared.
    pub weights: usize,
}

impl Judgement {
    /// The mean and the 95 % interval of the mean, as text.
    pub fn measured(&self) -> String {
        if let Some(gradients) = self.gradients {
            return format!("at most {:.1e}", gradients.largest);
        }
        let (Some(quantity), Some(sample)) = (self.claim.asked.quantity(), self.sample) else {
            return "–".to_owned();
        };
        let (mean, interval) = quantity.mean_and_interval(Some(sample));
        match self.claim.asked.is_printed() {
            true => quantity.shown_mean(mean, interval),
            false => quantity.shown_difference(mean.unwrap_or(f64::NAN), interval),
        }
    }

    /// The 95 % prediction interval of one more run, as text; `None` if the paper printed no number.
    pub fn one_run(&self) -> Option<String> {
        let quantity = self.claim.asked.quantity()?;
        let range = self.sample?.prediction(0.95)?;
        let is_printed = self.claim.asked.is_printed();
        is_printed.then(|| quantity.shown_range(quantity.range_at(range)))
    }
}

impl Judged {
    /// The headline: the number of claims, and how many got each verdict.
    pub fn tally(&self) -> String {
        let counts = Verdict::ALL.map(|verdict| {
            let with = self.judgements.iter().filter(|it| it.verdict == verdict);
            (with.count(), verdict.to_string())
        });
        let counts = counts.into_iter();
        let counts = counts.chain([(self.not_run.len(), "not run".to_owned())]);
        let counts = counts.filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        match self.judgements.len() + self.not_run.len() {
            1 => format!("1 claim: {}", counts.join(", ")),
            all => format!("{all} claims: {}", counts.join(", ")),
        }
    }
}

/// Judges the claims about these experiments by their runs and by a gradient check, which does not depend on seeds.
pub fn judge(
    rules: &Rules,
    experiments: &[Experiment],
    runs: &Runs,
    gradients: &[GradcheckRow],
) -> Judged {
    let table = gradients.iter();
    let table: Vec<_> = table
        .filter(|row| row.part == GradcheckPart::Table1)
        .collect();
    let was_run = |claim: &Claim| match claim.asked {
        Asked::Gradients(_) => !table.is_empty(),
        _ => {
            let mut ids = claim.asked.experiments().into_iter();
            ids.all(|id| !runs.of(id).is_empty())
        }
    };
    let claims = claims(rules, experiments).into_iter();
    let (run, not_run): (Vec<_>, Vec<_>) = claims.partition(was_run);
    let judgements = run.into_iter().map(|claim| tested(claim, runs, &table));
    let mut judgements: Vec<Judgement> = judgements.collect();
    for printed in [true, false] {
        let family = |it: &&mut Judgement| it.claim.asked.is_printed() == printed;
        let tests = judgements.iter_mut().filter(family);
        let mut tests: Vec<&mut Tested> = tests.flat_map(|it| &mut it.tests).collect();
        let p_values: Vec<f64> = tests.iter().map(|test| test.p).collect();
        for (test, corrected) in tests.iter_mut().zip(holm(&p_values)) {
            test.p_holm = corrected;
        }
    }
    let sizes: Vec<usize> = judgements
        .iter()
        .map(|it| family_size(judgements.iter().map(|it| &it.claim), &it.claim.asked))
        .collect();
    for (judgement, family) in judgements.iter_mut().zip(sizes) {
        judgement.verdict = verdict(judgement, rules.alpha);
        if judgement.verdict == Verdict::Undecided && judgement.needed.is_none() {
            let sample = judgement.sample.filter(|sample| sample.sd.is_some());
            judgement.needed = Some(match sample {
                Some(sample) => needed(&judgement.claim, rules, family, &sample),
                None => Needed::SecondSeed,
            });
        }
    }
    Judged {
        judgements,
        not_run,
    }
}

/// A claim's numbers and tests, before any correction.
fn tested(claim: Claim, runs: &Runs, table: &[&GradcheckRow]) -> Judgement {
    let (numbers, needed) = match claim.asked.numbers(runs) {
        Ok(numbers) => (numbers, None),
        Err(seed) => (Vec::new(), Some(Needed::Number(seed))),
    };
    let values: Vec<f64> = numbers.iter().map(|&(_, number)| number).collect();
    let sample = Sample::of(&values);
    let enough = sample.filter(|sample| sample.sd.is_some());
    let gradients = match claim.asked {
        Asked::Gradients(limit) => Some(Gradients {
            largest: table.iter().map(|row| row.absolute).fold(0.0, f64::max),
            printed_above: table
                .iter()
                .filter(|row| row.paper_absolute > Some(limit))
                .count(),
            weights: table.len(),
        }),
        _ => None,
    };
    Judgement {
        tests: enough.map_or_else(Vec::new, |sample| tests(&claim.asked, &sample, &values)),
        claim,
        numbers,
        sample,
        gradients,
        verdict: Verdict::Undecided,
        needed,
    }
}

fn tests(asked: &Asked, sample: &Sample, numbers: &[f64]) -> Vec<Tested> {
    match asked {
        Asked::Printed { printed, .. } => vec![Tested {
            shows: Verdict::NotReproduced,
            range: None,
            p: TTest(sample).p_another(*printed),
            p_holm: f64::NAN,
            p_sign_flip: None,
        }],
        Asked::Statement { hypotheses, .. } if !asked.is_contradicted() => {
            let tests = hypotheses.iter().map(|it| {
                let (t, flips) = (TTest(sample), SignFlip(numbers));
                let (p, p_sign_flip) = match it.question {
                    Question::Inside => (t.p_inside(it.range), flips.p_inside(it.range)),
                    Question::Outside => (t.p_outside(it.range), flips.p_outside(it.range)),
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

fn verdict(found: &Judgement, alpha: f64) -> Verdict {
    // A difference can be both significant and negligible: the first significant test decides.
    let shown = found.tests.iter().find(|test| test.p_holm < alpha);
    match &found.claim.asked {
        asked if asked.is_contradicted() => Verdict::Contradicted,
        Asked::Statement { .. } => shown.map_or(Verdict::Undecided, |test| test.shows),
        Asked::Printed { max_half_width, .. } => {
            let sample = found.sample;
            let half = sample.and_then(|it| Some(it.prediction(0.95)?.1 - it.mean));
            match shown {
                Some(test) => test.shows,
                None if half.is_some_and(|half| half <= *max_half_width) => Verdict::Reproduced,
                None => Verdict::Undecided,
            }
        }
        Asked::Gradients(limit) => match found.gradients {
            Some(found) if found.printed_above > 0 => Verdict::Contradicted,
            Some(found) if found.largest <= *limit => Verdict::Reproduced,
            Some(_) => Verdict::NotReproduced,
            None => Verdict::Undecided,
        },
    }
}
