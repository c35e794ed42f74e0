//! How long epochs take: steps and evaluation apart.

use std::time::{Duration, Instant};

use crate::tables::TimingRow;

/// Times a run's epochs; libraries do not read the clock, so this hears of their events.
#[derive(Debug, Default)]
pub struct Stopwatch {
    since: Option<Instant>,
    steps: Duration,
    rows: Vec<TimingRow>,
}

impl Stopwatch {
    /// An epoch's steps begin.
    pub fn start(&mut self) {
        self.since = Some(Instant::now());
    }

    /// They are done; the evaluation begins.
    pub fn steps_done(&mut self) {
        self.steps = self.lap();
    }

    /// The evaluation is done.
    pub fn epoch_done(&mut self, epoch: u32) {
        let eval = self.lap();
        self.rows.push(TimingRow {
            epoch,
            train_seconds: self.steps.as_secs_f64(),
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
