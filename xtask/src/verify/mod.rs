//! `cargo xtask verify`: runs the committed results again and compares them, byte by byte.

mod comparison;
mod differ;
mod folder;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, SEEDS, SUITES, complain, root};
use comparison::Comparison;

pub(crate) use comparison::Scope;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask verify                       all committed results of the paper's experiments
  cargo xtask verify --only softmax,relu --seeds 1
  cargo xtask verify --suite readings --only l1_damped,l2_minus
  cargo xtask verify --tolerance 1e-3      numbers in tables, where last digits may differ")]
pub(crate) struct Options {
    /// Only these experiments, and no file that speaks of all
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    only: Vec<String>,

    /// Only the first seeds, and no file that speaks of all
    #[arg(long, value_name = "N", default_value_t = SEEDS,
          value_parser = clap::value_parser!(u64).range(1..=SEEDS))]
    seeds: u64,

    /// Which of the committed results
    #[arg(long, value_name = "NAME", default_value = "paper", value_parser = SUITES)]
    suite: String,

    /// Compare the numbers in tables, not bytes: they may differ by this much of the larger, or
    /// absolutely where both are below 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = tolerance,
          allow_negative_numbers = true)]
    tolerance: f64,
}

fn tolerance(text: &str) -> Result<f64, &'static str> {
    let share = text.parse().ok();
    share
        .filter(|share: &f64| share.is_finite() && *share >= 0.0)
        .ok_or("expected a finite number, 0 or above")
}

pub(crate) fn verify(options: &Options) -> Result<()> {
    let out = root().join("target").join("verify");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    let seeds = format!("0..{}", options.seeds);
    let lab = Lab::Release;
    lab.build()?;
    let mut run = lab.command("run");
    run.args(&options.only)
        .args(["--suite", &options.suite, "--seeds", &seeds, "--out"]);
    start(run.arg(&out).stdout(Stdio::null()))?;
    let again = out.join(&options.suite);
    if options.suite == "paper" {
        let mut gradcheck = lab.command("gradcheck");
        start(gradcheck.arg("--out").arg(&again).stdout(Stdio::null()))?;
    }
    let scope = Scope {
        only: options.only.clone(),
        seeds: options.seeds,
    };
    // A report on a part of the runs has nothing to be compared with.
    if scope.is_full() {
        let mut report = lab.command("report");
        start(report.arg(&again).stdout(Stdio::null()))?;
    }
    compare(&options.suite, &again, &scope, options.tolerance)
}

/// Compares runs of a suite, made again, with the committed ones.
pub(crate) fn compare(suite: &str, again: &Path, scope: &Scope, tolerance: f64) -> Result<()> {
    let comparison = Comparison {
        committed: root().join("results").join(suite),
        has_runs: suite == "paper",
        again,
        scope,
        tolerance,
    };
    let outcome = comparison.run()?;
    for fault in &outcome.faults {
        complain(&format!("results/{suite}/{fault}"));
    }
    for (reason, names) in &outcome.unchecked {
        let mut shown: Vec<String> = names.iter().take(8).cloned().collect();
        if names.len() > shown.len() {
            shown.push(format!("{} more", names.len() - shown.len()));
        }
        complain(&format!("not checked: {}; {reason}", shown.join(", ")));
    }
    let (same, faults) = (outcome.same, outcome.faults.len());
    ensure!(faults == 0, "{faults} files differ, {same} are the same");
    ensure!(same > 0, "there is nothing to compare");
    let by_sum = match outcome.by_sum {
        0 => String::new(),
        some => format!(", {some} of them by their SHA-256 alone"),
    };
    complain(&format!("{same} files are the same{by_sum}"));
    Ok(())
}
