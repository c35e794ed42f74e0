//! Observes the training of a run: times, the log of steps, checkpoints, and the watcher.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Result;
use lab_results::tables::{StepRow, TimingRow};
use nn_core::Float;
use nn_train::{Event, Observer, State};

use super::checkpoint::{Checkpoint, Checkpoints};
use super::result::epoch_row;
use super::timing::Stopwatch;
use super::watch::Watch;

/// Passes the trainer's events on, times them, and writes checkpoints.
pub(super) struct RunObserver<'a> {
    watch: &'a mut dyn Watch,
    stop: &'a AtomicBool,
    checkpoints: &'a Checkpoints,
    /// When the last checkpoint was written.
    written: Instant,
    steps: usize,
    log: Option<Vec<StepRow>>,
    stopwatch: Stopwatch,
}

impl<'a> RunObserver<'a> {
    /// Watches a run; `log` is `Some` if every step is logged.
    pub(super) fn new(
        watch: &'a mut dyn Watch,
        stop: &'a AtomicBool,
        checkpoints: &'a Checkpoints,
        log: Option<Vec<StepRow>>,
        stopwatch: Stopwatch,
    ) -> Self {
        Self {
            watch,
            stop,
            checkpoints,
            written: Instant::now(),
            steps: 0,
            log,
            stopwatch,
        }
    }

    /// The times of all epochs, and the log.
    pub(super) fn into_rows(self) -> (Vec<TimingRow>, Option<Vec<StepRow>>) {
        (self.stopwatch.into_rows(), self.log)
    }

    /// Writes a checkpoint of the run.
    ///
    /// # Errors
    /// A checkpoint that cannot be written.
    pub(super) fn write_checkpoint<F: Float>(&mut self, state: &State<F>) -> Result<()> {
        let checkpoint = Checkpoint {
            identity: self.checkpoints.identity.clone(),
            state: state.clone(),
            log: self.log.clone(),
            clock: self.stopwatch.clock(),
        };
        self.checkpoints.write(&checkpoint)?;
        self.written = Instant::now();
        Ok(())
    }
}

impl<F: Float> Observer<F> for RunObserver<'_> {
    type Error = anyhow::Error;

    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>> {
        match *event {
            Event::EpochStarted { steps, .. } => {
                self.steps = steps;
                self.stopwatch.start();
            }
            Event::Step {
                epoch,
                step,
                loss,
                state,
            } => {
                if let Some(log) = &mut self.log {
                    log.push(StepRow { epoch, step, loss });
                }
                self.watch.step(epoch, step, self.steps);
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(ControlFlow::Break(()));
                }
                if let Some(state) = state
                    && self.written.elapsed() >= self.checkpoints.every
                {
                    self.write_checkpoint(state)?;
                }
            }
            Event::EvaluationStarted { .. } => self.stopwatch.steps_done(),
            Event::EpochFinished {
                metrics, is_best, ..
            } => {
                self.stopwatch.epoch_done(metrics.epoch);
                self.watch.epoch(&epoch_row(&metrics), is_best);
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }
}
