//! The tests of every claim, and the verdicts that follow.

use lab_results::stats::{Quantity, Sample};
use lab_results::suite::Experiment;
use lab_results::tables::{GradcheckPart, GradcheckRow};

use crate::claim::{Asked, Claim, PrintedNumber};
use crate::claims::claims;
use crate::evidence::{Runs, rows, values};
use crate::judgement::{Gradients, Judged, Judgement, Tested};
use crate::planning::{Needed, needed};
use crate::rules::Rules;
use crate::statistics::{Joint, Question, Range, SignFlip, TTest, holm, to_end};
use crate::verdict::Verdict;

/// Judges the claims about these experiments by their runs and by a gradient check, which does not depend on seeds.
pub fn judge(
    rules: &Rules,
    experiments: &[Experiment],
    runs: &Runs,
    gradients: &[GradcheckRow],
) -> Judged {
    let claims = claims(rules, experiments);
    let columns = |claim: &Claim| claim.asked.columns(runs);
    let mut judged = judge_claims(claims.clone(), rules.alpha, (runs, &columns), gradients);
    for judgement in &mut judged.judgements {
        if let Asked::Statement { hypotheses, .. } = &judgement.claim.asked {
            let columns = judgement.claim.asked.columns(runs).unwrap_or_default();
            for test in &mut judgement.tests {
                let hypothesis = hypotheses.iter().find(|it| it.shows == test.shows);
                test.p_sign_flip = hypothesis.map(|it| {
                    over(&columns, it.question, |numbers| match it.question {
                        Question::Inside => SignFlip(numbers).p_inside(it.range),
                        Question::Outside => SignFlip(numbers).p_outside(it.range),
                    })
                });
            }
        }
        if judgement.verdict == Verdict::Undecided && judgement.needed.is_none() {
            judgement.needed = Some(needed(&judgement.claim, &claims, rules, runs));
        }
    }
    judged
}

/// The findings that tests of statements can show. The first one that is shown is the verdict.
const FINDINGS: [Verdict; 3] = [
    Verdict::Reproduced,
    Verdict::NotReproduced,
    Verdict::Equivalent,
];

/// The columns of numbers of a claim, or the first seed whose run has no such number.
pub(crate) type Columns<'a> = &'a dyn Fn(&Claim) -> Result<Vec<Vec<(u64, f64)>>, u64>;

