//! How far a plan is, by looking at files only: on a login node, while other hosts write.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use lab_results::disk::whole::read_csv;
use lab_results::names::{CHECKPOINTS, PARTS, SUITE, TIMINGS};
use lab_results::store::{RunState, Store, SuiteRecord};
use lab_results::tables::TimingRow;

use crate::partition::Part;
use crate::plan::Plan;

/// A run's state.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Its files are whole.
    Done,
    /// It has left a checkpoint so long ago.
    Running(Duration),
    /// A file of it is not what it wrote, or cannot be read; which.
    Damaged(String),
    /// There is nothing of it.
    Missing,
}

/// A run of a plan and its state.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its name: `relu/seed-3`.
    pub name: String,
    /// The part that does it, from 1; none if there are no parts.
    pub part: Option<usize>,
    /// How far it is.
    pub state: State,
    /// How long it took, if it is done and says so.
    pub took: Option<Duration>,
}

/// The state of all runs.
#[derive(Clone, Debug)]
pub struct Status {
    /// In the plan's order.
    pub runs: Vec<Found>,
    /// The index of the array task that does part 1.
    pub first_index: u64,
}

impl Status {
    /// Looks at a suite's folder: at what its plan says should be there, or without a plan at what is.
    ///
    /// # Errors
    /// No suite there, a plan that is damaged.
    pub fn look(folder: &Path) -> Result<Self> {
        let Some(plan) = Plan::read(folder)? else {
            return Self::without_plan(folder);
        };
        let (all, parts) = (Store::open(folder), folder.join(PARTS));
        // No other part has it, and to look into each would cost runs times parts.
        let runs = plan.jobs().enumerate().map(|(place, job)| {
            let part = Part::of_place(place, plan.parts);
            let own = Store::open(&parts.join(part.name()));
            Found {
                part: Some(part.part),
                ..Found::look(&[&all, &own], &job.experiment.id, job.seed)
            }
        });
        Ok(Self {
            runs: runs.collect(),
            first_index: plan.first_index,
        })
    }

    /// Runs of one machine: which there should be nobody has written down.
    fn without_plan(folder: &Path) -> Result<Self> {
        let suite: SuiteRecord = lab_results::disk::whole::read_json(&folder.join(SUITE))
            .with_context(|| format!("{}: no suite's results here", folder.display()))?;
        let store = Store::open(folder);
        let mut runs = Vec::new();
        for experiment in &suite.experiments {
            let seeds = store.seeds(&experiment.id)?;
            let found = seeds
                .into_iter()
                .map(|seed| Found::look(&[&store], &experiment.id, seed));
            runs.extend(found.filter(|run| run.state != State::Missing));
        }
        Ok(Self {
            runs,
            first_index: 1,
        })
    }

    /// How many runs are in a state like this one.
    pub fn count(&self, like: impl Fn(&State) -> bool) -> usize {
        self.runs.iter().filter(|run| like(&run.state)).count()
    }

    /// Whether all runs are done.
    pub fn is_complete(&self) -> bool {
        self.runs.iter().all(|run| run.state == State::Done)
    }

    /// What the runs that are not done take of one task's time, if runs of their experiments told.
    pub fn left(&self) -> Option<Duration> {
        let mut took: HashMap<&str, (Duration, u32)> = HashMap::new();
        for run in &self.runs {
            if let Some(time) = run.took {
                let sum = took.entry(run.experiment()).or_default();
                *sum = (sum.0 + time, sum.1 + 1);
            }
        }
        let (all, runs) = took
            .values()
            .fold((Duration::ZERO, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let mean = |experiment| took.get(experiment).copied().unwrap_or((all, runs));
        let open = self.runs.iter().filter(|run| run.state != State::Done);
        open.map(|run| match mean(run.experiment()) {
            (_, 0) => None,
            (time, runs) => Some(time / runs),
        })
        .sum()
    }

    /// The indices of the array tasks that have runs which are not done, in the form that `sbatch --array`
    /// takes: `3,7-9`. Empty if there are none.
    pub fn open_tasks(&self) -> String {
        let open = self.open_parts().into_iter();
        let tasks: Vec<u64> = open
            .map(|part| self.first_index + part as u64 - 1)
            .collect();
        ranges(&tasks)
    }

    /// The parts that have runs which are not done, in order.
    pub fn open_parts(&self) -> Vec<usize> {
        let open = self.runs.iter().filter(|run| run.state != State::Done);
        let mut parts: Vec<usize> = open.filter_map(|run| run.part).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }
}

impl Found {
    /// The best of what several stores have.
    fn look(stores: &[&Store], experiment: &str, seed: u64) -> Self {
        let mut found = Self {
            name: format!("{experiment}/seed-{seed}"),
            part: None,
            state: State::Missing,
            took: None,
        };
        for store in stores {
            let folder = store.run_folder(experiment, seed);
            match store.run(experiment, seed) {
                Some(RunState::Whole(_)) => {
                    found.state = State::Done;
                    found.took = seconds(&folder);
                    return found;
                }
                Some(RunState::Damaged(error) | RunState::Unreadable(error)) => {
                    found.state = State::Damaged(format!("{error:#}"));
                }
                None => {
                    if let (State::Missing, Some(age)) = (&found.state, checkpoint_age(&folder)) {
                        found.state = State::Running(age);
                    }
                }
            }
        }
        found
    }

    fn experiment(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

/// The mean time that an experiment's runs in a store took, in seconds; none if there are none.
///
/// # Errors
/// The experiment's folder cannot be read.
pub fn expected_seconds(store: &Store, experiment: &str) -> Result<Option<f64>> {
    let seeds = store.seeds(experiment)?.into_iter();
    let times = seeds.filter_map(|seed| seconds(&store.run_folder(experiment, seed)));
    let times: Vec<f64> = times.map(|time| time.as_secs_f64()).collect();
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    Ok((!times.is_empty()).then_some(mean))
}

/// How long a run took.
fn seconds(folder: &Path) -> Option<Duration> {
    let rows: Vec<TimingRow> = read_csv(&folder.join(TIMINGS)).ok()?;
    let seconds = rows
        .iter()
        .map(|row| row.train_seconds + row.eval_seconds)
        .sum();
    Duration::try_from_secs_f64(seconds).ok()
}

/// How old a run's newest checkpoint is.
fn checkpoint_age(folder: &Path) -> Option<Duration> {
    let paths: [PathBuf; 2] = CHECKPOINTS.map(|name| folder.join(name));
    let times = paths
        .iter()
        .filter_map(|path| fs::metadata(path).ok()?.modified().ok());
    let newest = times.max()?;
    Some(SystemTime::now().duration_since(newest).unwrap_or_default())
}

/// `3,7-9`
pub(crate) fn ranges(sorted: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &number in sorted {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let shown = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_are_a_range() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[3, 7, 8, 9, 11, 12]), "3,7-9,11-12");
    }
}
