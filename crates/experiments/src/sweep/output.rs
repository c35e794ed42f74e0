//! The output of a job: the files of a run.

use std::time::Duration;

use anyhow::Result;
use lab_results::model::AnyModel;
use lab_results::store::Writer;
use mnist_samples::PixelData;

use super::plan::Plan;
use crate::job::Job;
use crate::run::checkpoint::{self, Checkpoints};
use crate::run::watch::Progress;
use crate::run::{Threads, run};

/// Does jobs, and writes their results.
pub trait Output: Sync {
    /// Does a job; `false` if the job was asked to stop.
    ///
    /// # Errors
    /// Data that does not fit the settings, a file that cannot be written.
    fn run(&self, job: &Job<'_>, threads: Threads<'_>, progress: &dyn Progress) -> Result<bool>;
}

/// Writes each job's run to a separate folder. A job that is asked to stop leaves a checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct RunFiles<'a> {
    /// The jobs' plan.
    pub plan: &'a Plan,
    /// The folder of the suite's results.
    pub store: &'a Writer,
    /// The data set.
    pub data: &'a PixelData,
    /// Initial weights; random if `None`.
    pub init_from: Option<&'a AnyModel>,
    /// Whether to continue from checkpoints.
    pub resume: bool,
    /// Time between a run's checkpoints.
    pub checkpoint_every: Duration,
}

impl Output for RunFiles<'_> {
    fn run(&self, job: &Job<'_>, threads: Threads<'_>, progress: &dyn Progress) -> Result<bool> {
        let Self { plan, store, .. } = self;
        let (id, settings) = (&job.experiment.id, &job.experiment.settings);
        let checkpoints = Checkpoints {
            folder: store.make_run_folder(id, job.seed)?,
            lock: store.held().clone(),
            identity: checkpoint::identity(job, &plan.source)?,
            every: self.checkpoint_every,
            resume: self.resume,
        };
        let result = {
            let mut watch = progress.started(job);
            run(
                job,
                (self.data, self.init_from),
                plan.extras,
                threads,
                &checkpoints,
                watch.as_mut(),
            )?
        };
        let Some(result) = result else {
            return Ok(false);
        };
        store.save(settings, &plan.source, &result)?;
        checkpoint::clear(&checkpoints.folder)?;
        progress.finished(job, Some(&result));
        Ok(true)
    }
}
