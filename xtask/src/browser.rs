//! `cargo xtask browser`: tests the pages of reports in Chromium.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::child::{quietly, start};
use crate::lab::{Lab, cargo, root, target};
use crate::python::venv;

const PAGE: &str = "results/paper/report.html";

/// The results of confirmatory runs and of combinations.
const FOLDERS: [&str; 2] = ["results/confirmatory", "results/multiverse"];

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask browser                              results/paper/report.html
  cargo xtask browser --page runs/paper/report.html

The pages of results/confirmatory and results/multiverse are tested too.
Needs Python, and Chromium with its driver (Debian: chromium-driver).")]
pub(crate) struct Options {
    /// A report of MNIST that contains models
    #[arg(long, value_name = "FILE", default_value = PAGE)]
    page: PathBuf,
}

/// The committed pages.
pub(crate) fn committed() -> Options {
    Options {
        page: root().join(PAGE),
    }
}

pub(crate) fn browser(options: &Options) -> Result<()> {
    let python = venv("browser-venv", "xtask/browser/requirements.txt")?;
    let page = std::path::absolute(&options.page)?;
    let lab = Lab::build()?;
    let hostile = hostile(&lab)?;
    let runs = runs(&lab)?;
    let evaluate = lab.command("evaluate --csv --model");
    let prepare =
        cargo("run --release --locked --quiet --package mnist-picture --example bytes --");
    let textbook =
        cargo("run --release --locked --quiet --package experiments --example textbook_step --");
    let mut check = Command::new(python);
    check
        .arg(root().join("xtask/browser/check.py"))
        .args([page, hostile])
        .args(FOLDERS.map(|folder| root().join(folder)))
        .args([runs, root().join("data")]);
    for (name, command) in [
        ("evaluate:", evaluate),
        ("prepare:", prepare),
        ("textbook:", textbook),
    ] {
        check.arg(name).arg(command.get_program());
        check.args(command.get_args());
    }
    start(check.current_dir(root()))
}

/// The report of a suite whose texts contain HTML and scripts.
fn hostile(lab: &Lab) -> Result<PathBuf> {
    let out = target()?.join("browser");
    let mut run = lab.command("run softmax softmax_hostile --epochs 1 --quiet --suite");
    run.arg(root().join("xtask/browser/hostile.toml"));
    quietly(run.arg("--out").arg(&out))?;
    let folder = out.join("hostile");
    quietly(lab.command("report --quiet").arg(&folder))?;
    Ok(folder.join("report.html"))
}

/// Runs of the program that the page repeats.
fn runs(lab: &Lab) -> Result<PathBuf> {
    let out = target()?.join("browser");
    for run in [
        "run softmax --seeds 0 --epochs 3 --quiet --out",
        "run relu --seeds 4 --epochs 1 --quiet --out",
    ] {
        quietly(lab.command(run).arg(&out))?;
    }
    let folder = out.join("paper");
    // Writes the data set for the page.
    quietly(lab.command("report --quiet").arg(&folder))?;
    Ok(folder)
}
