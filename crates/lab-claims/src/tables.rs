//! The rows of the tables of verdicts and tests.

use serde::{Deserialize, Serialize};

use crate::judgement::{Judged, Judgement};
use crate::verdict::Verdict;

/// A row of `claims.csv`, one for each claim that was judged. Numbers are on the scale of
/// [`Quantity::linear`](lab_results::stats::Quantity::linear): epochs and their ratios are logarithms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// The paper's section.
    pub section: String,
    /// The paper's statement.
    pub claim: String,
    /// The claim in numbers, as text.
    pub claimed: String,
    /// The number of seeds; empty for gradients.
    pub seeds: Option<usize>,
    /// The mean of the numbers, or of the differences seed by seed.
    pub mean: Option<f64>,
    /// The standard deviation of the numbers or differences.
    pub sd: Option<f64>,
    /// The lower end of the 95 % interval of the mean.
    pub low: Option<f64>,
    /// The upper end of the 95 % interval of the mean.
    pub high: Option<f64>,
    /// The lower end of the 95 % prediction interval of one more run, for a printed number.
    pub one_run_low: Option<f64>,
    /// The upper end of the 95 % prediction interval of one more run, for a printed number.
    pub one_run_high: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the difference is shown to be negligible, whatever the verdict.
    pub equivalent: bool,
}

/// A row of `tests.csv`, one for each test, on the scale of `claims.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TestRow {
    /// The claim.
    pub claim: String,
    /// The finding if the test is significant.
    pub shows: Verdict,
    /// The lower end of the range that is tested; empty for a printed number, or without an end.
    pub from: Option<f64>,
    /// The upper end of the range that is tested; empty for a printed number, or without an end.
    pub to: Option<f64>,
    /// The p-value by Student's t, or by Hotelling's T² for all numbers of an experiment together.
    pub p: f64,
    /// The p-value after Holm's correction; empty for printed numbers, which are not corrected.
    pub p_holm: Option<f64>,
    /// The p-value by sign flips.
    pub p_sign_flip: Option<f64>,
}

impl Judged {
    /// The rows of `claims.csv`.
    pub fn claim_rows(&self) -> Vec<ClaimRow> {
        self.judgements.iter().map(claim_row).collect()
    }

    /// The rows of `tests.csv`.
    pub fn test_rows(&self) -> Vec<TestRow> {
        self.judgements.iter().flat_map(test_rows).collect()
    }
}

fn claim_row(judgement: &Judgement) -> ClaimRow {
    let (claim, sample) = (&judgement.claim, judgement.sample);
    let (low, high) = sample.and_then(|it| it.interval(0.95)).unzip();
    let one_run = sample.filter(|_| claim.asked.is_printed());
    let (one_run_low, one_run_high) = one_run.and_then(|it| it.prediction(0.95)).unzip();
    ClaimRow {
        section: claim.section.clone(),
        claim: claim.text.clone(),
        claimed: claim.claimed.clone(),
        seeds: sample.map(|it| it.n),
        mean: sample.map(|it| it.mean),
        sd: sample.and_then(|it| it.sd),
        low,
        high,
        one_run_low,
        one_run_high,
        verdict: judgement.verdict,
        equivalent: judgement.is_equivalent,
    }
}

fn test_rows(judgement: &Judgement) -> impl Iterator<Item = TestRow> {
    let finite = |end: f64| end.is_finite().then_some(end);
    judgement.tests.iter().map(move |test| TestRow {
        claim: judgement.claim.text.clone(),
        shows: test.shows,
        from: test.range.and_then(|range| finite(range.0)),
        to: test.range.and_then(|range| finite(range.1)),
        p: test.p,
        p_holm: test.p_holm,
        p_sign_flip: test.p_sign_flip,
    })
}
