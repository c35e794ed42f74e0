//! Many runs at once: a queue of jobs and a few threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use crate::pixels::PixelData;
use crate::run::{RunResult, Watch, run};
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

/// Runs all jobs on `threads` threads and hands each result to `save`. Results do not depend on the
/// number of threads or on which job ends first.
///
/// # Errors
/// The first failure, of a run or of `save`; jobs that have not begun are then left out.
pub fn run_all(
    jobs: &[Job<'_>],
    data: &PixelData,
    threads: usize,
    progress: &dyn Progress,
    save: &(dyn Fn(&Job<'_>, &RunResult) -> Result<()> + Sync),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    let failed = || failure.lock().map_or(true, |failure| failure.is_some());
    let work = || {
        while !failed() {
            let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if let Err(error) = run_one(job, data, progress, save)
                && let Ok(mut first) = failure.lock()
            {
                first.get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(jobs.len()) {
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
    progress: &dyn Progress,
    save: &(dyn Fn(&Job<'_>, &RunResult) -> Result<()> + Sync),
) -> Result<()> {
    let result = {
        let mut watch = progress.started(job);
        run(job.experiment, job.seed, data, watch.as_mut())
            .with_context(|| format!("{} seed {}", job.experiment.id, job.seed))?
    };
    save(job, &result)?;
    progress.finished(&result);
    Ok(())
}
