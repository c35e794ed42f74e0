//! Programs that time epochs of training, ours and others', and the line of JSON that they print.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::child::start;
use crate::lab::{cargo, root};

/// What a program is to time.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) threads: usize,
    pub(crate) hidden: usize,
    pub(crate) batch: usize,
    pub(crate) epochs: usize,
}

/// What one process reported.
pub(crate) struct Report {
    pub(crate) framework: String,
    pub(crate) version: String,
    pub(crate) threads: u64,
    /// Of each epoch.
    pub(crate) seconds: Vec<f64>,
    /// Of the evaluation after each epoch, if the program tells.
    pub(crate) evaluation: Option<Vec<f64>>,
    pub(crate) peak_mb: f64,
    pub(crate) accuracy: f64,
}

impl Report {
    /// Runs a program, which is told the task.
    ///
    /// # Errors
    /// It fails, or does not report.
    pub(crate) fn of(command: &mut Command, task: Task) -> Result<Self> {
        for (name, value) in [
            ("--threads", task.threads),
            ("--hidden", task.hidden),
            ("--batch", task.batch),
            ("--epochs", task.epochs),
        ] {
            command.args([name, &value.to_string()]);
        }
        command.arg("--data").arg(root().join("data"));
        let shown = format!("{command:?}");
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| shown.clone())?;
        if !output.status.success() {
            bail!("{shown} ended with {}", output.status);
        }
        Self::read(&output.stdout).with_context(|| format!("output of {shown}"))
    }

    fn read(line: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(line)?;
        let number = |name: &str| {
            let found = value[name].as_f64();
            found.with_context(|| format!("{name} is {}; expected a number", value[name]))
        };
        let text = |name: &str| {
            let found = value[name].as_str().map(str::to_owned);
            found.with_context(|| format!("{name} is {}; expected a text", value[name]))
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

/// Of an even number, the mean of the two in the middle.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        (numbers[middle - 1] + numbers[middle]) / 2.0
    }
}

/// Builds our program, the example `epoch`, of the workspace in the folder `tree`, and tells where it is.
///
/// # Errors
/// It does not build.
pub(crate) fn build_epoch(tree: &Path, target: Option<&Path>) -> Result<PathBuf> {
    let manifest = tree.join("Cargo.toml");
    let with_target = |command: &mut Command| {
        if let Some(target) = target {
            command.env("CARGO_TARGET_DIR", target);
        }
    };
    let mut build = cargo(&["build", "--release", "--locked", "--package", "experiments"]);
    with_target(
        build
            .args(["--example", "epoch", "--manifest-path"])
            .arg(&manifest),
    );
    start(&mut build)?;

    let mut ask = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    with_target(ask.arg("--manifest-path").arg(&manifest));
    let output = ask
        .stderr(Stdio::inherit())
        .output()
        .context("cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata tells no target_directory")?;
    Ok(Path::new(target).join("release/examples/epoch"))
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