/// The verdicts on some claims, without the numbers that affect no verdict.
pub(crate) fn judge_claims(
    claims: Vec<Claim>,
    alpha: f64,
    (runs, columns): (&Runs, Columns<'_>),
    gradients: &[GradcheckRow],
) -> Judged {
    let was_run = |claim: &Claim| match claim.asked {
        Asked::Gradients(_) | Asked::GradientOrder(_) => !gradients.is_empty(),
        _ => runs.have(&claim.asked.experiments()),
    };
    let (run, not_run): (Vec<_>, Vec<_>) = claims.into_iter().partition(was_run);
    let judgements = run
        .into_iter()
        .map(|claim| tested(claim, columns, gradients));
    let mut judgements: Vec<Judgement> = judgements.collect();
    // A correction over all tests would let the tests of one kind of finding decide those of another.
    for finding in FINDINGS {
        let tests = judgements.iter_mut().flat_map(|it| &mut it.tests);
        let tests = tests.filter(|it| it.range.is_some() && it.shows == finding);
        let mut tests: Vec<&mut Tested> = tests.collect();
        let p_values: Vec<f64> = tests.iter().map(|test| test.p).collect();
        for (test, corrected) in tests.iter_mut().zip(holm(&p_values)) {
            test.p_holm = Some(corrected);
        }
    }
    for judgement in &mut judgements {
        judgement.verdict = verdict(judgement, alpha, runs);
        judgement.is_equivalent = is_shown(judgement, Verdict::Equivalent, alpha);
    }
    Judged {
        judgements,
        not_run,
    }
}

impl Gradients {
    /// The comparison with the paper's table of gradients, where `limit` is claimed.
    fn of(rows: &[GradcheckRow], limit: f64) -> Self {
        let of_part = |part| rows.iter().filter(move |row| row.part == part);
        let table = || of_part(GradcheckPart::Table1);
        let largest_at = |epsilon: f64| {
            let at = of_part(GradcheckPart::Epsilon).chain(table());
            let at = at
                .filter(|row| row.epsilon == epsilon)
                .map(|row| row.absolute);
            at.fold(None, |most: Option<f64>, it| {
                Some(most.map_or(it, |most| most.max(it)))
            })
        };
        let (coarse, fine) = ORDER_BETWEEN;
        let order = largest_at(coarse).zip(largest_at(fine));
        let order =
            order.map(|(at_coarse, at_fine)| (at_coarse / at_fine).ln() / (coarse / fine).ln());
        Self {
            largest: table().map(|row| row.absolute).fold(0.0, f64::max),
            printed_above: table()
                .filter(|row| row.paper_absolute > Some(limit))
                .count(),
            weights: table().count(),
            order: order.filter(|it| it.is_finite()),
        }
    }
}

/// The ε between which the order of a difference is measured: small enough for its leading term, large enough that
/// rounding errors do not count.
const ORDER_BETWEEN: (f64, f64) = (1e-2, 1e-3);

/// The largest deviation of an order from the claimed power.
const ORDER_WITHIN: f64 = 0.2;

/// A claim's numbers and tests, before any correction.
fn tested(claim: Claim, columns: Columns<'_>, gradients: &[GradcheckRow]) -> Judgement {
    let (columns, needed) = match columns(&claim) {
        Ok(columns) => (columns, None),
        Err(seed) => (Vec::new(), Some(Needed::Number(seed))),
    };
    let tests = tests(&claim.asked, &columns);
    let numbers = match &claim.asked {
        Asked::Line { .. } => Vec::new(),
        Asked::Statement { range, .. } => hardest(columns, *range),
        _ => columns.into_iter().next().unwrap_or_default(),
    };
    let gradients = match claim.asked {
        Asked::Gradients(limit) => Some(Gradients::of(gradients, limit)),
        Asked::GradientOrder(_) => Some(Gradients::of(gradients, f64::INFINITY)),
        _ => None,
    };
    Judgement {
        tests,
        sample: Sample::of(&values(&numbers)),
        numbers,
        gradients,
        claim,
        verdict: Verdict::Undecided,
        is_equivalent: false,
        needed,
    }
}

/// The column whose mean is the nearest to an end of the range, or the farthest outside.
fn hardest(columns: Vec<Vec<(u64, f64)>>, range: Range) -> Vec<(u64, f64)> {
    let distance = |numbers: &Vec<(u64, f64)>| {
        let sample = Sample::of(&values(numbers));
        sample.map_or(f64::NAN, |it| to_end(it.mean, range))
    };
    let hardest = columns
        .into_iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)));
    hardest.unwrap_or_default()
}

/// The p-value of a claim about every column: the largest shows that all are inside, and the smallest, corrected for the
/// number of columns, that one is outside.
fn over(columns: &[Vec<(u64, f64)>], question: Question, p: impl Fn(&[f64]) -> f64) -> f64 {
    let p_values = columns.iter().map(|numbers| p(&values(numbers)));
    match question {
        Question::Inside => p_values.fold(0.0, f64::max),
        Question::Outside => {
            let least = p_values.fold(1.0, f64::min);
            (columns.len() as f64 * least).min(1.0)
        }
    }
}

