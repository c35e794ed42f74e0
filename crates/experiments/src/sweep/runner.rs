//! Does jobs from one queue on several threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};

use super::output::Output;
use crate::job::Job;
use crate::run::Threads;
use crate::run::watch::Progress;

/// Options for doing many jobs.
#[derive(Clone, Copy, Debug)]
pub struct Runner<'a> {
    /// Number of threads. Each thread does one job at a time; if there are fewer jobs than threads, a job gets several, of
    /// which a run uses two.
    pub threads: usize,
    /// Becomes true when all jobs are to stop after their next step.
    pub stop: &'a AtomicBool,
    /// Whether the first failure stops the other jobs.
    pub fail_fast: bool,
}

/// The results of the jobs.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Jobs whose output is written.
    pub done: usize,
    /// Jobs that were asked to stop.
    pub stopped: usize,
    /// The errors of failed jobs.
    pub failures: Vec<anyhow::Error>,
}

impl Runner<'_> {
    /// Does the jobs, and writes the output of each job as soon as the job is done. The output does not depend on the
    /// number of threads or on which job ends first.
    pub fn run(&self, jobs: &[Job<'_>], output: &dyn Output, progress: &dyn Progress) -> Outcome {
        let at_once = self.threads.min(jobs.len()).max(1);
        let threads = Threads {
            count: self.threads / at_once,
            stop: self.stop,
        };
        let next = AtomicUsize::new(0);
        let outcome = Mutex::new(Outcome::default());
        let work = || {
            while !self.stop.load(Ordering::Relaxed) {
                let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    return;
                };
                let end = run_one(job, output, threads, progress);
                let mut outcome = outcome.lock().unwrap_or_else(|e| e.into_inner());
                match end {
                    Ok(true) => outcome.done += 1,
                    Ok(false) => outcome.stopped += 1,
                    Err(error) => {
                        outcome.failures.push(error);
                        if self.fail_fast {
                            self.stop.store(true, Ordering::Relaxed);
                        }
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..at_once {
                // If the system refuses a thread, fewer threads do the work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        outcome.into_inner().unwrap_or_else(|e| e.into_inner())
    }
}

/// Whether the job was done.
fn run_one(
    job: &Job<'_>,
    output: &dyn Output,
    threads: Threads<'_>,
    progress: &dyn Progress,
) -> Result<bool> {
    // A bug in one job must not stop the others.
    let end = catch_unwind(AssertUnwindSafe(|| output.run(job, threads, progress)));
    let end = end.unwrap_or_else(|_| bail!("internal error, please report it"));
    end.with_context(|| job.to_string())
}
