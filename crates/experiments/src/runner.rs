//! Many runs at once: a queue of jobs and a few threads, shared out among them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use crate::pixels::PixelData;
use crate::run::{RunOptions, RunResult, Watch, run};
use crate::suite::Experiment;

/// An experiment with one seed.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What to run.
    pub experiment: &'a Experiment,
    /// The root of its randomness.
    pub seed: u64,
}

/// Hears of the runs, from several threads at once.
pub trait Progress: Sync {
    /// A run begins; what is returned hears of its epochs.
    fn started<'s>(&'s self, job: &Job<'_>) -> Box<dyn Watch + 's>;
    /// A run has ended, and its files are written.
    fn finished(&self, result: &RunResult);
}

/// Runs all jobs and hands each result to `save`. As many jobs run at once as the options have
/// threads; if there are fewer jobs, each has several. Results do not depend on the number
/// of threads or on which job ends first.
///
/// # Errors
/// The first failure, of a run or of `save`; jobs that have not begun are then left out.
pub fn run_all(
    jobs: &[Job<'_>],
    data: &PixelData,
    options: &RunOptions<'_>,
    progress: &dyn Progress,
    save: &(dyn Fn(&Job<'_>, &RunResult) -> Result<()> + Sync),
) -> Result<()> {
    let at_once = options.threads.min(jobs.len()).max(1);
    let each = RunOptions {
        threads: options.threads / at_once,
        ..*options
    };
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    let failed = || failure.lock().map_or(true, |failure| failure.is_some());
    let work = || {
        while !failed() {
            let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if let Err(error) = run_one(job, data, &each, progress, save)
                && let Ok(mut first) = failure.lock()
            {
                first.get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..at_once {
            scope.spawn(work);
        }
        work();
    });
    match failure.into_inner() {
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(error),
        Err(_) => anyhow::bail!("a run panicked"),
    }
}

fn run_one(
    job: &Job<'_>,
    data: &PixelData,
    options: &RunOptions<'_>,
    progress: &dyn Progress,
    save: &(dyn Fn(&Job<'_>, &RunResult) -> Result<()> + Sync),
) -> Result<()> {
    let result = {
        let mut watch = progress.started(job);
        run(job.experiment, job.seed, data, options, watch.as_mut())
            .with_context(|| format!("{} seed {}", job.experiment.id, job.seed))?
    };
    save(job, &result)?;
    progress.finished(&result);
    Ok(())
}
