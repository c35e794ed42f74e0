//! Times epochs: steps and evaluation separately.

use std::time::{Duration, Instant};

use lab_results::tables::TimingRow;
use serde::{Deserialize, Serialize};

/// The time that a run has taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// The times of the completed epochs.
    pub epochs: Vec<TimingRow>,
    /// The seconds of the next epoch's steps so far.
    pub seconds: f64,
}

/// Times a run's epochs by the trainer's events, because the trainer does not read the clock.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    since: Option<Instant>,
    /// The time of the current epoch's steps: those before an interruption, or all of them after the last step.
    steps: Duration,
    rows: Vec<TimingRow>,
}

impl Stopwatch {
    /// Continues a run that has already taken this time.
    pub(super) fn resume(clock: Clock) -> Self {
        Self {
            since: None,
            steps: Duration::try_from_secs_f64(clock.seconds).unwrap_or_default(),
            rows: clock.epochs,
        }
    }

    /// Starts or continues an epoch's steps.
    pub(super) fn start(&mut self) {
        self.since = Some(Instant::now());
    }

    /// The time so far, in the middle of an epoch's steps.
    pub(super) fn clock(&self) -> Clock {
        let under_way = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        Clock {
            epochs: self.rows.clone(),
            seconds: (self.steps + under_way).as_secs_f64(),
        }
    }

    /// Ends the steps; the evaluation begins.
    pub(super) fn steps_done(&mut self) {
        let lap = self.lap();
        self.steps += lap;
    }

    /// Ends the evaluation.
    pub(super) fn epoch_done(&mut self, epoch: u32) {
        let eval = self.lap();
        self.since = None;
        self.rows.push(TimingRow {
            epoch,
            train_seconds: std::mem::take(&mut self.steps).as_secs_f64(),
            eval_seconds: eval.as_secs_f64(),
        });
    }

    /// One row per epoch.
    pub(super) fn into_rows(self) -> Vec<TimingRow> {
        self.rows
    }

    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let since = self.since.replace(now);
        since.map_or(Duration::ZERO, |since| now - since)
    }
}
