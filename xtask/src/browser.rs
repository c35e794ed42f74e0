//! `cargo xtask browser`: tests the pages of reports in Chromium.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::child::{quietly, start};
use crate::lab::{Lab, call, cargo, root, target};
use crate::python::venv;

/// The results of confirmatory runs and of combinations.
const FOLDERS: [&str; 2] = ["results/confirmatory", "results/multiverse"];

#[derive(Args, Default)]
#[command(after_help = "Examples:
  cargo xtask browser                              results/paper/report.html
  cargo xtask browser --page runs/paper/report.html

The pages of results/confirmatory and results/multiverse are tested too.
Needs Python, and Chromium with its driver (Debian: chromium-driver).")]
pub(crate) struct Options {
    /// A report of MNIST that contains models [default: results/paper/report.html]
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

pub(crate) fn browser(options: &Options) -> Result<()> {
    let python = venv("browser-venv", "xtask/browser/requirements.txt")?;
    let page = match &options.page {
        Some(page) => std::path::absolute(page).context("--page")?,
        None => root().join("results/paper/report.html"),
    };
    let lab = Lab::build()?;
    let hostile = hostile(&lab)?;
    let runs = runs(&lab)?;
    let evaluate = lab.command("evaluate --csv --model");
    let prepare =
        cargo("run --release --locked --quiet --package mnist-picture --example bytes --");
    let textbook =
        cargo("run --release --locked --quiet --package experiments --example textbook_step --");
    let mut check = call(python, "xtask/browser/check.py");
    check
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
    start(&mut check)
}

/// The report of a suite whose texts contain HTML and scripts.
fn hostile(lab: &Lab) -> Result<PathBuf> {
    let out = target()?.join("browser");
    let run =
        "run softmax softmax_hostile --epochs 1 --quiet --suite xtask/browser/hostile.toml --out";
    quietly(lab.command(run).arg(&out))?;
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
