//! Options of the commands that run experiments and report on them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use experiments::sweep::partition::Partition;
use lab_results::suite::Settings;

use crate::console::wrapped;

use super::shared::{DataArgs, RunsArgs, SuiteArgs};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab list
  mnist-lab list --suite my-suite.toml --settings
  mnist-lab list relu --grid lr=0.05,0.1 --grid 'hidden=[[128],[256,64]]'")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) suite: SuiteArgs,

    /// Print the settings of every experiment as TOML
    #[arg(long)]
    pub(crate) settings: bool,
}

#[derive(Debug, Args)]
#[command(after_help = run_help())]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) runs: RunsArgs,

    /// Replace runs that have different settings or data
    #[arg(long)]
    pub(crate) replace: bool,

    /// Skip complete runs and continue interrupted ones from their checkpoints [default: run all again]
    #[arg(long, conflicts_with = "replace")]
    pub(crate) resume: bool,

    /// Seconds between checkpoints of a run; 0 for one after every step, inf for none
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) checkpoint_every: Duration,

    /// Do part K of N of the runs: slice:K/N, or auto from the variables of Slurm, Kubernetes, PBS, Grid
    /// Engine or AWS Batch; auto:N if they do not set N
    #[arg(long, value_name = "PART", conflicts_with = "replace")]
    pub(crate) partition: Option<Partition>,

    /// Stop all runs when one fails; each writes a checkpoint
    #[arg(long, overrides_with = "keep_going")]
    pub(crate) fail_fast: bool,

    /// Continue the other runs when one fails (default)
    #[arg(long, overrides_with = "fail_fast")]
    pub(crate) keep_going: bool,

    /// Threads for all runs together, at most two for each [default: number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Maximum number of epochs; short for --set epochs=N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) epochs: Option<u32>,

    /// Initial weights, from a model [default: random]
    #[arg(long, value_name = "FILE")]
    pub(crate) init_from: Option<PathBuf>,

    /// Also write the initial weights, init.safetensors
    #[arg(long)]
    pub(crate) save_init: bool,

    /// Also write the loss of every step, steps.csv
    #[arg(long)]
    pub(crate) log_steps: bool,

    /// Start a grid of more than 1,000 runs
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab gradcheck
  mnist-lab gradcheck --out runs/paper    also write runs/paper/gradcheck.csv")]
pub(crate) struct GradcheckArgs {
    /// Seed of the weights and the image
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Folder for gradcheck.csv
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab report runs/paper
  mnist-lab report --strict runs/paper    fail if a claim is not reproduced")]
pub(crate) struct ReportArgs {
    /// Folder of results, such as runs/paper
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,

    /// Folder with gradcheck.csv [default: FOLDER, or paper next to it]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) gradcheck: Option<PathBuf>,

    /// Exit with 1 if a claim is not reproduced
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// The settings, as the type [`Settings`] describes them, and examples.
fn run_help() -> String {
    let mut help = "Settings, with their defaults:\n".to_owned();
    for it in Settings::all() {
        let name = format!("  {}={}", it.key, it.default);
        let text = format!("{name:<25} {}: {}", it.help, it.expected);
        help += &wrapped(&text, 26, 80);
    }
    help + EXAMPLES
}

const EXAMPLES: &str = "
Examples:
  mnist-lab run                                all six experiments, seed 0
  mnist-lab run relu sigmoid --seeds 0..5      two experiments, five seeds
  mnist-lab run momentum --set hidden=256,64 --set lr=0.05 --out deep
  mnist-lab run relu --grid lr=0.05,0.1 --grid activation=tanh,relu --seeds 0..3
                                               every combination of the values
  mnist-lab run relu --grid 'hidden=[[128],[256,64],[]]'      values as in TOML
  mnist-lab run --data-dir fashion-mnist --out fashion
  mnist-lab run --seeds 0..5 --resume          continue after an interruption
  mnist-lab run l1_damped --suite readings     an alternative reading
  mnist-lab run relu --replace --set lr=0.02   replace runs with other settings
  mnist-lab run --seeds 0..100 --partition slice:3/40 --resume    part 3 of 40
  mnist-lab run relu --init-from model.safetensors
  mnist-lab run relu --save-init --log-steps --epochs 2 --set shuffle=false";

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0);
    let seconds =
        seconds.ok_or_else(|| format!("invalid number of seconds `{text}`; expected 0 or more"))?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
