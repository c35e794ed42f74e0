//! `cargo xtask bench-gate`: compares the speed of the working tree with that of a commit.

mod verdict;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use self::verdict::{LEAST_ROUNDS, judge};
use crate::child::{start, text};
use crate::lab::{call, complain, root, target};
use crate::machine::{Processors, Watch, load_at_start};
use crate::timing::{Report, Task, Timed, build_epoch, median};

/// The epochs that each program times.
const CASES: [Case; 4] = [
    Case::new("epoch, 128 hidden, batch 128", "sparse", 128, 128),
    Case::new("epoch, the same, dense", "dense", 128, 128),
    Case::new("epoch, batch 32", "sparse", 128, 32),
    Case::new("epoch, 512 hidden", "sparse", 512, 128),
];

/// Epochs that a process times.
const EPOCHS: usize = 3;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask bench-gate                       the working tree against HEAD
  cargo xtask bench-gate --against HEAD~3 --rounds 30

A round runs both programs, one after the other, on one processor, and gives a ratio new ÷ old of \
their fastest epochs. A verdict is given if the sign test's 99 % interval for the median of these \
ratios does not contain 1. The exit code is always 0, because this is not a test.")]
pub(crate) struct Options {
    /// Commit, branch or tag to compare the working tree with
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    against: String,

    /// Number of rounds, 8 to 1000; each takes about 15 seconds
    #[arg(long, value_name = "N", default_value_t = 12,
          value_parser = clap::value_parser!(u16).range(i64::from(LEAST_ROUNDS)..=1000))]
    rounds: u16,
}

struct Case {
    name: &'static str,
    input: &'static str,
    task: Task,
}

impl Case {
    const fn new(name: &'static str, input: &'static str, hidden: usize, batch: usize) -> Self {
        let task = Task {
            threads: 1,
            hidden,
            batch,
            timed: Timed::Epochs(EPOCHS),
        };
        Self { name, input, task }
    }
}

/// One comparison: the times of both programs, round by round.
struct Series {
    name: &'static str,
    old: Vec<f64>,
    new: Vec<f64>,
}

pub(crate) fn bench_gate(options: &Options) -> Result<()> {
    let processors = Processors::allowed()?;
    let commit = commit(&options.against)?;
    let load = load_at_start();
    let folder = target()?.join("bench-gate");
    let tree = folder.join("tree");
    check_out(&commit, &tree)?;
    let old = build_epoch(&tree, &folder.join("build"))?;
    // A copy, so that the user can continue working.
    let new = folder.join("new");
    let built = build_epoch(root(), &target()?)?;
    fs::copy(&built, &new).with_context(|| built.display().to_string())?;

    let watch = Watch::begin(load);
    let mut series: Vec<_> = CASES.iter().map(|case| empty(case.name)).collect();
    let mut evaluation = empty("evaluation of 60,000 images");
    for round in 1..=options.rounds {
        complain(&format!("round {round} of {}", options.rounds));
        for (case, series) in CASES.iter().zip(&mut series) {
            let run = |program: &Path| {
                let mut command = processors.pinned(1, program);
                Report::of(command.args(["--input", case.input]), case.task)
            };
            // The programs take turns to be first.
            let (old, new) = if round % 2 == 1 {
                let old = run(&old)?;
                (old, run(&new)?)
            } else {
                let new = run(&new)?;
                (run(&old)?, new)
            };
            series.old.push(least(&old.seconds));
            series.new.push(least(&new.seconds));
            if let (Some(old), Some(new)) = (old.evaluation, new.evaluation)
                && case.name == CASES[0].name
            {
                evaluation.old.push(least(&old));
                evaluation.new.push(least(&new));
            }
        }
    }
    let usage = watch.and_then(Watch::end);

    series.push(evaluation);
    // A commit may not time its evaluation.
    series.retain(|it| !it.old.is_empty());
    let mut text = table(&series);
    let _ = writeln!(text, "\nThe working tree against {commit}.");
    std::io::stdout().write_all(text.as_bytes())?;
    if let Some(usage) = usage {
        usage.warn();
    }
    Ok(())
}

fn empty(name: &'static str) -> Series {
    Series {
        name,
        old: Vec::new(),
        new: Vec::new(),
    }
}

/// The fastest epoch of a process, because disturbances only add time.
fn least(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The full hash of a commit, branch or tag.
fn commit(name: &str) -> Result<String> {
    let wanted = format!("{name}^{{commit}}");
    let hash = text(call("git", "rev-parse --verify --end-of-options").arg(&wanted))
        .with_context(|| format!("--against {name:?}: no such commit"))?;
    Ok(hash.trim().to_owned())
}

/// Makes a separate working tree for a commit, which the next call reuses.
fn check_out(commit: &str, tree: &Path) -> Result<()> {
    if tree.join(".git").exists() {
        let mut checkout = call("git", "checkout --quiet --force --detach");
        return start(checkout.arg(commit).current_dir(tree));
    }
    // `--force` twice: git may remember a tree that was removed with `target`.
    let mut add = call("git", "worktree add --quiet --force --force --detach");
    start(add.arg(tree).arg(commit))
}

fn table(series: &[Series]) -> String {
    let mut text = String::from(
        "| what                         | old, s | new, s | new ÷ old | 99 % interval  | verdict                    |\n\
         |------------------------------|-------:|-------:|----------:|----------------|----------------------------|\n",
    );
    for Series { name, old, new } in series {
        let ratios: Vec<f64> = old.iter().zip(new).map(|(old, new)| new / old).collect();
        let judged = judge(&ratios);
        let interval = format!("{:.3} to {:.3}", judged.low, judged.high);
        let _ = writeln!(
            text,
            "| {name:<28} | {:>6.4} | {:>6.4} | {:>9.3} | {interval:<14} | {:<26} |",
            median(old.clone()),
            median(new.clone()),
            judged.ratio,
            judged.verdict.to_string(),
        );
    }
    text
}
