//! Many runs at once: a queue of jobs and a few threads, shared out among them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use lab_results::store::{Source, Writer};

use super::checkpoint::{self, Checkpoints, identity};
use super::plan::Job;
use super::watch::Progress;
use super::{RunOptions, run};
use mnist_samples::PixelData;

/// How to run many jobs, and where their results go.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    /// What every run is asked for. As many jobs run at once as there are threads; if there are fewer
    /// jobs, each has several.
    pub options: RunOptions<'a>,
    /// The examples.
    pub data: &'a PixelData,
    /// What runs are made from besides their settings.
    pub source: &'a Source,
    /// Where their files go.
    pub store: &'a Writer,
    /// Whether to go on from checkpoints that are there.
    pub resume: bool,
    /// Time between a run's checkpoints.
    pub checkpoint_every: Duration,
    /// Whether the first failure stops the other runs; each then leaves a checkpoint.
    pub fail_fast: bool,
}

/// How a sweep ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Runs whose files are written.
    pub done: usize,
    /// Runs that were asked to stop and have left a checkpoint.
    pub stopped: usize,
    /// Runs that failed, with what went wrong.
    pub failures: Vec<anyhow::Error>,
}

impl Sweep<'_> {
    /// Runs the jobs, and saves each result as soon as it is there. Results do not depend on the number
    /// of threads or on which job ends first.
    pub fn run(&self, jobs: &[Job<'_>], progress: &dyn Progress) -> Outcome {
        let at_once = self.options.threads.min(jobs.len()).max(1);
        let options = RunOptions {
            threads: self.options.threads / at_once,
            ..self.options
        };
        let each = Self { options, ..*self };
        let next = AtomicUsize::new(0);
        let outcome = Mutex::new(Outcome::default());
        let work = || {
            while !self.options.stop.load(Ordering::Relaxed) {
                let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    return;
                };
                let end = each.run_one(job, progress);
                let mut outcome = outcome.lock().unwrap_or_else(|e| e.into_inner());
                match end {
                    Ok(true) => outcome.done += 1,
                    Ok(false) => outcome.stopped += 1,
                    Err(error) => {
                        outcome.failures.push(error);
                        if self.fail_fast {
                            self.options.stop.store(true, Ordering::Relaxed);
                        }
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..at_once {
                // Where the system refuses a thread, fewer do the work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        outcome.into_inner().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether the run came to its end.
    fn run_one(&self, job: &Job<'_>, progress: &dyn Progress) -> Result<bool> {
        // A bug in one run is no reason to lose the others.
        let end = catch_unwind(AssertUnwindSafe(|| self.run_and_save(job, progress)));
        let end = end.unwrap_or_else(|_| bail!("internal error, please report it"));
        end.with_context(|| format!("{} seed {}", job.experiment.id, job.seed))
    }

    fn run_and_save(&self, job: &Job<'_>, progress: &dyn Progress) -> Result<bool> {
        let Job { experiment, seed } = *job;
        let settings = &experiment.settings;
        let checkpoints = Checkpoints {
            folder: self.store.make_run_folder(&experiment.id, seed)?,
            lock: self.store.held().clone(),
            identity: identity(&experiment.id, settings, seed, self.source)?,
            every: self.checkpoint_every,
            resume: self.resume,
            log_steps: self.options.extras.steps,
        };
        let result = {
            let mut watch = progress.started(job);
            let watch = watch.as_mut();
            run(
                experiment,
                seed,
                self.data,
                &self.options,
                &checkpoints,
                watch,
            )?
        };
        let Some(result) = result else {
            return Ok(false);
        };
        self.store.save(settings, self.source, &result)?;
        checkpoint::clear(&checkpoints.folder)?;
        progress.finished(&result);
        Ok(true)
    }
}
