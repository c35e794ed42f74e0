//! `cargo xtask interop`: other tools read exports, and mnist-lab imports their files.

use anyhow::Result;
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, call, target};
use crate::python::venv;

#[derive(Args, Default)]
#[command(after_help = "Examples:
  cargo xtask interop            ONNX Runtime, NumPy, safetensors, TensorBoard
  cargo xtask interop --torch    also PyTorch, some gigabytes

Needs Python.")]
pub(crate) struct Options {
    /// Also load and score a model in PyTorch
    #[arg(long)]
    torch: bool,
}

pub(crate) fn interop(options: &Options) -> Result<()> {
    let python = venv("interop-venv", "xtask/interop/requirements.txt")?;
    let lab = Lab::build()?;
    let mut check = call(python, "xtask/interop/check.py");
    start(check.arg(&lab.program))?;
    match options.torch {
        true => torch(&lab),
        false => Ok(()),
    }
}

fn torch(lab: &Lab) -> Result<()> {
    let python = venv("torch-venv", "xtask/interop/torch.txt")?;
    let file = target()?.join("digits.safetensors");
    let mut export = lab.command("export builtin --format safetensors --replace --quiet --out");
    start(export.arg(&file))?;
    start(&mut lab.command("evaluate --quiet"))?;
    start(call(python, "crates/lab-exchange/examples/pytorch.py").arg(&file))
}
