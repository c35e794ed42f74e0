//! How long epochs take: steps and evaluation apart.

use std::time::{Duration, Instant};

use lab_results::tables::TimingRow;
use serde::{Deserialize, Serialize};

/// The time that a run has taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Of the epochs that are done.
    pub epochs: Vec<TimingRow>,
    /// Of the steps of the epoch after those, in seconds.
    pub seconds: f64,
}

/// Times a run's epochs; libraries do not read the clock, so this hears of their events.
#[derive(Debug, Default)]
pub struct Stopwatch {
    since: Option<Instant>,
    /// Of the epoch under way: what was done before an interruption, or all once they are done.
    steps: Duration,
    rows: Vec<TimingRow>,
}

impl Stopwatch {
    /// A run goes on that has taken this time already.
    pub fn resume(clock: Clock) -> Self {
        Self {
            since: None,
            steps: Duration::try_from_secs_f64(clock.seconds).unwrap_or_default(),
            rows: clock.epochs,
        }
    }

    /// An epoch's steps begin, or go on.
    pub fn start(&mut self) {
        self.since = Some(Instant::now());
    }

    /// The time so far, in the middle of an epoch's steps.
    pub fn clock(&self) -> Clock {
        let under_way = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        Clock {
            epochs: self.rows.clone(),
            seconds: (self.steps + under_way).as_secs_f64(),
        }
    }

    /// They are done; the evaluation begins.
    pub fn steps_done(&mut self) {
        let lap = self.lap();
        self.steps += lap;
    }

    /// The evaluation is done.
    pub fn epoch_done(&mut self, epoch: u32) {
        let eval = self.lap();
        self.since = None;
        self.rows.push(TimingRow {
            epoch,
            train_seconds: std::mem::take(&mut self.steps).as_secs_f64(),
            eval_seconds: eval.as_secs_f64(),
        });
    }

    /// One row an epoch.
    pub fn into_rows(self) -> Vec<TimingRow> {
        self.rows
    }

    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let since = self.since.replace(now);
        since.map_or(Duration::ZERO, |since| now - since)
    }
}
