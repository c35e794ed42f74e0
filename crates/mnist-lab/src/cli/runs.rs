//! What is said to the commands that run experiments and report on them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use experiments::sweep::partition::Partition;
use lab_results::suite::Settings;

use crate::console::wrapped;

use super::shared::{DataArgs, Seeds, SuiteArgs, parse_seeds};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab list
  mnist-lab list --suite my-suite.toml --settings
  mnist-lab list relu --grid lr=0.05,0.1 --grid hidden=[[128],[256,64]]   the cells of a grid")]
pub(crate) struct ListArgs {
    /// Which experiments; all of the suite if none is named
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiments: Vec<String>,

    #[command(flatten)]
    pub(crate) suite: SuiteArgs,

    /// Print every experiment's settings, as a suite file has them
    #[arg(long)]
    pub(crate) settings: bool,
}

#[derive(Debug, Args)]
#[command(after_help = run_help())]
pub(crate) struct RunArgs {
    /// Which experiments; all of the suite if none is named
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiments: Vec<String>,

    #[command(flatten)]
    pub(crate) suite: SuiteArgs,

    /// Seeds: a range 0..5 (without its end), a list 0,3,7, or one
    #[arg(long, value_name = "SEEDS", default_value = "0", value_parser = parse_seeds)]
    pub(crate) seeds: Seeds,

    /// Where results go, in a folder named after the suite
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) out: PathBuf,

    /// Replace earlier runs of these experiments that had other settings or data
    #[arg(long)]
    pub(crate) replace: bool,

    /// Go on where an interrupted command stopped: skip runs that are whole, take up those with a
    /// checkpoint, start the rest; without it, all are run anew
    #[arg(long, conflicts_with = "replace")]
    pub(crate) resume: bool,

    /// Seconds between a run's checkpoints; 0 for one after every step, inf for none
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) checkpoint_every: Duration,

    /// Do a part of the runs, into parts/K-of-N of the results: slice:K/N for every N-th run, auto for what
    /// the variables of Slurm, Kubernetes, PBS, Grid Engine or AWS Batch say, auto:N where they do not say
    /// how many parts there are
    #[arg(long, value_name = "PART", conflicts_with = "replace")]
    pub(crate) partition: Option<Partition>,

    /// Stop all runs when one fails; each leaves a checkpoint
    #[arg(long, overrides_with = "keep_going")]
    pub(crate) fail_fast: bool,

    /// Let the other runs go on when one fails (the default)
    #[arg(long, overrides_with = "fail_fast")]
    pub(crate) keep_going: bool,

    /// Threads; all processors if not given. Runs share them out, and one run alone uses all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// The most epochs, as --set epochs=N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) epochs: Option<u32>,

    /// Start from a model's weights instead of drawing them
    #[arg(long, value_name = "FILE")]
    pub(crate) init_from: Option<PathBuf>,

    /// Also write init.safetensors, the weights that a run starts from
    #[arg(long)]
    pub(crate) save_init: bool,

    /// Also write steps.csv, the loss of every step
    #[arg(long)]
    pub(crate) log_steps: bool,

    /// Begin even if grids come to more than 1,000 runs
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab gradcheck                          print the paper's table 1 and the rest
  mnist-lab gradcheck --out runs/paper         and write runs/paper/gradcheck.csv")]
pub(crate) struct GradcheckArgs {
    /// Seed of the weights and of the image's choice
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Folder to write gradcheck.csv to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab report runs/paper
  mnist-lab report --strict runs/paper      fail unless every claim of the paper is reproduced")]
pub(crate) struct ReportArgs {
    /// A folder of results, as runs/paper
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,

    /// Folder with gradcheck.csv for the claim about gradients; by default the results' own, or `paper` beside them
    #[arg(long, value_name = "FOLDER")]
    pub(crate) gradcheck: Option<PathBuf>,

    /// Exit with 1 if a claim of the paper is not reproduced
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Settings as the type [`Settings`] describes them, and examples.
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
  mnist-lab run                                the whole paper, seed 0
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
    let seconds = seconds.ok_or_else(|| format!("`{text}` is not a number of seconds"))?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
