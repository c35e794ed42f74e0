//! The command line's words.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use lab_parts::partition::Partition;

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
    /// Put the parts of a plan together, checked
    Merge(MergeArgs),
    /// Say how far a plan is: done, under way, damaged, missing
    Status(StatusArgs),
    /// Compare backpropagation with central differences
    Gradcheck(GradcheckArgs),
    /// Draw figures and write REPORT.md and report.html from a folder of results
    Report(ReportArgs),
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

    /// Do a part of the runs, into DIR/<suite>/parts/K-of-N: slice:K/N for every N-th run, auto for what
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
#[command(after_help = "\
A line has the run's name, experiment, seed, settings, identity (SHA-256 of all that it is made from), and the
seconds that runs of its experiment took in DIR, if there are some.

Examples:
  mnist-lab plan --seeds 0..100 | wc -l
  mnist-lab plan relu --seeds 0..3 --set lr=0.02 | jq .id")]
pub(crate) struct PlanArgs {
    /// Which experiments; all of the suite if none is named
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiments: Vec<String>,

    #[command(flatten)]
    pub(crate) suite: SuiteArgs,

    /// Seeds: a range 0..5 (without its end), a list 0,3,7, or one
    #[arg(long, value_name = "SEEDS", default_value = "0", value_parser = parse_seeds)]
    pub(crate) seeds: Seeds,

    /// Where earlier runs may be, whose times are known
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Every run is checked by its SHA-256. A run that two parts have must have the same bytes. What is there stays,
so that a merge may be interrupted and repeated. When all runs are there, the tables are those of one machine;
`mnist-lab report DIR` draws the report. Exit code 1 if runs are missing.

Examples:
  mnist-lab merge runs/paper
  mnist-lab merge runs/paper /mnt/a/3-of-40 /mnt/b/7-of-40     parts copied from elsewhere")]
pub(crate) struct MergeArgs {
    /// A suite's folder, as runs/paper
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Folders of parts; those in DIR/parts if none is named
    #[arg(value_name = "PART")]
    pub(crate) parts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
It reads files and nothing else, so it may run on another host. Exit code 0 if all runs are done, else 1.

Examples:
  mnist-lab status runs/paper
  mnist-lab status runs/paper --watch
  sbatch --array=$(mnist-lab status runs/paper --missing --as-array) job.sh")]
pub(crate) struct StatusArgs {
    /// A suite's folder, as runs/paper
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Print the names of the runs that are not done
    #[arg(long)]
    pub(crate) missing: bool,

    /// Instead of names, the indices of the array tasks that do them: 3,7-9
    #[arg(long, requires = "missing")]
    pub(crate) as_array: bool,

    /// Look again every two seconds until all is done
    #[arg(long, conflicts_with = "missing")]
    pub(crate) watch: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SuiteArgs {
    /// A suite: paper, readings or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "paper")]
    pub(crate) suite: String,

    /// Change a setting of the experiments that are named, or of all; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,

    /// In place of the experiments that are named, or of all: each with every one of these values; may be
    /// repeated for every combination. A list is TOML, or split at commas
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub(crate) grid: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Folder with the four IDX files, raw or .gz; MNIST is built in
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Whose the files must be, by SHA-256: those of MNIST, Fashion-MNIST or KMNIST, of MNIST, or anybody's
    #[arg(
        long,
        value_name = "WHICH",
        default_value = "known",
        requires = "data_dir"
    )]
    pub(crate) checksums: ChecksumOption,

    /// How many classes labels go through, from 0
    #[arg(long, value_name = "N", default_value_t = 10, requires = "data_dir",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) classes: u16,

