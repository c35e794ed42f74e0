//! The rows of the tables that a judgement is written to.

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// `claims.csv`: one row a claim. Differences of epochs are logarithms of ratios, and so are those of `tests.csv`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClaimRow {
    /// The paper's section.
    pub(crate) section: String,
    /// What it says.
    pub(crate) claim: String,
    /// As people write it.
    pub(crate) claimed: String,
    /// How many confirmatory seeds; empty where seeds have nothing to do with it.
    pub(crate) seeds: Option<usize>,
    /// The mean of their numbers or differences, on the linear scale.
    pub(crate) mean: Option<f64>,
    /// Their standard deviation.
    pub(crate) sd: Option<f64>,
    /// The 95 % interval of the mean.
    pub(crate) low: Option<f64>,
    /// Its other end.
    pub(crate) high: Option<f64>,
    /// Of a printed number: the 95 % prediction interval of one more run.
    pub(crate) one_run_low: Option<f64>,
    /// Its other end.
    pub(crate) one_run_high: Option<f64>,
    /// What follows.
    pub(crate) verdict: Verdict,
}

/// `tests.csv`: one row a test.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TestRow {
    /// The claim that it is about.
    pub(crate) claim: String,
    /// The verdict that it gives if it is significant.
    pub(crate) shows: Verdict,
    /// The range that the mean is shown to lie in, or outside of; empty for a printed number and where it has no end.
    pub(crate) from: Option<f64>,
    /// Its other end.
    pub(crate) to: Option<f64>,
    /// By Student's t.
    pub(crate) p: f64,
    /// After Holm's correction.
    pub(crate) p_holm: f64,
    /// By flipping signs.
    pub(crate) p_sign_flip: Option<f64>,
}
