//! Options of `mnist-lab exercises`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use mnist_exercises::EXERCISES;

#[derive(Debug, Subcommand)]
pub(crate) enum Exercises {
    /// Write a Cargo project with exercises on backpropagation
    New(NewArgs),
    /// Grade the answers in a project
    Grade(GradeArgs),
    /// Print a hint for an exercise
    Hint(HintArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The project has a file for each exercise. `cargo test` in the project grades the
answers and names the mistake that a wrong answer looks like.

Examples:
  mnist-lab exercises new backpropagation
  mnist-lab exercises new --clone ~/mnist-lab backpropagation")]
pub(crate) struct NewArgs {
    /// Folder of the new project; must be empty or not exist
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,

    /// Clone of the repository with the crates that the project uses [default: the clone that this
    /// program was built from]
    #[arg(long, value_name = "PATH")]
    pub(crate) clone: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Builds the project with cargo, and runs each exercise in its own process. If
a file does not compile, the other exercises are graded without it.

The answers are programs: they can read and write what you can. Grade the work
of others in a container.

Exit codes: 0 all exercises passed, 1 not all passed, 2 usage error

Examples:
  mnist-lab exercises grade backpropagation
  mnist-lab exercises grade --json backpropagation | jq '.exercises[].state'")]
pub(crate) struct GradeArgs {
    /// Folder of the project
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,

    /// Print one JSON object: the name, state, message and mistake of each exercise
    #[arg(long)]
    pub(crate) json: bool,

    /// Time limit of an exercise
    #[arg(long, value_name = "SECONDS", default_value_t = mnist_exercises::grade::SECONDS,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) time_limit: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab exercises hint softmax
  mnist-lab exercises hint softmax --level 3")]
pub(crate) struct HintArgs {
    /// Name of the exercise, as its file
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(EXERCISES.iter().map(|it| it.name)))]
    pub(crate) name: String,

    /// 1 for an idea, 2 for the steps, 3 for the formula as code
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) level: u8,
}
