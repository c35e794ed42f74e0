//! The reports of the peers as a table.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::machine::{Usage, processor};
use crate::timing::{Report, Task, Timed, median};

/// The task of every peer, and the number of rounds.
#[derive(Clone, Copy)]
pub(super) struct Configuration {
    pub(super) task: Task,
    pub(super) rounds: usize,
}

/// All rounds of one peer with one configuration.
pub(super) struct Row {
    framework: String,
    version: String,
    configuration: Configuration,
    threads_used: u64,
    median: f64,
    min: f64,
    max: f64,
    /// Number of epochs of a process, and their seconds in all.
    epochs: f64,
    total: f64,
    ratio: f64,
    peak_mb: f64,
    accuracy: f64,
}

impl Row {
    /// `ours` are our medians, round by round.
    pub(super) fn new(
        configuration: Configuration,
        reports: &[Report],
        ours: &[f64],
    ) -> Result<Self> {
        let first = reports.first().context("no round")?;
        let over = |value: fn(&Report) -> f64| median(reports.iter().map(value).collect());
        let seconds = || reports.iter().flat_map(|report| &report.seconds).copied();
        let ratios = reports.iter().zip(ours).map(|(r, ours)| r.median() / ours);
        Ok(Self {
            framework: first.framework.clone(),
            version: first.version.clone(),
            configuration,
            threads_used: first.threads,
            median: over(Report::median),
            min: seconds().fold(f64::INFINITY, f64::min),
            max: seconds().fold(0.0, f64::max),
            epochs: over(|report| report.seconds.len() as f64),
            total: over(|report| report.seconds.iter().sum()),
            ratio: median(ratios.collect()),
            peak_mb: over(|report| report.peak_mb),
            accuracy: over(|report| report.accuracy),
        })
    }
}

pub(super) fn csv(rows: &[Row]) -> String {
    let mut text = String::from(
        "framework,version,timed,threads,threads_used,hidden,batch,rounds,epochs,\
         epoch_seconds_median,epoch_seconds_min,epoch_seconds_max,total_seconds,ratio_to_ours,peak_rss_mb,\
         validation_accuracy\n",
    );
    for row in rows {
        let Configuration { task, rounds } = row.configuration;
        let timed = match task.timed {
            Timed::Epochs(_) => "epochs",
            Timed::Run => "run",
        };
        let _ = writeln!(
            text,
            "{},{},{timed},{},{},{},{},{rounds},{},{:.4},{:.4},{:.4},{:.3},{:.3},{:.1},{:.4}",
            row.framework,
            row.version,
            task.threads,
            row.threads_used,
            task.hidden,
            task.batch,
            row.epochs,
            row.median,
            row.min,
            row.max,
            row.total,
            row.ratio,
            row.peak_mb,
            row.accuracy,
        );
    }
    text
}

/// The table of the epochs, and that of the whole runs.
pub(super) fn tables(rows: &[Row]) -> [String; 2] {
    let mut epochs = format!(
        "| threads | hidden | batch | {:<11} | epoch, s | least | most  | × ours | peak, MB | validation |\n\
         |--------:|-------:|------:|-------------|---------:|------:|------:|-------:|---------:|-----------:|\n",
        "framework"
    );
    let mut runs = format!(
        "| threads | {:<11} | run, s | epochs | epoch with evaluation, s | least | most  | × ours | peak, MB | validation |\n\
         |--------:|-------------|-------:|-------:|-------------------------:|------:|------:|-------:|---------:|-----------:|\n",
        "framework"
    );
    for row in rows {
        let Task {
            threads,
            hidden,
            batch,
            timed,
        } = row.configuration.task;
        let (name, spread) = (
            &row.framework,
            format!("{:>5.3} | {:>5.3}", row.min, row.max),
        );
        let end = format!(
            "{:>6.2} | {:>8.0} | {:>8.2} % |",
            row.ratio,
            row.peak_mb,
            100.0 * row.accuracy
        );
        let _ = match timed {
            Timed::Epochs(_) => writeln!(
                epochs,
                "| {threads:>7} | {hidden:>6} | {batch:>5} | {name:<11} | {:>8.3} | {spread} | {end}",
                row.median,
            ),
            Timed::Run => writeln!(
                runs,
                "| {threads:>7} | {name:<11} | {:>6.2} | {:>6} | {:>24.3} | {spread} | {end}",
                row.total, row.epochs, row.median,
            ),
        };
    }
    [epochs, runs]
}

