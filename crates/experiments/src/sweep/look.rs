//! The state of a job in a folder of results. All commands ask here: run, resume, status, submit and merge.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Error;
use lab_results::names::{CHECKPOINTS, INIT, MODEL, STEPS};
use lab_results::store::{CompleteRun, Extras, RunRecord, RunState, Store};

use super::plan::Plan;
use crate::job::Job;

/// The state of a job in a folder.
#[derive(Debug)]
pub(super) enum Found {
    /// Neither a run nor a checkpoint.
    Absent,
    /// A checkpoint of this age.
    UnderWay(Duration),
    /// The run, with its model and all files that the plan asks for.
    Done(Box<CompleteRun>),
    /// The run without this file. For example, models of reference runs are not in version control.
    Incomplete(&'static str),
    /// A run that differs from the job.
    Different(Difference),
    /// A run with a missing or damaged file; the error names the file.
    Damaged(Error),
    /// A file that cannot be read, so the state is unknown; the error names the file.
    Unreadable(Error),
}

/// A difference between a run and a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Hyperparameters; the text has those of the run: `lr = 0.2, hidden = [64]`.
    Settings(String),
    /// SHA-256 of the data files.
    Data,
    /// Number of classes.
    Classes,
    /// The model with the initial weights.
    InitialWeights,
    /// Version of mnist-lab.
    Version,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settings(run) => return write!(f, "settings ({run})"),
            Self::Data => "data",
            Self::Classes => "classes",
            Self::InitialWeights => "initial weights",
            Self::Version => "version",
        })
    }
}

/// Finds the state of a run in a folder. If the run is complete, `fault` says why it still is not done.
pub(super) fn look(
    store: &Store,
    experiment: &str,
    seed: u64,
    fault: impl FnOnce(&CompleteRun) -> Option<Found>,
) -> Found {
    match store.run(experiment, seed) {
        Some(RunState::Complete(run)) => fault(&run).unwrap_or(Found::Done(run)),
        Some(RunState::Damaged(error)) => Found::Damaged(error),
        Some(RunState::Unreadable(error)) => Found::Unreadable(error),
        None => {
            let age = checkpoint_age(&store.run_folder(experiment, seed));
            age.map_or(Found::Absent, Found::UnderWay)
        }
    }
}

/// The file that a run lacks, if any.
pub(super) fn missing_file(run: &CompleteRun, extras: Extras) -> Option<Found> {
    let files = &run.record.files;
    let checks = [
        (!run.lacks_model(), MODEL),
        (!extras.init || files.contains_key(INIT), INIT),
        (!extras.steps || files.contains_key(STEPS), STEPS),
    ];
    let missing = checks.into_iter().find(|it| !it.0);
    missing.map(|it| Found::Incomplete(it.1))
}

impl Plan {
    /// Finds the state of a job in a folder.
    pub(super) fn look(&self, store: &Store, job: Job<'_>) -> Found {
        look(store, &job.experiment.id, job.seed, |run| {
            let difference = self.difference(job, &run.record).map(Found::Different);
            difference.or_else(|| missing_file(run, self.extras))
        })
    }

    fn difference(&self, job: Job<'_>, run: &RunRecord) -> Option<Difference> {
        let source = &self.source;
        let planned = &job.experiment.settings;
        let checks = [
            (
                run.settings == *planned,
                Difference::Settings(run.settings.changed_from(planned).join(", ")),
            ),
            (run.data == source.data, Difference::Data),
            (run.classes == source.classes, Difference::Classes),
            (
                run.init_from == source.init_from,
                Difference::InitialWeights,
            ),
            (run.version == self.version, Difference::Version),
        ];
        checks.into_iter().find(|it| !it.0).map(|it| it.1)
    }
}

/// The age of a run's newest checkpoint; `None` without one.
fn checkpoint_age(folder: &Path) -> Option<Duration> {
    let paths = CHECKPOINTS.map(|name| folder.join(name));
    let times = paths
        .iter()
        .filter_map(|path| fs::metadata(path).ok()?.modified().ok());
    let newest = times.max()?;
    Some(SystemTime::now().duration_since(newest).unwrap_or_default())
}
