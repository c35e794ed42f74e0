//! `cargo xtask interop`: exports read by other tools, and imports of what they write.

use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, root};
use crate::python::venv;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask interop            ONNX Runtime, NumPy, safetensors, TensorBoard
  cargo xtask interop --torch    also PyTorch, some gigabytes

It needs Python.")]
pub(crate) struct Options {
    /// Also load a model into PyTorch and score it there
    #[arg(long)]
    pub(crate) torch: bool,

    #[arg(skip)]
    pub(crate) lab: Lab,
}

pub(crate) fn interop(options: &Options) -> Result<()> {
    let python = venv("interop-venv", "xtask/interop/requirements.txt")?;
    options.lab.build()?;
    let lab = options.lab.command("export");
    let mut check = Command::new(python);
    check
        .arg(root().join("xtask/interop/check.py"))
        .args([root().join("data"), root().join("results/paper")])
        .arg(lab.get_program())
        // All but the subcommand, which the script adds.
        .args(lab.get_args().take(lab.get_args().len() - 1));
    start(check.current_dir(root()))?;
    match options.torch {
        true => torch(options.lab),
        false => Ok(()),
    }
}

fn torch(lab: Lab) -> Result<()> {
    let python = venv("torch-venv", "xtask/interop/torch.txt")?;
    let file = root().join("target").join("digits.safetensors");
    let mut export = lab.command("export");
    export.args([
        "builtin",
        "--format",
        "safetensors",
        "--replace",
        "--quiet",
        "--out",
    ]);
    start(export.arg(&file))?;
    start(
        lab.command("evaluate")
            .arg("--quiet")
            .stdout(Stdio::inherit()),
    )?;
    let mut script = Command::new(python);
    script.arg(root().join("crates/lab-exchange/examples/pytorch.py"));
    start(script.arg(&file).current_dir(root()))
}
