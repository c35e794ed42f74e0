//! `cargo xtask verify`: runs the committed results again and compares them, byte by byte.

mod comparison;
mod differ;
mod folder;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::child::start;
use crate::committed::{
    self, CONFIRMATORY, Committed, MULTIVERSE, NAMES, READINGS, RUNS_OF_MULTIVERSE,
};
use crate::lab::{Lab, complain, root};
use crate::reproduce::{report, run};
use comparison::{Comparison, Runs, Scope};
use differ::{lines, lines_differ};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask verify                       the paper's results whole, a sample of the others; every report
  cargo xtask verify --all                 all committed results; hours
  cargo xtask verify --suite paper --only softmax,relu --seeds 1
  cargo xtask verify --suite confirmatory --all
  cargo xtask verify --tolerance 1e-3      numbers in tables, where last digits may differ")]
pub(crate) struct Options {
    /// Which of the committed results; each of them if not given
    #[arg(long, value_name = "NAME", value_parser = NAMES)]
    suite: Option<String>,

    /// Only these experiments, and no file that speaks of all
    #[arg(
        long,
        value_name = "ID,…",
        value_delimiter = ',',
        requires = "suite",
        conflicts_with = "all"
    )]
    only: Vec<String>,

    /// Only the first seeds, and no file that speaks of all
    #[arg(long, value_name = "N", requires = "suite", conflicts_with = "all",
          value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// Every seed, and every combination of readings, instead of a sample where that takes long
    #[arg(long)]
    all: bool,

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
    let out = scratch()?;
    let lab = Lab::Release;
    lab.build()?;
    let names = match &options.suite {
        Some(name) => vec![name.as_str()],
        None => NAMES.to_vec(),
    };
    for name in names {
        match Committed::find(name) {
            Some(suite) => again(lab, suite, options, &out)?,
            None => multiverse(lab, options, &out)?,
        }
    }
    match options.suite {
        Some(_) => Ok(()),
        None => record(lab, &out),
    }
}

/// What continuous integration compares: one seed of the paper's experiments, which lie in `made`, and the reports that
/// come from tables.
pub(crate) fn quick(made: &Path, lab: Lab) -> Result<()> {
    let paper = Committed::find("paper").context("the paper's suite")?;
    let scope = Scope {
        only: Vec::new(),
        seeds: paper.first(1),
        all_seeds: paper.seeds.clone(),
    };
    compare(
        paper.name,
        Runs::Committed,
        &made.join(paper.name),
        &scope,
        0.0,
    )?;
    let out = scratch()?;
    for name in [CONFIRMATORY, MULTIVERSE] {
        from_tables(name, lab, &out, 0.0)?;
    }
    record(lab, &out)
}

/// Writes the record of the reproduction again, from the committed tables.
fn record(lab: Lab, out: &Path) -> Result<()> {
    let results = root().join("results");
    let path = out.join("RECORD.md");
    let page = fs::File::create(&path).with_context(|| path.display().to_string())?;
    start(
        lab.command("study")
            .arg("record")
            .arg(&results)
            .stdout(page),
    )?;
    let (kept, made) = (read(&results.join("RECORD.md"))?, read(&path)?);
    if let Some(difference) = lines_differ(&lines(&kept), &lines(&made), 0.0) {
        bail!("results/RECORD.md: {difference}");
    }
    complain("results/RECORD.md: is the same");
    Ok(())
}

/// An empty folder.
fn scratch() -> Result<PathBuf> {
    let out = root().join("target").join("verify");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    Ok(out)
}

/// Runs a suite again, or a part of it.
fn again(lab: Lab, suite: &Committed, options: &Options, out: &Path) -> Result<()> {
    let seeds = match options.seeds {
        _ if options.all => suite.seeds.clone(),
        Some(seeds) => suite.first(seeds),
        // Who names experiments means all of their seeds.
        None if !options.only.is_empty() => suite.seeds.clone(),
        None => suite.first(suite.sample),
    };
    run(lab, suite, &options.only, seeds.clone(), out, false)?;
    let scope = Scope {
        only: options.only.clone(),
        seeds,
        all_seeds: suite.seeds.clone(),
    };
    let folder = out.join(suite.name);
    let runs = match suite.has_runs {
        true => Runs::Committed,
        false => Runs::Sums,
    };
    // A report on a part of the runs has nothing to be compared with.
    if scope.is_full() {
        start(report(lab, suite, &folder).stdout(Stdio::null()))?;
    }
    compare(suite.name, runs, &folder, &scope, options.tolerance)?;
    match scope.is_full() || suite.name != CONFIRMATORY {
        true => Ok(()),
        false => from_tables(suite.name, lab, out, options.tolerance),
    }
}

/// Runs the first combinations of readings again, or all.
fn multiverse(lab: Lab, options: &Options, out: &Path) -> Result<()> {
    ensure!(
        options.seeds.is_none() && options.only.is_empty(),
        "--suite {MULTIVERSE} has no parts for --seeds and --only; --all, or none"
    );
    let mut command = lab.command("study");
    command.arg("multiverse").arg("--out").arg(out);
    if options.all {
        start(command.stdout(Stdio::null()))?;
        return compare(
            MULTIVERSE,
            Runs::Unasked,
            &out.join(MULTIVERSE),
            &Scope::all(),
            options.tolerance,
        );
    }
    start(
        command
            .args(["--cells", "2", "--seeds", "1"])
            .stdout(Stdio::null()),
    )?;
    // They are in the order in which they are run.
    let made = read(&out.join(MULTIVERSE).join(READINGS))?;
    let kept = read(&committed::folder(MULTIVERSE).join(READINGS))?;
    let (made, mut kept) = (lines(&made), lines(&kept));
    kept.truncate(made.len());
    if let Some(difference) = lines_differ(&kept, &made, options.tolerance) {
        bail!("results/{MULTIVERSE}/{READINGS}: {difference}");
    }
    complain(&format!(
        "results/{MULTIVERSE}/{READINGS}: its first {} lines are the same",
        made.len()
    ));
    from_tables(MULTIVERSE, lab, out, options.tolerance)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Makes a report again from the committed tables, without a run.
fn from_tables(name: &str, lab: Lab, out: &Path, tolerance: f64) -> Result<()> {
    let out = out.join("from-tables");
    let made = out.join(name);
    fs::create_dir_all(&made).with_context(|| made.display().to_string())?;
    let (tables, mut command): (&[&str], _) = match Committed::find(name) {
        Some(suite) => (
            &["suite.json", "runs.csv", "summary.csv", folder::SHA256SUMS],
            report(lab, suite, &made),
        ),
        None => {
            let mut command = lab.command("study");
            command
                .args(["multiverse", "--report"])
                .arg("--out")
                .arg(&out);
            (&RUNS_OF_MULTIVERSE, command)
        }
    };
    for table in tables {
        let from = committed::folder(name).join(table);
        fs::copy(&from, made.join(table)).with_context(|| from.display().to_string())?;
    }
    start(command.stdout(Stdio::null()))?;
    compare(name, Runs::Unasked, &made, &Scope::all(), tolerance)
}

/// Compares results, made again, with the committed ones.
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
        "results/{name}: {faults} files differ, {same} are the same"
    );
    ensure!(same > 0, "there is nothing to compare");
    let by_sum = match outcome.by_sum {
        0 => String::new(),
        some => format!(", {some} of them by their SHA-256 alone"),
    };
    complain(&format!(
        "results/{name}: {same} files are the same{by_sum}"
    ));
    Ok(())
}
