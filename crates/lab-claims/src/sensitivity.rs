//! The verdicts under other margins, other readings and other test images: how far they rest on choices and on chance.

use lab_results::stats::{Quantity, Sample};
use lab_results::store::Images;
use lab_results::suite::Experiment;
use lab_results::tables::GradcheckRow;

use crate::claim::{Asked, Claim};
use crate::claims::claims;
use crate::evidence::{Runs, values};
use crate::judge::judge_claims;
use crate::judgement::Judged;
use crate::rules::Rules;

/// The verdicts on a claim under other assumptions, in words. `None` where the runs do not tell, or the assumption does not
/// matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The claim.
    pub claim: Claim,
    /// The verdict by the rules.
    pub verdict: String,
    /// The verdict with half of each margin.
    pub half: Option<String>,
    /// The verdict with twice each margin.
    pub double: Option<String>,
    /// For a difference of test accuracies, the verdict if the test images were drawn anew.
    pub images: Option<String>,
    /// The verdict under each reading that the rules name for this check.
    pub readings: Vec<Option<String>>,
}

/// The number of MNIST's test images.
const IMAGES: f64 = 10_000.0;

/// The verdicts under half and double each margin, with test images drawn anew, and under the readings that the rules name.
pub fn sensitivity(
    rules: &Rules,
    experiments: &[Experiment],
    runs: &Runs,
    gradients: &[GradcheckRow],
    images: Option<&Images>,
) -> Vec<Sensitivity> {
    let claims = claims(rules, experiments);
    let says = |judged: &Judged, claim: &Claim| {
        let mut all = judged.judgements.iter();
        let found = all.find(|it| it.claim.text == claim.text);
        found.map(|it| it.says())
    };
    let scaled = |factor| at(&claims, factor, rules, runs, gradients);
    let (own, half, double) = (scaled(1.0), scaled(0.5), scaled(2.0));
    let other_images = |claim: &Claim| {
        let columns = claim.asked.columns(runs)?;
        Ok(
            match images.and_then(|images| errors(&claim.asked, images, runs)) {
                Some(errors) => columns.into_iter().zip(errors).map(widened).collect(),
                None => columns,
            },
        )
    };
    let resampled = judge_claims(
        claims.clone(),
        rules.alpha,
        (runs, &other_images),
        gradients,
    );
    let readings = rules.sensitivity.iter().map(|reading| {
        let runs = runs.of_reading(reading, experiments);
        let columns = |claim: &Claim| claim.asked.columns(&runs);
        judge_claims(claims.clone(), rules.alpha, (&runs, &columns), &[])
    });
    let readings: Vec<Judged> = readings.collect();
    let each = claims.iter().filter_map(|claim| {
        let has_images = images.is_some_and(|images| errors(&claim.asked, images, runs).is_some());
        Some(Sensitivity {
            claim: claim.clone(),
            verdict: says(&own, claim)?,
            half: says(&half, claim),
            double: says(&double, claim),
            images: says(&resampled, claim).filter(|_| has_images),
            readings: readings.iter().map(|judged| says(judged, claim)).collect(),
        })
    });
    each.collect()
}

/// For each factor, the judgements with every margin multiplied by it.
pub fn over_margins(
    rules: &Rules,
    experiments: &[Experiment],
    runs: &Runs,
    gradients: &[GradcheckRow],
    factors: &[f64],
) -> Vec<Judged> {
    let claims = claims(rules, experiments);
    let each = factors.iter();
    each.map(|&factor| at(&claims, factor, rules, runs, gradients))
        .collect()
}

fn at(
    claims: &[Claim],
    factor: f64,
    rules: &Rules,
    runs: &Runs,
    gradients: &[GradcheckRow],
) -> Judged {
    let scaled = claims.iter().cloned().map(|claim| Claim {
        asked: Asked::with_margins(claim.asked, factor),
        ..claim
    });
    let columns = |claim: &Claim| claim.asked.columns(runs);
    judge_claims(scaled.collect(), rules.alpha, (runs, &columns), gradients)
}

/// The standard error of each mean difference of test accuracies that comes from the choice of the test images: that of the
/// mean over images of the difference between the shares of runs that classify an image correctly.
fn errors(asked: &Asked, images: &Images, runs: &Runs) -> Option<Vec<f64>> {
    let Asked::Statement {
        experiment,
        others,
        quantity: Quantity::TestAccuracy,
        ..
    } = asked
    else {
        return None;
    };
    let share = |id: &str, count: u32| f64::from(count) / runs.of(id).len() as f64;
    let each = others.iter().map(|other| {
        let counts = images.of([experiment, other])?;
        let apart = counts
            .iter()
            .map(|[a, b]| share(other, *b) - share(experiment, *a));
        let mean = apart.clone().sum::<f64>() / IMAGES;
        let squares = apart.map(|x| x * x).sum::<f64>() / IMAGES;
        Some(((squares - mean * mean) / (IMAGES - 1.0)).sqrt())
    });
    let errors: Option<Vec<f64>> = each.collect();
    errors.filter(|errors| !errors.is_empty())
}

/// Numbers with the same mean whose standard error also has the error of the images.
fn widened((numbers, of_images): (Vec<(u64, f64)>, f64)) -> Vec<(u64, f64)> {
    let sample = Sample::of(&values(&numbers));
    let error = sample.and_then(|it| Some((it, it.standard_error().filter(|own| *own > 0.0)?)));
    let Some((sample, own)) = error else {
        return numbers;
    };
    let factor = own.hypot(of_images) / own;
    let widened = |x| sample.mean + factor * (x - sample.mean);
    let numbers = numbers.into_iter();
    numbers.map(|(seed, x)| (seed, widened(x))).collect()
}
