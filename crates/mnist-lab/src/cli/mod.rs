//! Commands, options and help texts.

mod exercises;
mod models;
mod runs;
mod shared;
mod study;
mod sweep;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use exercises::{Exercises, GradeArgs, HintArgs, NewArgs};
pub(crate) use models::{EvaluateArgs, ExportArgs, ExportFormat, ImportArgs, PredictArgs};
pub(crate) use runs::{GradcheckArgs, ListArgs, ReportArgs, RunArgs};
pub(crate) use shared::{ChecksumOption, DataArgs, Seeds, SuiteArgs};
pub(crate) use study::{MultiverseArgs, PowerArgs, RecordArgs, Study};
pub(crate) use sweep::{
    MergeArgs, PlanArgs, ScriptArgs, SlurmArgs, StatusArgs, SubmitArgs, SubmitTo, Sweep,
};

/// Train small neural networks on MNIST and report on them: the experiments of "Implementing a
/// Multi-Layer Neural Network for MNIST Classification", or your own
#[derive(Debug, Parser)]
#[command(
    name = "mnist-lab",
    version,
    propagate_version = true,
    after_help = "\
Examples:
  mnist-lab list                            experiments of the paper
  mnist-lab run momentum --seeds 0..3       one experiment, three seeds
  mnist-lab run --set lr=0.2 --out trial    all with another learning rate
  mnist-lab run relu --grid lr=0.05,0.1 --grid momentum=0.5,0.9
                                            every combination of the values
  mnist-lab report runs/paper               verdicts, figures and pages
  mnist-lab predict photo.jpg               read a digit

Exit codes: 0 success, 1 failure, 2 usage error, 130 SIGINT, 143 SIGTERM"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print only results
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the experiments of a suite
    List(ListArgs),
    /// Train and test networks; write metrics and models
    Run(RunArgs),
    /// Compare backpropagation with central differences
    Gradcheck(GradcheckArgs),
    /// Judge the claims and write figures, REPORT.md and report.html
    Report(ReportArgs),
    /// Score a model on the test set
    Evaluate(EvaluateArgs),
    /// Classify pictures of digits
    Predict(PredictArgs),
    /// Write a model or learning curves in another tool's format
    Export(ExportArgs),
    /// Make a model from PyTorch or NumPy weights
    Import(ImportArgs),
    /// Divide runs among processes or hosts, and merge their results
    #[command(subcommand)]
    Sweep(Sweep),
    /// Study the paper: statistical power, open choices, record
    #[command(subcommand)]
    Study(Study),
    /// Learn backpropagation: exercises that grade themselves
    #[command(subcommand)]
    Exercises(Exercises),
    /// Print a shell completion script
    #[command(after_help = "Example:
  mnist-lab completions bash > ~/.local/share/bash-completion/completions/mnist-lab")]
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Write a manual page for each command
    // Hidden, because a page without an installer has no place to go: `cargo xtask dist` puts the pages into archives.
    #[command(hide = true)]
    Man {
        /// Existing folder for the pages
        dir: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