    /// What file names begin with, as emnist-letters for EMNIST
    #[arg(long, value_name = "NAME", requires = "data_dir")]
    pub(crate) prefix: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ChecksumOption {
    Known,
    Mnist,
    Off,
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
    /// A suite's folder, as runs/paper
    pub(crate) folder: PathBuf,

    /// Exit with 1 if a claim of the paper is not reproduced
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab evaluate                        the built-in model
  mnist-lab evaluate --model runs/paper/relu/seed-0/model.safetensors
  mnist-lab evaluate --csv > test-set.csv")]
pub(crate) struct EvaluateArgs {
    /// A model.safetensors; one is built in
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Print CSV instead: each test image, its class, every class's probability
    #[arg(long)]
    pub(crate) csv: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A picture is brought to MNIST's form: uneven light is removed, the ink found, whether dark on light or
light on dark, fitted into a box of 20 × 20 and centred by mass in 28 × 28. --show prints the result.

The network knows digits and nothing else: a letter or a drawing is read as some digit, often with a high
probability. A digit below 90 % is warned about on standard error.

Examples:
  mnist-lab predict photo.jpg
  mnist-lab predict --show --split number.png
  curl -s https://example.org/digit.webp | mnist-lab predict -
  mnist-lab predict --model model.safetensors --csv *.jpg > predictions.csv

A model of Fashion-MNIST or KMNIST answers with the names of their classes.")]
pub(crate) struct PredictArgs {
    /// A model.safetensors; one is built in
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Print CSV: the picture, the class, every class's probability
    #[arg(long)]
    pub(crate) csv: bool,

    /// Also print what the network sees, 28 × 28 pixels of two characters
    #[arg(long, conflicts_with = "csv")]
    pub(crate) show: bool,

    /// Read several digits in a row, from left to right
    #[arg(long)]
    pub(crate) split: bool,

    /// PNG, JPEG, BMP or WebP files; - for standard input
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Formats of a model:
  onnx         bytes [N, 28, 28] in, logits and probabilities out; IR version 8, opset 17
  npz          NumPy's arrays: fc1.weight [fan-out × fan-in], fc1.bias, …
  safetensors  nothing but the tensors, as PyTorch's load_state_dict takes them
  json         everything, readable
Formats of curves:
  tensorboard  a folder with an event file for each run, its settings among them
  csv          one table: experiment, seed, epoch, metric, value

Examples:
  mnist-lab export model.safetensors --format onnx
  mnist-lab export builtin --format npz --out digits.npz
  mnist-lab export runs/paper --format tensorboard && tensorboard --logdir paper-tensorboard
  mnist-lab export results/paper --format csv --out - | head")]
pub(crate) struct ExportArgs {
    /// A model.safetensors, `builtin` for the one that is built in, or a suite's folder
    #[arg(value_name = "MODEL|DIR")]
    pub(crate) what: PathBuf,

    /// The format to write
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: ExportFormat,

    /// Where to write; - for standard output. If not given, a name in this folder that says what it is
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Replace a file that is there
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ExportFormat {
    Onnx,
    Npz,
    Safetensors,
    Json,
    Tensorboard,
    Csv,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Weights are arrays [fan-out × fan-in] named fc1.weight, fc1.bias, … or 0.weight, 0.bias, …, as PyTorch
names them, in single or double precision. They do not say how a network uses them; a file that was
exported from here does, and needs neither option.

Ways to normalise: per-image, unit (u/255), none, global and per-pixel (by the training images' numbers),
or mean and standard deviation of u/255, as torchvision's Normalize has them: 0.1307,0.3081.

Examples:
  mnist-lab import net.safetensors --activation relu --normalize 0.1307,0.3081 --out net.model.safetensors
  mnist-lab evaluate --model net.model.safetensors
  mnist-lab import digits.npz --out digits.model.safetensors")]
pub(crate) struct ImportArgs {
    /// A safetensors or npz file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The hidden layers' activation: identity, sigmoid, tanh, relu
    #[arg(long, value_name = "NAME", requires = "normalize")]
    pub(crate) activation: Option<nn_core::Activation>,

    /// How pixels become numbers
    #[arg(long, value_name = "HOW", requires = "activation")]
    pub(crate) normalize: Option<String>,

    /// The model file to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,

    /// Replace a file that is there
    #[arg(long)]
    pub(crate) replace: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0);
    let seconds = seconds.ok_or_else(|| format!("`{text}` is not a number of seconds"))?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Seeds in the order given, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Vec<u64>);

fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let expected = || format!("`{text}` are no seeds; expected a range 0..5, a list 0,3,7, or one");
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| expected());
    let seeds: Vec<u64> = if let Some((start, end)) = text.split_once("..") {
        let Range { start, end } = number(start)?..number(end)?;
        if end.saturating_sub(start) > 10_000 {
            return Err(format!("`{text}` are more than 10000 seeds"));
        }
        (start..end).collect()
    } else {
        text.split(',').map(number).collect::<Result<_, _>>()?
    };
    let mut sorted = seeds.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if seeds.is_empty() || sorted.len() != seeds.len() {
        return Err(expected() + ", none of them twice");
    }
    Ok(Seeds(seeds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seeds() {
        let read = |text| parse_seeds(text).map(|seeds| seeds.0);
        assert_eq!(read("0..3"), Ok(vec![0, 1, 2]));
        assert_eq!(read("7"), Ok(vec![7]));
        assert_eq!(read("3, 1"), Ok(vec![3, 1]));
        for bad in ["", "a", "3..3", "5..1", "1,1", "-1", "0..99999999999"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
