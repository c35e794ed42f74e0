//! Observers of runs.

use lab_results::store::RunResult;
use lab_results::tables::EpochRow;

use crate::sweep::plan::Job;

/// Hears of a run's progress.
pub trait Watch: Send {
    /// It goes on from a checkpoint, with these epochs and steps done.
    fn resumed(&mut self, epochs: u32, steps: usize);
    /// Something is not as it should be, but no reason to fail.
    fn complaint(&mut self, complaint: &str);
    /// A step is done, of so many in an epoch.
    fn step(&mut self, epoch: u32, step: usize, steps: usize);
    /// An epoch is done.
    fn epoch(&mut self, row: &EpochRow, is_best: bool);
}

/// Hears of the runs, from several threads at once.
pub trait Progress: Sync {
    /// A run begins; what is returned hears of its epochs.
    fn started<'s>(&'s self, job: &Job<'_>) -> Box<dyn Watch + 's>;
    /// A job is done and its output is written. A job whose output is a run's files has a result.
    fn finished(&self, job: &Job<'_>, result: Option<&RunResult>);
}