pub(super) fn document(rows: &[Row], usage: Option<&Usage>) -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut text = format!(
        "# An epoch of training, beside other frameworks\n\n\
         `cargo xtask {}` wrote this file and `peers.csv`.\n\n\
         The same task for all, as `xtask/peers/task.py` describes it: 48,000 MNIST images, a network\n\
         784–hidden–10 with tanh, softmax cross-entropy, SGD with momentum, all in float32. Timed are\n\
         the training epochs after a first one: drawing the order, gathering batches, forward, backward,\n\
         update. Loading, normalising, compiling and evaluating are not. Each process is pinned to as\n\
         many processors as it may use threads. candle and burn are built for this very processor\n\
         (`-C target-cpu=native`).\n\n\
         The frameworks take turns, round by round. \"epoch, s\" is the median over rounds of each\n\
         process's median epoch; least and most are over all epochs. \"× ours\" divides it by that of\n\
         `ours-sparse`, round by round, and is the median of these ratios: above 1 is slower than ours.\n\
         Peak is the most memory that a process held at once, its libraries, data and loading\n\
         included. Validation is the accuracy on the last 12,000 training images after the last epoch.\n\n",
        arguments.join(" ")
    );
    let _ = writeln!(text, "- Processor: {}", processor());
    if let Some(usage) = usage {
        let _ = writeln!(text, "- Machine: {}.", usage.describe());
        if !usage.was_quiet() {
            text.push_str(
                "- **Others used the machine.** Times are too long, by an amount that differs from process to\n  \
                 process; with several threads most of all, where one that has to wait holds up the others.\n",
            );
        }
    }
    let versions = distinct(
        rows.iter()
            .map(|row| format!("{} {}", row.framework, row.version)),
    );
    let _ = writeln!(text, "- Versions: {}", versions.join(", "));
    let modest = rows
        .iter()
        .filter(|row| row.threads_used < row.configuration.task.threads as u64);
    for note in distinct(modest.map(|row| {
        let (name, used, allowed) = (
            &row.framework,
            row.threads_used,
            row.configuration.task.threads,
        );
        format!("- `{name}` used {used} of the {allowed} threads allowed.")
    })) {
        let _ = writeln!(text, "{note}");
    }
    text.push('\n');
    let [epochs, runs] = tables(rows);
    text.push_str(&epochs);
    let _ = write!(
        text,
        "\n## A whole run\n\n\
         The same training at the paper's size, with the loss and the accuracy on the training and the validation\n\
         images after each epoch, until the validation loss has risen in three epochs in a row. The orders of the\n\
         examples differ, so the numbers of epochs do too; \"× ours\" compares epochs with their evaluations.\n\n{runs}"
    );
    text
}

/// Each text once, in the order of its first appearance.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_paired_by_round() {
        let report = |seconds: f64| Report {
            framework: "peer".to_owned(),
            version: "1".to_owned(),
            threads: 1,
            seconds: vec![seconds],
            evaluation: None,
            peak_mb: 1.0,
            accuracy: 0.9,
        };
        let task = Task {
            threads: 1,
            hidden: 128,
            batch: 128,
            timed: Timed::Epochs(1),
        };
        let configuration = Configuration { task, rounds: 3 };
        // The second round was three times as slow for both: the ratio does not see it.
        let peers = [2.0, 6.0, 2.2].map(report);
        let row = Row::new(configuration, &peers, &[1.0, 3.0, 1.0]).unwrap();
        assert_eq!((row.median, row.ratio), (2.2, 2.0));
        assert_eq!((row.min, row.max), (2.0, 6.0));
    }
}
