//! The name of every file of a suite's results.

/// What was to be run: the suite's experiments and claims.
pub const SUITE: &str = "suite.json";
/// One row a run.
pub const RUNS: &str = "runs.csv";
/// One row an experiment.
pub const SUMMARY: &str = "summary.csv";
/// SHA-256 and name of every file of every run, in the form of `sha256sum`.
pub const SHA256SUMS: &str = "SHA256SUMS";
/// Backpropagation beside central differences.
pub const GRADCHECK: &str = "gradcheck.csv";

/// A run's record, written last: where it is, the run is whole.
pub const RUN: &str = "run.json";
/// One row an epoch.
pub const METRICS: &str = "metrics.csv";
/// Seconds an epoch took; the only file of a run that differs from run to run.
pub const TIMINGS: &str = "timings.csv";
/// One row a step, if asked for.
pub const STEPS: &str = "steps.csv";
/// The weights that a run started from, if asked for.
pub const INIT: &str = "init.safetensors";
/// The weights that a run returns.
pub const MODEL: &str = "model.safetensors";
/// Label against prediction on the test set.
pub const CONFUSION: &str = "confusion.csv";
/// The test images that were classified wrongly.
pub const MISTAKES: &str = "mistakes.csv";
/// Files whose SHA-256 is in [`RUN`], where the run has them.
pub const RUN_FILES: [&str; 6] = [METRICS, STEPS, INIT, MODEL, CONFUSION, MISTAKES];
/// A run between two steps, newest first; only while it is under way.
pub const CHECKPOINTS: [&str; 2] = ["checkpoint.safetensors", "checkpoint-before.safetensors"];

/// The report.
pub const REPORT: &str = "REPORT.md";
/// The same as a page to explore, with models to try.
pub const INTERACTIVE_REPORT: &str = "report.html";
/// One row per claim.
pub const CLAIMS: &str = "claims.csv";
/// One row per test of a claim.
pub const TESTS: &str = "tests.csv";
/// The distance of each combination from the paper's numbers.
pub const FITS: &str = "fits.csv";
/// How much of the variance each choice explains.
pub const EXPLAINED: &str = "explained.csv";
/// The kind of the report, and its files.
pub const REPORT_RECORD: &str = "report.json";
/// The folder of the report's figures.
pub const FIGURES: &str = "figures";

/// Files beside the folders of a suite's experiments.
pub const SUITE_FILES: [&str; 12] = [
    PLAN,
    SUITE,
    RUNS,
    SUMMARY,
    SHA256SUMS,
    GRADCHECK,
    REPORT,
    INTERACTIVE_REPORT,
    CLAIMS,
    TESTS,
    CONFUSION,
    REPORT_RECORD,
];

/// Every combination of choices that was to be run.
pub const COMBINATIONS: &str = "multiverse.json";
/// One row for each combination, experiment and seed.
pub const READINGS: &str = "readings.csv";

/// What there is to run, and in how many parts; only where there are parts.
pub const PLAN: &str = "plan.json";
/// The folder of the parts.
pub const PARTS: &str = "parts";
/// The folder of a scheduler's scripts and of what its tasks say.
pub const SUBMIT: &str = "submit";
