//! Times the paper's six experiments with one seed, and a PyTorch script that trains as many epochs of each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use super::programs::Programs;
use crate::child::output;
use crate::lab::{Lab, complain, root, target};

/// The times of both with a number of threads.
pub(super) struct Comparison {
    threads: usize,
    ours: f64,
    torch: f64,
    epochs: Vec<String>,
    accuracies: Value,
}

impl Comparison {
    pub(super) fn run(programs: &Programs, threads: usize) -> Result<Self> {
        complain(&format!("threads {threads}: the six experiments"));
        let out = target()?.join("peers-reproduce");
        if out.exists() {
            fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
        }
        // Built first: compile time does not count.
        let lab = Lab::build()?;
        let mut command = programs.processors.pinned(threads, &lab.program);
        command
            .args(["run", "--seeds", "0", "--quiet", "--threads"])
            .arg(threads.to_string())
            .arg("--out")
            .arg(&out)
            .arg("--data-dir")
            .arg(root().join("data"));
        let ours = seconds(&mut command)?.0;

        let epochs = epochs(&out.join("paper").join("runs.csv"))?;
        let mut command = Command::new(&programs.python);
        command
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(root().join("xtask/peers/torch_reproduce.py"))
            .args(["--threads", &threads.to_string(), "--data"])
            .arg(root().join("data"))
            .args(&epochs);
        let (torch, line) = seconds(&mut command)?;
        let line: Value = serde_json::from_slice(&line).context("output of torch_reproduce.py")?;
        Ok(Self {
            threads,
            ours,
            torch,
            epochs,
            accuracies: line["test_accuracy"].clone(),
        })
    }
}

/// The time of a complete process, and its standard output.
fn seconds(command: &mut Command) -> Result<(f64, Vec<u8>)> {
    let since = Instant::now();
    let line = output(command)?;
    Ok((since.elapsed().as_secs_f64(), line))
}

/// The number of epochs of each experiment, as arguments of the script.
fn epochs(runs: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(runs).with_context(|| runs.display().to_string())?;
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        let place = names.iter().position(|&found| found == name);
        place.with_context(|| format!("{} has no column {name}", runs.display()))
    };
    let (experiment, epochs) = (column("experiment")?, column("epochs_run")?);
    lines
        .map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let field = |at: usize| fields.get(at).context("a short line");
            Ok(format!("{}={}", field(experiment)?, field(epochs)?))
        })
        .collect()
}

/// A section of PEERS.md.
pub(super) fn document(comparisons: &[Comparison]) -> String {
    let mut text = String::from(
        "\n## The whole reproduction\n\n\
         The paper's six experiments with seed 0, validation after each epoch and a test at the end\n\
         included, beside `xtask/peers/torch_reproduce.py`, which trains each for as many epochs. Timed are\n\
         whole processes, one after the other, once.\n\n\
         | threads | ours, s | PyTorch, s | ratio |\n\
         |--------:|--------:|-----------:|------:|\n",
    );
    for c in comparisons {
        let ratio = c.torch / c.ours;
        let _ = writeln!(
            text,
            "| {:>7} | {:>7.1} | {:>10.1} | {ratio:>5.2} |",
            c.threads, c.ours, c.torch
        );
    }
    if let Some(c) = comparisons.first() {
        let _ = writeln!(
            text,
            "\nEpochs: {}. PyTorch's test accuracies: {}.",
            c.epochs.join(", "),
            c.accuracies
        );
    }
    text
}
