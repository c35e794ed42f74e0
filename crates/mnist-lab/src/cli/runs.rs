//! What is said to the commands that run experiments and report on them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use experiments::sweep::partition::Partition;

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
#[command(after_help = "\
Settings that --set knows, with their values in experiment momentum:
  hidden=128            units of each hidden layer: 256,64 for two, none for none
  activation=tanh       identity, sigmoid, tanh, relu
  init=lecun-normal     glorot, he or lecun with -uniform or -normal; normal(0.01),
                        small-positive, zeros
  lr=0.1                learning rate
  momentum=0.9          from 0 to below 1
  batch-size=128
  epochs=100            the most
  patience=3            bad epochs in a row that stop a run
  stopping=consecutive  consecutive (increases), no-improvement, never
  l1=0, l2=0            penalties: λ of equations 7 and 6
  penalty-biases=false
  penalty-place=gradient  gradient, update, damped-update: where their gradient enters
  penalty-sign=plus     plus, minus: minus makes weights grow
  normalize=per-image   per-image, global, per-pixel, unit, none
  split=random          random, sequential
  validation=0.2        a share, or a count
  shuffle=true
  precision=f32         f32, f64
  input=auto            auto, dense, sparse: how the first layer computes
  weights=best          best (lowest validation loss), last: which are tested and kept

Examples:
  mnist-lab run                                       the whole paper, seed 0
  mnist-lab run relu sigmoid --seeds 0..5             two experiments, five seeds
  mnist-lab run momentum --set hidden=256,64 --set lr=0.05 --out deep
  mnist-lab run relu --grid lr=0.05,0.1 --grid activation=tanh,relu --seeds 0..3
                                                      four cells: relu_lr-0.05_activation-tanh, …
  mnist-lab run relu --grid 'hidden=[[128],[256,64],[]]'   a list as TOML has it
  mnist-lab run --data-dir fashion-mnist --out fashion
  mnist-lab run --seeds 0..5 --resume                 go on after Ctrl-C, a crash, a full disk
  mnist-lab run l1_damped --suite readings            what else the paper may mean
  mnist-lab run relu --replace --set lr=0.02          in place of runs with another rate
  mnist-lab run --seeds 0..100 --partition slice:3/40 --resume    every 40th run, from the third on
  mnist-lab run relu --init-from model.safetensors    from given weights
  mnist-lab run relu --save-init --log-steps --epochs 2 --set shuffle=false --set split=sequential")]
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

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0);
    let seconds = seconds.ok_or_else(|| format!("`{text}` is not a number of seconds"))?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
