//! A job: one run to do.

use std::fmt;

use lab_results::suite::Settings;
use serde::{Deserialize, Serialize};

/// An experiment of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// The experiment's id.
    pub id: String,
    /// The hyperparameters of its runs.
    pub settings: Settings,
    /// The positions of the chosen values, if this is a cell of the multiverse.
    #[serde(skip)]
    pub cell: Vec<usize>,
}

/// One run of a plan: an experiment with a seed.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The experiment.
    pub experiment: &'a Planned,
    /// The seed of its random streams.
    pub seed: u64,
}

/// All experiments with one seed, then with the next.
pub(crate) fn jobs<'a>(
    experiments: &'a [Planned],
    seeds: &'a [u64],
) -> impl Iterator<Item = Job<'a>> {
    let of_seed = |&seed| {
        let experiments = experiments.iter();
        experiments.map(move |experiment| Job { experiment, seed })
    };
    seeds.iter().flat_map(of_seed)
}

/// The name of a run, which is also its folder: `relu/seed-3`.
pub(crate) fn run_name(experiment: &str, seed: u64) -> String {
    format!("{experiment}/seed-{seed}")
}

impl fmt::Display for Job<'_> {
    /// As messages name a run: `relu seed 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} seed {}", self.experiment.id, self.seed)
    }
}

impl Job<'_> {
    /// The run's name: `relu/seed-3`.
    pub fn name(&self) -> String {
        run_name(&self.experiment.id, self.seed)
    }
}
