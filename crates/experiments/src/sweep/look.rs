//! The state of a job in a folder of results. All commands ask here: run, resume, status, submit and merge.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Error;
use lab_results::names::{CHECKPOINTS, INIT, MODEL, STEPS};
use lab_results::store::{CompleteRun, RunRecord, RunState, Store};

use super::plan::{Job, Plan};

/// The state of a job in a folder.
#[derive(Debug)]
pub enum Found {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Hyperparameters.
    Settings,
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
            Self::Settings => "settings",
            Self::Data => "data",
            Self::Classes => "classes",
            Self::InitialWeights => "initial weights",
            Self::Version => "version",
        })
    }
}

impl Plan {
    /// Finds the state of a job in a folder.
    pub fn look(&self, store: &Store, job: Job<'_>) -> Found {
        let id = &job.experiment.id;
        match store.run(id, job.seed) {
            None => {
                let age = checkpoint_age(&store.run_folder(id, job.seed));
                age.map_or(Found::Absent, Found::UnderWay)
            }
            Some(state) => self.judge(job, state),
        }
    }

    /// Compares a run that has a `run.json` with a job.
    pub(super) fn judge(&self, job: Job<'_>, state: RunState) -> Found {
        let run = match state {
            RunState::Damaged(error) => return Found::Damaged(error),
            RunState::Unreadable(error) => return Found::Unreadable(error),
            RunState::Complete(run) => run,
        };
        match (self.difference(job, &run.record), self.missing_file(&run)) {
            (Some(difference), _) => Found::Different(difference),
            (None, Some(file)) => Found::Incomplete(file),
            (None, None) => Found::Done(run),
        }
    }

    fn difference(&self, job: Job<'_>, run: &RunRecord) -> Option<Difference> {
        let source = &self.source;
        let checks = [
            (
                run.settings == job.experiment.settings,
                Difference::Settings,
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

    fn missing_file(&self, run: &CompleteRun) -> Option<&'static str> {
        let files = &run.record.files;
        let checks = [
            (!run.lacks_model(), MODEL),
            (!self.extras.init || files.contains_key(INIT), INIT),
            (!self.extras.steps || files.contains_key(STEPS), STEPS),
        ];
        checks.into_iter().find(|it| !it.0).map(|it| it.1)
    }
}

/// The age of a run's newest checkpoint; `None` without one.
pub(super) fn checkpoint_age(folder: &Path) -> Option<Duration> {
    let paths = CHECKPOINTS.map(|name| folder.join(name));
    let times = paths
        .iter()
        .filter_map(|path| fs::metadata(path).ok()?.modified().ok());
    let newest = times.max()?;
    Some(SystemTime::now().duration_since(newest).unwrap_or_default())
}
