//! The command line's words.

mod models;
mod runs;
mod shared;
mod study;
mod sweep;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use models::{EvaluateArgs, ExportArgs, ExportFormat, ImportArgs, PredictArgs};
pub(crate) use runs::{GradcheckArgs, ListArgs, ReportArgs, RunArgs};
pub(crate) use shared::{ChecksumOption, DataArgs, SuiteArgs};
pub(crate) use study::{MultiverseArgs, PowerArgs, RecordArgs, Study};
pub(crate) use sweep::{
    MergeArgs, PlanArgs, ScriptArgs, SlurmArgs, StatusArgs, SubmitArgs, SubmitTo, Sweep,
};

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
    /// Compare backpropagation with central differences
    Gradcheck(GradcheckArgs),
    /// Judge claims, draw figures and write REPORT.md and report.html from a folder of results
    Report(ReportArgs),
    /// Score a model on the test set
    Evaluate(EvaluateArgs),
    /// Classify pictures of digits
    Predict(PredictArgs),
    /// Write a model or the curves of a folder of results in another tool's format
    Export(ExportArgs),
    /// Make a model of weights from PyTorch or NumPy
    Import(ImportArgs),
    /// Share a sweep out to parts, run them with a scheduler and merge them
    #[command(subcommand)]
    Sweep(Sweep),
    /// Plan and summarize the study: statistical power, every combination of open choices, the record
    #[command(subcommand)]
    Study(Study),
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  mnist-lab completions bash > ~/.local/share/bash-completion/completions/mnist-lab")]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Commands that were spelled otherwise before 0.1.0, and how they are spelled now.
const RENAMED: [(&str, &str); 8] = [
    ("plan", "sweep plan"),
    ("submit", "sweep submit"),
    ("status", "sweep status"),
    ("merge", "sweep merge"),
    ("power", "study power"),
    ("judge", "report"),
    ("multiverse", "study multiverse"),
    ("record", "study record"),
];

impl Cli {
    /// The command line of this process; ends the process if the command line is invalid.
    pub(crate) fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| renamed(&error).unwrap_or(error).exit())
    }
}

/// The error for a command that has another name now.
fn renamed(error: &clap::Error) -> Option<clap::Error> {
    let ContextValue::String(found) = error.get(ContextKind::InvalidSubcommand)? else {
        return None;
    };
    let (old, new) = RENAMED.iter().find(|(old, _)| old == found)?;
    let message = format!("`mnist-lab {old}` is now `mnist-lab {new}`");
    Some(Cli::command().error(ErrorKind::InvalidSubcommand, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
