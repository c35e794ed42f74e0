//! `cargo xtask bench-peers`: an epoch of training with these crates, beside the same epoch in other
//! frameworks. What the task is, and what of it is timed: `xtask/peers/task.py`.

mod configuration;
mod machine;
mod programs;
mod report;
mod reproduce;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::configuration::Configuration;
use self::machine::{allowed_processors, example, is_busy, load_average, succeeds};
use self::programs::Programs;
use self::report::{csv, document, table};
use self::reproduce::Comparison;
use crate::child::start;
use crate::lab::{cargo, complain, root};
use crate::python::venv;

/// Hidden units and batch size of the paper's network.
const PAPER: (usize, usize) = (128, 128);

/// The sweep's rounds and epochs; the paper's size has as many as asked for, and `PAPER_EPOCHS`.
const SWEEP_ROUNDS: usize = 3;
const SWEEP_EPOCHS: usize = 3;
const PAPER_EPOCHS: usize = 5;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask bench-peers                      the whole grid, into results/bench
  cargo xtask bench-peers --quick              one round of the paper's size
  cargo xtask bench-peers --threads 1 --hidden 128 --batch 32,128 --out /tmp/trial")]
pub(crate) struct Options {
    /// Rounds of the paper's size; the sweep has at most 3
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,

    /// Numbers of threads for the paper's size; the sweep has the first
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,2",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,

    /// The sweep's hidden units, in batches of 128
    #[arg(long, value_name = "H,…", value_delimiter = ',', default_value = "32,128,512,1024",
          value_parser = clap::value_parser!(u32).range(1..=65_536))]
    hidden: Vec<u32>,

    /// The sweep's batch sizes, with 128 hidden units
    #[arg(long, value_name = "B,…", value_delimiter = ',', default_value = "32,128,1024",
          value_parser = clap::value_parser!(u32).range(1..=48_000))]
    batch: Vec<u32>,

    /// Only the paper's size, one round of two epochs
    #[arg(long)]
    quick: bool,

    /// Also the six experiments as a whole, beside a PyTorch script that does the same
    #[arg(long)]
    reproduce: bool,

    /// Where peers.csv and PEERS.md go
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn bench_peers(options: &Options) -> Result<()> {
    // Paths given are meant from where the caller stands.
    let out = match &options.out {
        Some(out) => std::path::absolute(out).context("--out")?,
        None => root().join("results").join("bench"),
    };
    let processors = allowed_processors()?;
    let configurations = grid(options);
    if let Some(most) = configurations.iter().map(|c| c.threads).max() {
        ensure!(
            most <= processors.len(),
            "--threads is {most}; this process may use {} processors",
            processors.len()
        );
    }

    // Before the build, which is a load too.
    let load = load_average();
    if load.is_some_and(is_busy) {
        complain("warning: others use this machine; the times will not be worth much");
    }
    let python = venv("peers-venv", "xtask/peers/requirements.txt")?;
    start(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "experiments",
        "--example",
        "epoch",
    ]))?;
    let programs = Programs {
        python,
        epoch: example()?,
        processors,
        taskset: succeeds(Command::new("taskset").arg("--version")),
    };
    if !programs.taskset {
        complain("warning: no taskset; the processes of this workspace are not pinned");
    }

    let mut rows = Vec::new();
    for configuration in configurations {
        rows.extend(programs.measure(configuration)?);
    }
    let mut document = document(&rows, load);
    if options.reproduce {
        let compare = |&threads: &u16| Comparison::run(&programs, threads.into());
        let comparisons: Vec<_> = options.threads.iter().map(compare).collect::<Result<_>>()?;
        document += &reproduce::document(&comparisons);
    }
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    replace(&out.join("peers.csv"), &csv(&rows))?;
    replace(&out.join("PEERS.md"), &document)?;
    std::io::stdout().write_all(table(&rows).as_bytes())?;
    Ok(())
}

/// The paper's size with each number of threads; then, with the first, the other widths and batches.
fn grid(options: &Options) -> Vec<Configuration> {
    let (hidden, batch) = PAPER;
    let rounds = usize::from(options.rounds);
    let paper = options.threads.iter().map(|&threads| Configuration {
        threads: threads.into(),
        hidden,
        batch,
        epochs: if options.quick { 2 } else { PAPER_EPOCHS },
        rounds: if options.quick { 1 } else { rounds },
    });
    let mut grid: Vec<_> = paper.collect();
    if options.quick {
        return grid;
    }
    let sweep = Configuration {
        epochs: SWEEP_EPOCHS,
        rounds: rounds.min(SWEEP_ROUNDS),
        ..grid[0]
    };
    let widths = options.hidden.iter().map(|&hidden| Configuration {
        hidden: hidden as usize,
        ..sweep
    });
    let batches = options.batch.iter().map(|&batch| Configuration {
        batch: batch as usize,
        ..sweep
    });
    grid.extend(
        widths
            .chain(batches)
            .filter(|c| (c.hidden, c.batch) != PAPER),
    );
    grid
}

/// Writes a file that is whole or absent.
fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = path.with_extension("tmp");
    fs::write(&temporary, text).with_context(|| temporary.display().to_string())?;
    fs::rename(&temporary, path).with_context(|| path.display().to_string())
}
