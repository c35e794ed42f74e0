//! The command line's words.

mod claims;
mod models;
mod multiverse;
mod parts;
mod runs;
mod shared;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use claims::{JudgeArgs, PowerArgs, RecordArgs, RulesArgs};
pub(crate) use models::{EvaluateArgs, ExportArgs, ExportFormat, ImportArgs, PredictArgs};
pub(crate) use multiverse::MultiverseArgs;
pub(crate) use parts::{
    MergeArgs, PlanArgs, ScriptArgs, SlurmArgs, StatusArgs, SubmitArgs, SubmitTo,
};
pub(crate) use runs::{GradcheckArgs, ListArgs, ReportArgs, RunArgs};
pub(crate) use shared::{ChecksumOption, DataArgs, SuiteArgs};

/// Trains small neural networks on MNIST and reports on them: the experiments of "Implementing a
/// Multi-Layer Neural Network for MNIST Classification", or your own.
#[derive(Debug, Parser)]
#[command(
    name = "mnist-lab",
    version,
    propagate_version = true,
    after_help = "\
Examples:
  mnist-lab list                            what there is to run
  mnist-lab run momentum --seeds 0..3       one experiment, three seeds
  mnist-lab run --set lr=0.2 --out trial    all of them with another learning rate
  mnist-lab run relu --grid lr=0.05,0.1 --grid momentum=0.5,0.9   every combination
  mnist-lab report runs/paper               figures, REPORT.md and report.html
  mnist-lab predict photo.jpg                read a digit with the built-in model

Exit codes: 0 fine, 1 failure, 2 usage, 130 and 143 interrupted."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say nothing but results
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List a suite's experiments
    List(ListArgs),
    /// Run experiments: train, test, write metrics and models
    Run(RunArgs),
    /// Print the runs that a command would do, a line of JSON for each
    Plan(PlanArgs),
    /// Give the parts of a plan to a scheduler
    Submit(SubmitArgs),
    /// Put the parts of a plan together, checked
    Merge(MergeArgs),
    /// Say how far a plan is: done, under way, damaged, missing
    Status(StatusArgs),
    /// Compare backpropagation with central differences
    Gradcheck(GradcheckArgs),
    /// Draw figures and write REPORT.md and report.html from a folder of results
    Report(ReportArgs),
    /// Say how many fresh seeds each claim needs, by rules that are fixed beforehand
    Power(PowerArgs),
    /// Judge claims by fresh seeds: tables, figures, REPORT.md
    Judge(JudgeArgs),
    /// Run every combination of what the paper leaves open about its penalties, and report
    Multiverse(MultiverseArgs),
    /// Print the record of the whole reproduction, from the tables of both
    Record(RecordArgs),
    /// Score a model on the test set
    Evaluate(EvaluateArgs),
    /// Classify pictures of digits
    Predict(PredictArgs),
    /// Write a model or the curves of a folder of results in another tool's format
    Export(ExportArgs),
    /// Make a model of weights from PyTorch or NumPy
    Import(ImportArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  mnist-lab completions bash > ~/.local/share/bash-completion/completions/mnist-lab")]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
