//! `cargo xtask crosscheck`: two epochs of every experiment, trained again by an independent program.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::python::venv;
use crate::{Lab, root, start};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask crosscheck            in double precision, against NumPy
  cargo xtask crosscheck --single   one epoch in single precision")]
pub(crate) struct Options {
    /// One epoch in single precision, instead of two in double
    #[arg(long)]
    pub(crate) single: bool,

    #[arg(skip)]
    pub(crate) lab: Lab,
}

pub(crate) fn crosscheck(options: &Options) -> Result<()> {
    let python = venv("crosscheck-venv", "scripts/requirements.txt")?;
    let (name, precision, epochs) = match options.single {
        false => ("double", "precision=f64", "2"),
        true => ("single", "precision=f32", "1"),
    };
    let out = root().join("target").join("crosscheck").join(name);
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    let mut run = options.lab.command("run");
    run.args(["--epochs", epochs, "--save-init", "--log-steps"]);
    for setting in [
        "split=sequential",
        "shuffle=false",
        "weights=last",
        precision,
    ] {
        run.args(["--set", setting]);
    }
    start(run.arg("--out").arg(&out).stdout(Stdio::null()))?;

    let paper = out.join("paper");
    let mut check = Command::new(python);
    check.arg(root().join("scripts").join("independent.py"));
    let experiments = fs::read_dir(&paper).with_context(|| paper.display().to_string())?;
    for entry in experiments {
        let run = entry?.path().join("seed-0");
        if run.is_dir() {
            check.arg(run);
        }
    }
    start(&mut check)
}
