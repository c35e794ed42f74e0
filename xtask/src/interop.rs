//! `cargo xtask interop`: other tools read exports, and mnist-lab imports their files.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, root, target};
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
    let mut check = Command::new(python);
    check
        .arg(root().join("xtask/interop/check.py"))
        .args([root().join("data"), root().join("results/paper")])
        .arg(&lab.program);
    start(check.current_dir(root()))?;
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
    let mut script = Command::new(python);
    script.arg(root().join("crates/lab-exchange/examples/pytorch.py"));
    start(script.arg(&file).current_dir(root()))
}
