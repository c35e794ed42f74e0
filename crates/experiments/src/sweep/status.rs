//! The progress of a sweep, by looking at files only: on a login node, while other hosts write.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use lab_results::disk::atomic_file::{is_there, read_json};
use lab_results::names::{PLAN, SUITE};
use lab_results::store::{Extras, Store, SuiteRecord};

use super::look::{Found, look, missing_file};
use super::partition::Part;
use super::survey::{Survey, parts_in};
use super::times::seconds;
use crate::job::run_name;

/// A run's state.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The run is complete: a merge takes it.
    Done,
    /// The run has left a checkpoint of this age.
    UnderWay(Duration),
    /// A file of the run is missing or damaged; the text names the file.
    Damaged(String),
    /// A merge refuses the run; the text says why.
    Refused(String),
    /// No file of the run was found.
    Missing,
}

/// A run and its state.
#[derive(Clone, Debug)]
pub struct RunStatus {
    /// The experiment.
    pub experiment: String,
    /// The seed.
    pub seed: u64,
    /// The part that does the run, from 1; `None` if there are no parts.
    pub part: Option<usize>,
    /// The state of the run.
    pub state: State,
    /// The time of the run, if the run is done and has timings.
    pub took: Option<Duration>,
}

/// The states of all runs.
#[derive(Clone, Debug)]
pub struct Status {
    /// The runs, in the plan's order.
    pub runs: Vec<RunStatus>,
    /// The index of the array task that does part 1.
    pub first_index: u64,
}

impl Status {
    /// Looks at a suite's folder for the runs of its plan, as a merge would; without a plan, for the runs that are there.
    ///
    /// # Errors
    /// No suite in the folder, a damaged plan, or parts with different plans.
    pub fn look(folder: &Path) -> Result<Self> {
        let parts = parts_in(folder)?;
        if parts.is_empty() && !is_there(&folder.join(PLAN))? {
            return Self::without_plan(folder);
        }
        let survey = Survey::new(folder, &parts)?;
        let plan = &survey.plan;
        let runs = plan.jobs().enumerate().map(|(place, job)| {
            let lookup = survey.look(job);
            let took = match &lookup {
                Ok(lookup) if matches!(lookup.found, Found::Done(_)) => {
                    seconds(&lookup.store.run_folder(&job.experiment.id, job.seed))
                }
                _ => None,
            };
            let state = match lookup.map(|lookup| lookup.found) {
                Err(error) => State::Refused(format!("{error:#}")),
                Ok(found) => State::of(found),
            };
            RunStatus {
                experiment: job.experiment.id.clone(),
                seed: job.seed,
                part: Some(Part::of_place(place, plan.parts).part),
                state,
                took,
            }
        });
        Ok(Self {
            runs: runs.collect(),
            first_index: plan.first_index,
        })
    }

    /// The runs in a folder without a plan, so runs without files are not listed.
    fn without_plan(folder: &Path) -> Result<Self> {
        let suite: SuiteRecord = read_json(&folder.join(SUITE))
            .with_context(|| format!("{}: no results of a suite found", folder.display()))?;
        let store = Store::open(folder);
        let mut runs = Vec::new();
        for experiment in &suite.experiments {
            for seed in store.seeds(&experiment.id)? {
                let state = match look(&store, &experiment.id, seed, |run| {
                    missing_file(run, Extras::default())
                }) {
                    Found::Absent => continue,
                    found => State::of(found),
                };
                let took = seconds(&store.run_folder(&experiment.id, seed));
                runs.push(RunStatus {
                    experiment: experiment.id.clone(),
                    seed,
                    part: None,
                    took: took.filter(|_| state == State::Done),
                    state,
                });
            }
        }
        Ok(Self {
            runs,
            first_index: 1,
        })
    }

    /// The number of runs whose state satisfies `like`.
    pub fn count(&self, like: impl Fn(&State) -> bool) -> usize {
        self.runs.iter().filter(|run| like(&run.state)).count()
    }

    /// Whether all runs are done.
    pub fn is_complete(&self) -> bool {
        self.open().next().is_none()
    }

    /// The runs that are not done.
    pub fn open(&self) -> impl Iterator<Item = &RunStatus> {
        self.runs.iter().filter(|run| run.state != State::Done)
    }

    /// The computing time of all runs that are not done; `None` if no run has timings.
    pub fn left(&self) -> Option<Duration> {
        let mut took: HashMap<&str, (Duration, u32)> = HashMap::new();
        for run in &self.runs {
            if let Some(time) = run.took {
                let sum = took.entry(&run.experiment).or_default();
                *sum = (sum.0 + time, sum.1 + 1);
            }
        }
        let (all, runs) = took
            .values()
            .fold((Duration::ZERO, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let mean = |experiment: &str| took.get(experiment).copied().unwrap_or((all, runs));
        self.open()
            .map(|run| match mean(&run.experiment) {
                (_, 0) => None,
                (time, runs) => Some(time / runs),
            })
            .sum()
    }

    /// The indices of the array tasks that have runs to do, in the form that `sbatch --array` takes: `3,7-9`. Empty if
    /// there are none.
    pub fn open_tasks(&self) -> String {
        let open = self.open_parts().into_iter();
        let tasks: Vec<u64> = open
            .map(|part| self.first_index.saturating_add(part as u64 - 1))
            .collect();
        ranges(&tasks)
    }

    /// The parts that have runs to do, in order.
    pub(super) fn open_parts(&self) -> Vec<usize> {
        let mut parts: Vec<usize> = self.open().filter_map(|run| run.part).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }
}

impl State {
    fn of(found: Found) -> Self {
        match found {
            Found::Done(_) => Self::Done,
            Found::UnderWay(age) => Self::UnderWay(age),
            Found::Absent => Self::Missing,
            Found::Damaged(error) => Self::Damaged(format!("{error:#}")),
            Found::Unreadable(error) => Self::Refused(format!("{error:#}")),
            Found::Incomplete(file) => Self::Refused(format!("{file} not found")),
            Found::Different(what) => Self::Refused(format!("different {what} than in the plan")),
        }
    }
}

impl RunStatus {
    /// The run's name: `relu/seed-3`.
    pub fn name(&self) -> String {
        run_name(&self.experiment, self.seed)
    }
}

/// `3,7-9`
pub(super) fn ranges(sorted: &[u64]) -> String {
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
