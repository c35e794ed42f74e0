//! `cargo xtask verify`: repeats committed runs and compares the results byte by byte.

mod comparison;
mod differ;
mod folder;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::child::{output, quietly};
use crate::committed::{self, Committed, MULTIVERSE, READINGS, RUNS_OF_MULTIVERSE, names};
use crate::lab::{Lab, complain, root, target};
use crate::reproduce::{report, run};
use comparison::{Comparison, Runs, Scope};
use differ::{lines, lines_differ};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask verify                       all runs of the paper, a sample of the other suites; every report
  cargo xtask verify --all                 all committed runs; hours
  cargo xtask verify --suite paper --only softmax,relu --seeds 1
  cargo xtask verify --suite confirmatory --all
  cargo xtask verify --tolerance 1e-3      where the last digits of numbers may differ")]
pub(crate) struct Options {
    /// Suite to compare: paper, readings, confirmatory or multiverse [default: all]
    #[arg(long, value_name = "NAME", value_parser = committed::suite)]
    suite: Option<String>,

    /// Only these experiments, and no file about all experiments
    #[arg(
        long,
        value_name = "ID,…",
        value_delimiter = ',',
        requires = "suite",
        conflicts_with = "all"
    )]
    only: Vec<String>,

    /// Only the first N seeds, and no file about all seeds
    #[arg(long, value_name = "N", requires = "suite", conflicts_with = "all",
          value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// Every seed and every combination, instead of a sample of large suites
    #[arg(long)]
    all: bool,

    /// Compare the numbers in tables, not bytes. Numbers may differ by this share of the larger number, or by this
    /// amount if both are below 1
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
    let out = scratch()?;
    let lab = Lab::build()?;
    let names = match &options.suite {
        Some(name) => vec![name.clone()],
        None => names(),
    };
    for name in names {
        match name.as_str() {
            MULTIVERSE => multiverse(&lab, options, &out)?,
            name => again(&lab, &Committed::find(name)?, options, &out)?,
        }
    }
    match options.suite {
        Some(_) => Ok(()),
        None => record(&lab),
    }
}

/// Writes the reports that need only committed tables again, and compares them.
pub(crate) fn tables() -> Result<()> {
    let (out, lab) = (scratch()?, Lab::build()?);
    for name in names() {
        if name == MULTIVERSE || !Committed::find(&name)?.has_runs {
            from_tables(&name, &lab, &out, 0.0)?;
        }
    }
    record(&lab)
}

/// Writes the record of the reproduction again, from the committed tables.
fn record(lab: &Lab) -> Result<()> {
    let results = root().join("results");
    let kept = read(&results.join("RECORD.md"))?;
    let made = output(lab.command("study record").arg(&results))?;
    let made = String::from_utf8(made).context("mnist-lab study record")?;
    if let Some(difference) = lines_differ(&lines(&kept), &lines(&made), 0.0) {
        bail!("results/RECORD.md: {difference}");
    }
    complain("results/RECORD.md: identical");
    Ok(())
}

/// Makes an empty folder.
fn scratch() -> Result<PathBuf> {
    let out = target()?.join("verify");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    Ok(out)
}

/// Repeats the runs of a suite, or of a part of it.
fn again(lab: &Lab, suite: &Committed, options: &Options, out: &Path) -> Result<()> {
    let seeds = match options.seeds {
        Some(seeds) => suite.first(seeds),
        // If experiments are named, all their seeds are repeated.
        None if options.all || !options.only.is_empty() => suite.seeds.clone(),
        None => suite.sample(),
    };
    run(lab, suite, &options.only, seeds.clone(), out, false)?;
    let scope = Scope {
        only: options.only.clone(),
        seeds,
        all_seeds: suite.seeds.clone(),
    };
    let folder = out.join(&suite.name);
    let runs = match suite.has_runs {
        true => Runs::Committed,
        false => Runs::Sums,
    };
    // There is no committed report about a part of the runs.
    if scope.is_full() {
        quietly(&mut report(lab, &suite.name, &folder))?;
    }
    compare(&suite.name, runs, &folder, &scope, options.tolerance)?;
    match scope.is_full() || suite.has_runs {
        true => Ok(()),
        false => from_tables(&suite.name, lab, out, options.tolerance),
    }
}

/// Repeats the first combinations of readings, or all.
fn multiverse(lab: &Lab, options: &Options, out: &Path) -> Result<()> {
    ensure!(
        options.seeds.is_none() && options.only.is_empty(),
        "--suite {MULTIVERSE} does not accept --seeds or --only; use --all, or neither"
    );
    let mut command = lab.command("study multiverse --out");
    command.arg(out);
    if options.all {
        quietly(&mut command)?;
        let made = out.join(MULTIVERSE);
        let scope = Scope::all();
        return compare(MULTIVERSE, Runs::Unasked, &made, &scope, options.tolerance);
    }
    quietly(command.args(["--cells", "2", "--seeds", "1"]))?;
    // The rows are in the order of the runs.
    let made = read(&out.join(MULTIVERSE).join(READINGS))?;
    let kept = read(&committed::folder(MULTIVERSE).join(READINGS))?;
    let (made, mut kept) = (lines(&made), lines(&kept));
    kept.truncate(made.len());
    if let Some(difference) = lines_differ(&kept, &made, options.tolerance) {
        bail!("results/{MULTIVERSE}/{READINGS}: {difference}");
    }
    complain(&format!(
        "results/{MULTIVERSE}/{READINGS}: the first {} lines are identical",
        made.len()
    ));
    from_tables(MULTIVERSE, lab, out, options.tolerance)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Writes a report again from the committed tables, without runs, and compares it.
fn from_tables(name: &str, lab: &Lab, out: &Path, tolerance: f64) -> Result<()> {
    let out = out.join("from-tables");
    let made = out.join(name);
    fs::create_dir_all(&made).with_context(|| made.display().to_string())?;
    let tables: &[&str] = match name {
        MULTIVERSE => &RUNS_OF_MULTIVERSE,
        _ => &["suite.json", "runs.csv", "summary.csv", folder::SHA256SUMS],
    };
    let mut command = report(lab, name, &made);
    for table in tables {
        let from = committed::folder(name).join(table);
        fs::copy(&from, made.join(table)).with_context(|| from.display().to_string())?;
    }
    quietly(&mut command)?;
    compare(name, Runs::Unasked, &made, &Scope::all(), tolerance)
}

/// Compares repeated results with the committed results.
fn compare(name: &str, runs: Runs, again: &Path, scope: &Scope, tolerance: f64) -> Result<()> {
    let comparison = Comparison {
        committed: committed::folder(name),
        runs,
        again,
        scope,
        tolerance,
    };
    let outcome = comparison.run()?;
    for fault in &outcome.faults {
        complain(&format!("results/{name}/{fault}"));
    }
    for (reason, names) in &outcome.unchecked {
        let mut shown: Vec<String> = names.iter().take(8).cloned().collect();
        if names.len() > shown.len() {
            shown.push(format!("{} more", names.len() - shown.len()));
        }
        complain(&format!("not checked: {}; {reason}", shown.join(", ")));
    }
    let (same, faults) = (outcome.same, outcome.faults.len());
    ensure!(
        faults == 0,
        "results/{name}: {faults} files differ, {same} are identical"
    );
    ensure!(same > 0, "results/{name}: no files to compare");
    let by_sum = match outcome.by_sum {
        0 => String::new(),
        some => format!(", {some} of them compared by SHA-256"),
    };
    complain(&format!(
        "results/{name}: {same} files are identical{by_sum}"
    ));
    Ok(())
}
