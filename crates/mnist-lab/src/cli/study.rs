//! Options of `mnist-lab study`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::DataArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// Print how many confirmatory seeds each claim needs
    Power(PowerArgs),
    /// Run every combination of the choices that the paper leaves open
    Multiverse(MultiverseArgs),
    /// Print the record of the reproduction
    Record(RecordArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab study power
  mnist-lab study power --rules mine.toml runs/paper")]
pub(crate) struct PowerArgs {
    /// Folder of the exploratory runs
    #[arg(value_name = "FOLDER", default_value = "results/paper")]
    pub(crate) folder: PathBuf,

    /// Rules file [default: the rules of the suite]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  mnist-lab study record > results/RECORD.md")]
pub(crate) struct RecordArgs {
    /// Folder that contains paper, confirmatory and multiverse
    #[arg(value_name = "FOLDER", default_value = "results")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab study multiverse                         all combinations; an hour
  mnist-lab study multiverse --cells 24 --out trial  a random sample; minutes
  mnist-lab report runs/multiverse                   the report alone

After an interruption or a kill, the same command continues. Only the runs
under way are lost.")]
pub(crate) struct MultiverseArgs {
    /// File of choices [default: built in]
    #[arg(long, value_name = "FILE")]
    pub(crate) choices: Option<PathBuf>,

    /// Number of combinations, in random order [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cells: Option<u32>,

    /// Number of combinations nearest to the paper that get more seeds
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) best: u32,

    /// Number of seeds of these combinations
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,

    /// Folder for results; the combinations get a subfolder
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) out: PathBuf,

    /// Simultaneous runs [default: number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
