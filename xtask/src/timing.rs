//! Programs that time epochs of training, and the line of JSON that each prints.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::child::{output, start};
use crate::lab::{cargo, root};

/// The training that a program times.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) threads: usize,
    pub(crate) hidden: usize,
    pub(crate) batch: usize,
    /// What is timed.
    pub(crate) timed: Timed,
}

/// The part of training that a program times.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Timed {
    /// This number of epochs, without evaluation.
    Epochs(usize),
    /// A run with an evaluation after each epoch, to early stopping.
    Run,
}

/// The report of one process.
pub(crate) struct Report {
    pub(crate) framework: String,
    pub(crate) version: String,
    pub(crate) threads: u64,
    /// The time of each epoch; in a run, with its evaluation.
    pub(crate) seconds: Vec<f64>,
    /// The time of the evaluation after each epoch, if reported.
    pub(crate) evaluation: Option<Vec<f64>>,
    pub(crate) peak_mb: f64,
    pub(crate) accuracy: f64,
}

impl Report {
    /// Runs a program with the task as arguments.
    ///
    /// # Errors
    /// The program fails, or its report does not fit the task.
    pub(crate) fn of(command: &mut Command, task: Task) -> Result<Self> {
        for (name, value) in [
            ("--threads", task.threads),
            ("--hidden", task.hidden),
            ("--batch", task.batch),
        ] {
            command.args([name, &value.to_string()]);
        }
        match task.timed {
            Timed::Epochs(epochs) => command.args(["--epochs", &epochs.to_string()]),
            Timed::Run => command.arg("--run"),
        };
        command.arg("--data").arg(root().join("data"));
        let line = output(command)?;
        Self::read(&line).with_context(|| format!("output of {command:?}"))
    }

    fn read(line: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(line)?;
        let number = |name: &str| {
            let found = value[name].as_f64();
            found.with_context(|| format!("{name}: expected a number, found {}", value[name]))
        };
        let text = |name: &str| {
            let found = value[name].as_str().map(str::to_owned);
            found.with_context(|| format!("{name}: expected a text, found {}", value[name]))
        };
        let list = |name: &str| -> Option<Vec<f64>> {
            let list = value[name].as_array()?;
            Some(list.iter().filter_map(Value::as_f64).collect())
        };
        let seconds = list("epoch_seconds").context("no epoch_seconds")?;
        ensure!(!seconds.is_empty(), "epoch_seconds is empty");
        Ok(Self {
            framework: text("framework")?,
            version: text("version")?,
            threads: number("threads")? as u64,
            evaluation: list("evaluation_seconds").filter(|list| !list.is_empty()),
            peak_mb: number("peak_rss_mb")?,
            accuracy: number("validation_accuracy")?,
            seconds,
        })
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.seconds.clone())
    }
}

/// The median; for an even count, the mean of the two middle numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        (numbers[middle - 1] + numbers[middle]) / 2.0
    }
}

/// Builds our program, the example `epoch`, of the workspace in the folder `tree` into `target`, and returns its path.
///
/// # Errors
/// The build fails.
pub(crate) fn build_epoch(tree: &Path, target: &Path) -> Result<PathBuf> {
    let mut build = cargo("build --release --locked --package experiments --example epoch");
    build.arg("--manifest-path").arg(tree.join("Cargo.toml"));
    start(build.arg("--target-dir").arg(target))?;
    Ok(target.join("release/examples/epoch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
