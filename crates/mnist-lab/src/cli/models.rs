//! What is said to the commands that use a model, or take it elsewhere.

use std::path::PathBuf;

use clap::Args;

use super::shared::DataArgs;

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
