//! Observers of runs.

use lab_results::store::RunResult;
use lab_results::tables::EpochRow;

use crate::job::Job;

/// Receives the progress of one run.
pub trait Watch: Send {
    /// The run continues from a checkpoint after these epochs and steps.
    fn resumed(&mut self, epochs: u32, steps: usize);
    /// A warning; the run continues.
    fn complaint(&mut self, complaint: &str);
    /// A step is done; `steps` is the number of steps in an epoch.
    fn step(&mut self, epoch: u32, step: usize, steps: usize);
    /// An epoch is done.
    fn epoch(&mut self, row: &EpochRow, is_best: bool);
}

/// Receives the progress of all runs, from several threads at once.
pub trait Progress: Sync {
    /// A run begins; the returned value receives its progress.
    fn started<'s>(&'s self, job: &Job<'_>) -> Box<dyn Watch + 's>;
    /// A job is done and its output is written. A job whose output is a run's files has a result.
    fn finished(&self, job: &Job<'_>, result: Option<&RunResult>);
}
