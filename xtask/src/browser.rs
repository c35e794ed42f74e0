//! `cargo xtask browser`: the report's page, tried in Chromium.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, cargo, root};
use crate::python::venv;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask browser                              results/paper/report.html
  cargo xtask browser --page runs/paper/report.html

It needs Python, and Chromium with its driver (Debian: chromium-driver).")]
pub(crate) struct Options {
    /// The page; one of MNIST that has models in it
    #[arg(long, value_name = "FILE", default_value = "results/paper/report.html")]
    pub(crate) page: PathBuf,

    #[arg(skip)]
    pub(crate) lab: Lab,
}

pub(crate) fn browser(options: &Options) -> Result<()> {
    let python = venv("browser-venv", "xtask/browser/requirements.txt")?;
    let page = std::path::absolute(&options.page)?;
    options.lab.build()?;
    let hostile = hostile(options.lab)?;
    let mut evaluate = options.lab.command("evaluate");
    evaluate.args(["--csv", "--model"]);
    let prepare = ["run", "--release", "--locked", "--quiet", "--package"];
    let mut prepare = cargo(&prepare);
    prepare.args(["mnist-picture", "--example", "bytes", "--"]);
    let mut check = Command::new(python);
    check
        .arg(root().join("xtask/browser/check.py"))
        .args([page, hostile])
        .arg(root().join("data/t10k-images-idx3-ubyte.gz"));
    for (name, command) in [("evaluate:", evaluate), ("prepare:", prepare)] {
        check.arg(name).arg(command.get_program());
        check.args(command.get_args());
    }
    start(check.current_dir(root()))
}

/// A page on a suite whose texts try to be more than text.
fn hostile(lab: Lab) -> Result<PathBuf> {
    let out = root().join("target").join("browser");
    let mut run = lab.command("run");
    run.args(["softmax", "softmax_hostile", "--suite"])
        .arg(root().join("xtask/browser/hostile.toml"))
        .args(["--epochs", "1", "--quiet", "--out"]);
    start(run.arg(&out).stdout(Stdio::null()))?;
    let folder = out.join("hostile");
    let mut report = lab.command("report");
    report.arg("--quiet").arg(&folder);
    start(report.stdout(Stdio::null()))?;
    Ok(folder.join("report.html"))
}
