//! What is said to the commands on claims whose rules are fixed beforehand.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::DataArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// Print how many confirmatory seeds each claim needs
    Power(PowerArgs),
    /// Run every combination of what the paper leaves open about its penalties
    Multiverse(MultiverseArgs),
    /// Print the record of the whole reproduction
    Record(RecordArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab study power                              from results/paper, by the rules of its suite
  mnist-lab study power --rules mine.toml runs/paper")]
pub(crate) struct PowerArgs {
    /// The folder of the exploratory runs
    #[arg(value_name = "FOLDER", default_value = "results/paper")]
    pub(crate) folder: PathBuf,

    /// File of rules; the suite's own by default
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  mnist-lab study record > results/RECORD.md")]
pub(crate) struct RecordArgs {
    /// The folder that has paper, confirmatory and multiverse
    #[arg(value_name = "FOLDER", default_value = "results")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab study multiverse                     all 864 combinations, then 5 seeds of the nearest; hours
  mnist-lab study multiverse --cells 24 --out trial    a fair sample, in minutes
  mnist-lab report runs/multiverse         its report again, from the tables

The same command goes on where it was interrupted; at most the runs under way are lost.")]
pub(crate) struct MultiverseArgs {
    /// A file of choices; the built-in ones if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) choices: Option<PathBuf>,

    /// How many combinations, from the beginning of their random order; all if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cells: Option<u32>,

    /// How many of the nearest readings get further seeds, beside the literal one
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) best: u32,

    /// How many seeds those have, from 0 on
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,

    /// Where results go, in a folder multiverse
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) out: PathBuf,

    /// Runs at once; as many as there are processors if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
