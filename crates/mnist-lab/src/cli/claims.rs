//! What is said to the commands on claims whose rules are fixed beforehand.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab power                              from results/paper, for the built-in rules
  mnist-lab power --rules mine.toml runs/paper")]
pub(crate) struct PowerArgs {
    /// The folder of the exploratory runs
    #[arg(value_name = "FOLDER", default_value = "results/paper")]
    pub(crate) folder: PathBuf,

    #[command(flatten)]
    pub(crate) rules: RulesArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab run --suite confirmatory --seeds 100..160 --out results
  mnist-lab judge results/confirmatory --exploratory results/paper")]
pub(crate) struct JudgeArgs {
    /// The folder of the confirmatory runs
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,

    /// The folder of the exploratory runs, with their verdicts and the gradient check
    #[arg(long, value_name = "FOLDER", default_value = "results/paper")]
    pub(crate) exploratory: PathBuf,

    #[command(flatten)]
    pub(crate) rules: RulesArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  mnist-lab record > results/RECORD.md")]
pub(crate) struct RecordArgs {
    /// The folder that has paper, confirmatory and multiverse
    #[arg(value_name = "FOLDER", default_value = "results")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// A file of rules; the built-in ones if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
}
