//! The name of every file of a suite's results.

/// The suite's experiments and rules.
pub const SUITE: &str = "suite.json";
/// The table with one row for each run.
pub const RUNS: &str = "runs.csv";
/// The table with one row for each experiment.
pub const SUMMARY: &str = "summary.csv";
/// The SHA-256 and name of every file of every run, in the format of `sha256sum`.
pub const SHA256SUMS: &str = "SHA256SUMS";
/// Derivatives by backpropagation and by central differences.
pub const GRADCHECK: &str = "gradcheck.csv";

/// A run's record. It is written last: if it exists, the run is complete.
pub const RUN: &str = "run.json";
/// The table with one row for each epoch.
pub const METRICS: &str = "metrics.csv";
/// The time of each epoch in seconds; the only file of a run that differs when the run is repeated.
pub const TIMINGS: &str = "timings.csv";
/// The table with one row for each step, if requested.
pub const STEPS: &str = "steps.csv";
/// The initial weights of a run, if requested.
pub const INIT: &str = "init.safetensors";
/// The trained weights.
pub const MODEL: &str = "model.safetensors";
/// The number of test images for each label and predicted class.
pub const CONFUSION: &str = "confusion.csv";
/// The test images that were classified wrongly.
pub const MISTAKES: &str = "mistakes.csv";
/// The test images that the runs of a suite misclassify.
pub const IMAGES: &str = "images.csv";
/// The files of a run whose SHA-256 is in [`RUN`].
pub const RUN_FILES: [&str; 6] = [METRICS, STEPS, INIT, MODEL, CONFUSION, MISTAKES];
/// The checkpoints of an unfinished run, newest first.
pub const CHECKPOINTS: [&str; 2] = ["checkpoint.safetensors", "checkpoint-before.safetensors"];

/// The report.
pub const REPORT: &str = "REPORT.md";
/// The report as an interactive page, with models to try.
pub const INTERACTIVE_REPORT: &str = "report.html";
/// The data set for training in the interactive page, as a script. Git ignores this file.
pub const TRAINING_DATA: &str = "mnist.js";
/// The table with one row for each claim.
pub const CLAIMS: &str = "claims.csv";
/// The table with one row for each test of a claim.
pub const TESTS: &str = "tests.csv";
/// The verdicts under other margins, readings and test images.
pub const SENSITIVITY: &str = "sensitivity.csv";
/// The distance of each combination from the paper's numbers.
pub const FITS: &str = "fits.csv";
/// The share of the variance that each choice explains.
pub const EXPLAINED: &str = "explained.csv";
/// The kind of the report, and its files.
pub const REPORT_RECORD: &str = "report.json";
/// The folder of the report's figures.
pub const FIGURES: &str = "figures";

/// Files beside the folders of a suite's experiments.
pub(crate) const SUITE_FILES: [&str; 15] = [
    PLAN,
    SUITE,
    RUNS,
    IMAGES,
    SUMMARY,
    SHA256SUMS,
    GRADCHECK,
    REPORT,
    INTERACTIVE_REPORT,
    TRAINING_DATA,
    CLAIMS,
    TESTS,
    SENSITIVITY,
    CONFUSION,
    REPORT_RECORD,
];

/// The combinations of choices to run.
pub const COMBINATIONS: &str = "multiverse.json";
/// The table with one row for each combination, experiment and seed.
pub const READINGS: &str = "readings.csv";

/// The runs of a sweep and the number of its parts.
pub const PLAN: &str = "plan.json";
/// The folder of the parts.
pub const PARTS: &str = "parts";
/// The folder of job scripts and of the output of tasks.
pub const SUBMIT: &str = "submit";
