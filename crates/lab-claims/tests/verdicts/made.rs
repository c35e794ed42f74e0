//! A made-up suite, made-up rules and made-up runs.

use lab_claims::Rules;
use lab_results::store::SuiteRecord;
use lab_results::suite::{BuiltIn, Experiment, Suite};
use lab_results::tables::RunRow;

pub(crate) const SUITE: &str = r#"
title = "Two"
[defaults]
lr = 0.1
hidden = [8]
activation = "tanh"
init = "lecun-normal"
batch-size = 128
epochs = 100
patience = 3
stopping = "consecutive"
momentum = 0.9
l1 = 0.0
l2 = 0.0
penalty-biases = false
penalty-place = "gradient"
penalty-sign = "plus"
normalize = "per-image"
split = "random"
validation = 0.2
shuffle = true
precision = "f32"
input = "auto"
weights = "best"
[[experiment]]
id = "plain"
settings = {}
title = "Plain"
section = "1"
paper = { stop-epoch = 20, test-accuracy = 0.97, test-loss = 0.1 }
[[experiment]]
id = "other"
settings = {}
title = "Other"
paper = { test-accuracy = 0.975 }
"#;

pub(crate) const RULES: &str = r#"
exploratory = [0, 4]
seeds = 8
alpha = 0.05
power = 0.9
most-seeds = 100

[[printed]]
quantity = "test-accuracy"
telling = 0.01
reason = "a point"

[[printed]]
quantity = "stop-epoch"
telling = 2.0
reason = "a factor of two"

[[statement]]
section = "1"
text = "Gradients agree"
test = { gradients-within = 1e-4 }

[[statement]]
section = "2"
text = "Other is better"
test = { compare = { experiment = "other", has = "more", quantity = "test-accuracy", than = ["plain"] } }
equivalent-within = 0.002
reason = "20 images are less"

[[statement]]
section = "2"
text = "Other stops when plain does"
test = { alike = { experiment = "other", and = "plain", quantity = "stop-epoch", margin = 1.5 } }
"#;

/// The differences of the seeds from the mean; their sum is 0.
pub(crate) const SEEDS: [f64; 8] = [-1.5, 1.0, 0.5, -1.0, 1.5, 0.0, -0.5, 0.0];

/// The runs of an experiment: means, and the spread over seeds.
pub(crate) struct Made {
    pub(crate) accuracy: (f64, f64),
    pub(crate) epochs: (f64, f64),
}

pub(crate) fn experiments() -> Vec<Experiment> {
    read(SUITE)
}

pub(crate) fn read(suite: &str) -> Vec<Experiment> {
    let suite = Suite::parse("two", suite, &BuiltIn::default()).unwrap();
    SuiteRecord::of(&suite).experiments
}

pub(crate) fn rules(text: &str) -> Rules {
    Rules::parse(text).unwrap()
}

/// The seeds that the rules draw.
pub(crate) fn drawn() -> Vec<u64> {
    rules(RULES).confirmatory
}

pub(crate) fn rows(
    experiment: &str,
    seeds: impl IntoIterator<Item = u64>,
    made: &Made,
) -> Vec<RunRow> {
    let each = SEEDS.iter().zip(seeds).map(|(&at, seed)| RunRow {
        experiment: experiment.to_owned(),
        seed,
        epochs_run: (made.epochs.0 * made.epochs.1.powf(at)).round() as u32,
        // Experiments have different spreads, so that their differences spread too.
        test_accuracy: Some(made.accuracy.0 + made.accuracy.1 * at),
        ..RunRow::default()
    });
    each.collect()
}
