//! Progress of runs on standard error: bars on a terminal, lines elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use experiments::job::Job;
use experiments::run::watch::{Progress, Watch};
use lab_results::quote::on_one_line;
use lab_results::store::RunResult;
use lab_results::tables::EpochRow;

use crate::output::complain;

/// Chooses the display for standard error and `--quiet`.
pub(crate) fn choose(jobs: usize, quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Quiet)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bars::new(jobs))
    } else {
        Box::new(Lines {
            jobs,
            done: AtomicUsize::new(0),
            began: Instant::now(),
        })
    }
}

/// A line about a finished run.
fn outcome(job: &Job<'_>, result: &RunResult) -> String {
    let row = &result.row;
    if let Some(divergence) = &result.divergence {
        return format!("{job}: {divergence}");
    }
    let tested = match (row.test_accuracy, row.test_loss) {
        (Some(accuracy), Some(loss)) => {
            format!("test accuracy {:.2} %, loss {loss:.4}", 100.0 * accuracy)
        }
        _ => "no result".to_owned(),
    };
    format!(
        "{job}: {tested}; best epoch {} of {}",
        row.best_epoch, row.epochs_run
    )
}

/// Shows only warnings.
struct Quiet;

impl Progress for Quiet {
    fn started<'s>(&'s self, _: &Job<'_>) -> Box<dyn Watch + 's> {
        Box::new(Quiet)
    }

    fn finished(&self, _: &Job<'_>, _: Option<&RunResult>) {}
}

impl Watch for Quiet {
    fn resumed(&mut self, _: u32, _: usize) {}

    /// `--quiet` does not hide warnings.
    fn complaint(&mut self, complaint: &str) {
        complain(complaint);
    }

    fn step(&mut self, _: u32, _: usize, _: usize) {}

    fn epoch(&mut self, _: &EpochRow, _: bool) {}
}

/// One line per run, for logs.
struct Lines {
    jobs: usize,
    done: AtomicUsize,
    began: Instant,
}

impl Progress for Lines {
    fn started<'s>(&'s self, job: &Job<'_>) -> Box<dyn Watch + 's> {
        Box::new(Line(job.to_string()))
    }

    fn finished(&self, job: &Job<'_>, result: Option<&RunResult>) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let seconds = self.began.elapsed().as_secs_f64();
        let jobs = self.jobs;
        match result {
            Some(result) => {
                let outcome = outcome(job, result);
                complain(&format!("[{done:>2}/{jobs}] {seconds:6.1} s  {outcome}"));
            }
            // Jobs of the multiverse are many, and have no result to show.
            None if done.is_multiple_of(20) || done == jobs => {
                let left = seconds / done as f64 * (jobs - done) as f64 / 60.0;
                complain(&format!("{done} of {jobs} runs, {left:.0} min left"));
            }
            None => {}
        }
    }
}

/// Shows when a run continues from a checkpoint.
struct Line(String);

impl Watch for Line {
    fn resumed(&mut self, epochs: u32, steps: usize) {
        complain(&format!("{}: {}", self.0, goes_on(epochs, steps)));
    }

    fn complaint(&mut self, complaint: &str) {
        complain(complaint);
    }

    fn step(&mut self, _: u32, _: usize, _: usize) {}

    fn epoch(&mut self, _: &EpochRow, _: bool) {}
}

fn goes_on(epochs: u32, steps: usize) -> String {
    format!("continues after epoch {epochs}, step {steps} of the next")
}

/// A bar for all runs, and a bar for each run under way.
struct Bars {
    all: MultiProgress,
    total: Total,
}

/// The bar for all runs. A run under way counts by its share of the maximum number of epochs.
#[derive(Clone)]
struct Total {
    bar: ProgressBar,
    jobs: usize,
    done: Arc<AtomicUsize>,
    /// The progress of the runs under way, in the bar's units.
    under_way: Arc<AtomicU64>,
}

/// The length of one run in the total bar's units.
const RUN: u64 = 1000;

impl Total {
    fn show(&self) {
        let done = self.done.load(Ordering::Relaxed);
        let under_way = self.under_way.load(Ordering::Relaxed);
        self.bar.set_position(done as u64 * RUN + under_way);
        self.bar.set_message(format!("{done}/{} runs", self.jobs));
    }
}

impl Bars {
    fn new(jobs: usize) -> Self {
        let all = MultiProgress::new();
        let bar = all.add(ProgressBar::new(jobs as u64 * RUN));
        // The remaining time is unknown before a run is done.
        bar.set_style(style("{bar:30} {msg}, {elapsed} elapsed"));
        let total = Total {
            bar,
            jobs,
            done: Arc::default(),
            under_way: Arc::default(),
        };
        total.show();
        Self { all, total }
    }
}

impl Progress for Bars {
    fn started<'s>(&'s self, job: &Job<'_>) -> Box<dyn Watch + 's> {
        let bar = self.all.insert_before(&self.total.bar, ProgressBar::new(1));
        bar.set_style(style("{prefix:<18} {bar:8} {msg}"));
        bar.set_prefix(job.to_string());
        Box::new(Bar {
            all: self.all.clone(),
            total: self.total.clone(),
            bar,
            epochs: job.experiment.settings.epochs,
            share: 0,
            last: String::new(),
            best: String::new(),
        })
    }

    fn finished(&self, job: &Job<'_>, result: Option<&RunResult>) {
        if let Some(result) = result {
            // A line that stays, above the bars.
            let _ = self.all.println(outcome(job, result));
        }
        self.total.done.fetch_add(1, Ordering::Relaxed);
        self.total
            .bar
            .set_style(style("{bar:30} {msg}, {elapsed} elapsed, about {eta} left"));
        self.total.show();
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.total.bar.finish_and_clear();
    }
}

/// The templates are constants; a bad one would show the default bar.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━╌")
}

struct Bar {
    all: MultiProgress,
    total: Total,
    bar: ProgressBar,
    epochs: u32,
    /// This run's share of the total bar.
    share: u64,
    last: String,
    best: String,
}

impl Watch for Bar {
    fn resumed(&mut self, epochs: u32, steps: usize) {
        let line = format!("{}: {}", self.bar.prefix(), goes_on(epochs, steps));
        let _ = self.all.println(line);
    }

    fn complaint(&mut self, complaint: &str) {
        let _ = self.all.println(on_one_line(complaint));
    }

    fn step(&mut self, epoch: u32, step: usize, steps: usize) {
        if step == 1 {
            let Self {
                epochs, last, best, ..
            } = self;
            self.bar.set_length(steps as u64);
            self.bar
                .set_message(format!("epoch {epoch:>3}/{epochs}{last}{best}"));
        }
        if step.is_multiple_of(25) || step == steps {
            self.bar.set_position(step as u64);
            // Shows the elapsed time; the bars limit how often they are drawn.
            self.total.bar.tick();
        }
    }

    fn epoch(&mut self, row: &EpochRow, is_best: bool) {
        let share = RUN * u64::from(row.epoch) / u64::from(self.epochs.max(1));
        let more = share.saturating_sub(self.share);
        self.total.under_way.fetch_add(more, Ordering::Relaxed);
        self.share = self.share.max(share);
        self.total.show();
        self.last = format!("  loss {:.4}", row.val_loss);
        if is_best {
            self.best = format!(", best {:.4} at {}", row.val_loss, row.epoch);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.total
            .under_way
            .fetch_sub(self.share, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}