/// The tests of a claim; none with fewer than two seeds, or if the paper's own numbers contradict the claim.
fn tests(asked: &Asked, columns: &[Vec<(u64, f64)>]) -> Vec<Tested> {
    let samples: Option<Vec<Sample>> = columns.iter().map(|it| Sample::of(&values(it))).collect();
    let samples = samples.filter(|all| !all.is_empty() && all.iter().all(|it| it.sd.is_some()));
    let Some(samples) = samples else {
        return Vec::new();
    };
    let printed = |p| {
        vec![Tested {
            shows: Verdict::NotReproduced,
            range: None,
            p,
            p_holm: None,
            p_sign_flip: None,
        }]
    };
    match asked {
        Asked::Printed { number, .. } => printed(TTest(&samples[0]).p_another(number.printed)),
        Asked::Line { numbers, .. } => {
            let row: Vec<f64> = numbers.iter().map(|it| it.printed).collect();
            printed(Joint(&rows(columns)).p_another(&row))
        }
        Asked::Statement { hypotheses, .. } if !asked.is_contradicted() => {
            let tests = hypotheses.iter().map(|it| Tested {
                shows: it.shows,
                range: Some(it.range),
                p: over(columns, it.question, |numbers| {
                    let sample = Sample::of(numbers);
                    sample.map_or(f64::NAN, |sample| match it.question {
                        Question::Inside => TTest(&sample).p_inside(it.range),
                        Question::Outside => TTest(&sample).p_outside(it.range),
                    })
                }),
                p_holm: None,
                p_sign_flip: None,
            });
            tests.collect()
        }
        Asked::Statement { .. } | Asked::Gradients(_) | Asked::GradientOrder(_) => Vec::new(),
    }
}

/// Whether a test shows the finding.
fn is_shown(found: &Judgement, finding: Verdict, alpha: f64) -> bool {
    let mut tests = found.tests.iter().filter(|test| test.shows == finding);
    tests.any(|test| test.decisive() < alpha)
}

fn verdict(found: &Judgement, alpha: f64, runs: &Runs) -> Verdict {
    match &found.claim.asked {
        asked if asked.is_contradicted() => Verdict::Contradicted,
        Asked::Statement { .. } => {
            let mut findings = FINDINGS.into_iter();
            let shown = findings.find(|it| is_shown(found, *it, alpha));
            shown.unwrap_or(Verdict::Undecided)
        }
        Asked::Printed {
            experiments,
            number,
        } => of_printed(rejects(found, alpha), experiments, &[*number], runs),
        Asked::Line {
            experiment,
            numbers,
        } => {
            let experiments = std::slice::from_ref(experiment);
            of_printed(rejects(found, alpha), experiments, numbers, runs)
        }
        Asked::Gradients(limit) => match found.gradients {
            Some(found) if found.printed_above > 0 => Verdict::Contradicted,
            Some(found) if found.largest <= *limit => Verdict::Reproduced,
            Some(_) => Verdict::NotReproduced,
            None => Verdict::Undecided,
        },
        Asked::GradientOrder(power) => match found.gradients.and_then(|it| it.order) {
            Some(order) if (order - power).abs() <= ORDER_WITHIN => Verdict::Reproduced,
            Some(_) => Verdict::NotReproduced,
            None => Verdict::Undecided,
        },
    }
}

/// Whether the test of printed numbers rejects them; `None` if there is no such test.
fn rejects(found: &Judgement, alpha: f64) -> Option<bool> {
    let p = found.tests.first()?.p;
    (!p.is_nan()).then_some(p < alpha)
}

/// The verdict on printed numbers: if they are rejected, whether ours are better in each quantity that has a better side;
/// if not, whether single runs spread so little that this says something.
fn of_printed(
    is_rejected: Option<bool>,
    experiments: &[String],
    numbers: &[PrintedNumber],
    runs: &Runs,
) -> Verdict {
    let samples = numbers.iter().map(|it| {
        let ours = runs.means(experiments, it.quantity).ok()?;
        Sample::of(&values(&ours)).map(|sample| (it, sample))
    });
    let Some(samples) = samples.collect::<Option<Vec<_>>>() else {
        return Verdict::Undecided;
    };
    let better = samples.iter().filter_map(|(it, sample)| match it.quantity {
        Quantity::TestAccuracy => Some(sample.mean > it.printed),
        Quantity::TestLoss => Some(sample.mean < it.printed),
        _ => None,
    });
    let better: Vec<bool> = better.collect();
    let tells = |(it, sample): &(&PrintedNumber, Sample)| {
        let prediction = sample.prediction(0.95);
        prediction.is_some_and(|(_, high)| high - sample.mean <= it.max_half_width)
    };
    match is_rejected {
        None => Verdict::Undecided,
        Some(true) if !better.is_empty() && better.iter().all(|it| *it) => Verdict::Better,
        Some(true) => Verdict::NotReproduced,
        Some(false) if samples.iter().all(tells) => Verdict::Reproduced,
        Some(false) => Verdict::Undecided,
    }
}
