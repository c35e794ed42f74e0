//! `cargo xtask bench-peers`: times an epoch of training with these crates and with other frameworks.
//! `xtask/peers/task.py` describes the task and the timing.

mod programs;
mod report;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use self::programs::Programs;
use self::report::{Configuration, csv, document, tables};
use crate::lab::root;
use crate::machine::{Processors, Watch, load_at_start};
use crate::timing::{Task, Timed};

/// Hidden units and batch size of the paper's network.
const PAPER: (usize, usize) = (128, 128);

const SWEEP_EPOCHS: usize = 3;
const PAPER_EPOCHS: usize = 5;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask bench-peers                      the complete grid, into results/bench
  cargo xtask bench-peers --quick              one round of the paper's size
  cargo xtask bench-peers --rounds 3 --sweep-rounds 1
  cargo xtask bench-peers --threads 1 --hidden 128 --batch 32,128 --out /tmp/trial")]
pub(crate) struct Options {
    /// Rounds of the paper's size
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,

    /// Rounds of each other width and batch
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    sweep_rounds: u16,

    /// Numbers of threads, each with the paper's size and the sweep
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

    /// Only the paper's size, one round of two epochs and of a whole run
    #[arg(long)]
    quick: bool,

    /// Folder for peers.csv and PEERS.md [default: results/bench]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn bench_peers(options: &Options) -> Result<()> {
    // A relative path is relative to the caller's folder.
    let out = match &options.out {
        Some(out) => std::path::absolute(out).context("--out")?,
        None => root().join("results").join("bench"),
    };
    let processors = Processors::allowed()?;
    let configurations = grid(options);
    for configuration in &configurations {
        processors.ensure(configuration.task.threads)?;
    }

    // Before the build, which is also a load.
    let load = load_at_start();
    let programs = Programs::prepare(processors)?;
    programs.warm_up(options.threads[0].into())?;
    let watch = Watch::begin(load);
    let mut rows = Vec::new();
    for configuration in configurations {
        rows.extend(programs.measure(configuration)?);
    }
    let usage = watch.and_then(Watch::end);
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    replace(&out.join("peers.csv"), &csv(&rows))?;
    replace(&out.join("PEERS.md"), &document(&rows, usage.as_ref()))?;
    std::io::stdout().write_all(tables(&rows).join("\n").as_bytes())?;
    if let Some(usage) = usage {
        usage.warn();
    }
    Ok(())
}

/// The paper's size with each number of threads, epochs and whole runs, then the other widths and batches.
fn grid(options: &Options) -> Vec<Configuration> {
    let configuration = |(hidden, batch), threads: &u16, timed, rounds| Configuration {
        task: Task {
            threads: usize::from(*threads),
            hidden,
            batch,
            timed,
        },
        rounds,
    };
    let (epochs, rounds) = if options.quick {
        (2, 1)
    } else {
        (PAPER_EPOCHS, usize::from(options.rounds))
    };
    let threads = options.threads.iter();
    let paper = threads.flat_map(|threads| {
        [Timed::Epochs(epochs), Timed::Run]
            .map(|timed| configuration(PAPER, threads, timed, rounds))
    });
    let mut grid: Vec<_> = paper.collect();
    if options.quick {
        return grid;
    }
    let widths = options.hidden.iter().map(|&h| (h as usize, PAPER.1));
    let batches = options.batch.iter().map(|&b| (PAPER.0, b as usize));
    for size in widths.chain(batches).filter(|&size| size != PAPER) {
        let rounds = usize::from(options.sweep_rounds);
        let threads = options.threads.iter();
        let timed = Timed::Epochs(SWEEP_EPOCHS);
        grid.extend(threads.map(|threads| configuration(size, threads, timed, rounds)));
    }
    grid
}

/// Writes a file atomically.
fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = path.with_extension("tmp");
    fs::write(&temporary, text).with_context(|| temporary.display().to_string())?;
    fs::rename(&temporary, path).with_context(|| path.display().to_string())
}
