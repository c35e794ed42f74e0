//! Options of the commands that use, export or import a model.

use std::path::PathBuf;

use clap::Args;

use super::shared::DataArgs;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab evaluate                        the built-in model
  mnist-lab evaluate --model runs/paper/relu/seed-0/model.safetensors
  mnist-lab evaluate --csv > test-set.csv")]
pub(crate) struct EvaluateArgs {
    /// Model file [default: the built-in model]
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Print the probabilities of every test image as CSV
    #[arg(long)]
    pub(crate) csv: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A picture is converted to MNIST's form: uneven light is removed, and the ink,
dark on light or light on dark, is scaled to 20 × 20 pixels and centred by mass
in 28 × 28 pixels. --show prints the result.

The network knows only digits. It reads a letter or a drawing as some digit,
often with a high probability. A probability below 90 % gives a warning.

Examples:
  mnist-lab predict photo.jpg
  mnist-lab predict --show --split number.png
  curl -s https://example.org/digit.webp | mnist-lab predict -
  mnist-lab predict --model model.safetensors --csv *.jpg > predictions.csv")]
pub(crate) struct PredictArgs {
    /// Model file [default: the built-in model]
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Print the probabilities of every class as CSV
    #[arg(long)]
    pub(crate) csv: bool,

    /// Also print the network's input, 28 × 28 pixels
    #[arg(long, conflicts_with = "csv")]
    pub(crate) show: bool,

    /// Read several digits from left to right
    #[arg(long)]
    pub(crate) split: bool,

    /// PNG, JPEG, BMP or WebP file; - for standard input
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Formats of a model:
  onnx         input bytes [N, 28, 28], output logits and probabilities; opset 17
  npz          NumPy arrays fc1.weight [fan-out × fan-in], fc1.bias, …
  safetensors  tensors for PyTorch's load_state_dict
  json         weights and metadata as text
Formats of learning curves:
  tensorboard  a folder with an event file and the settings of each run
  csv          one table: experiment, seed, epoch, metric, value

Examples:
  mnist-lab export model.safetensors --format onnx
  mnist-lab export builtin --format npz --out digits.npz
  mnist-lab export runs/paper --format tensorboard
  mnist-lab export results/paper --format csv --out - | head")]
pub(crate) struct ExportArgs {
    /// Model file, `builtin` for the built-in model, or a folder of results
    #[arg(value_name = "MODEL|DIR")]
    pub(crate) what: PathBuf,

    /// Output format
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: ExportFormat,

    /// Output file or folder; - for standard output [default: named after the model or suite]
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Replace an existing file
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
Weights are arrays [fan-out × fan-in] named fc1.weight, fc1.bias, … or 0.weight,
0.bias, … as in PyTorch, in single or double precision. Files exported by
mnist-lab contain the activation and the normalisation and need no option.

Normalisations: per-image, unit (u/255), none, global and per-pixel (statistics
of the training images), or mean and standard deviation of u/255 as in
torchvision's Normalize: 0.1307,0.3081.

Examples:
  mnist-lab import net.safetensors --activation relu --normalize 0.1307,0.3081 \\
      --out net.model.safetensors
  mnist-lab evaluate --model net.model.safetensors
  mnist-lab import digits.npz --out digits.model.safetensors")]
pub(crate) struct ImportArgs {
    /// safetensors or npz file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Activation of the hidden layers: identity, sigmoid, tanh or relu
    #[arg(long, value_name = "NAME", requires = "normalize")]
    pub(crate) activation: Option<nn_core::Activation>,

    /// Normalisation of the pixels
    #[arg(long, value_name = "NAME|MEAN,SD", requires = "activation")]
    pub(crate) normalize: Option<String>,

    /// Model file to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,

    /// Replace an existing file
    #[arg(long)]
    pub(crate) replace: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
