//! `cargo xtask crosscheck`: an independent program trains two epochs of every experiment and of five variants of the
//! penalties; SciPy computes the statistics, and NumPy the golden values.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use crate::child::{quietly, start};
use crate::disk::fresh;
use crate::lab::{Lab, call};
use crate::python::venv;

/// The paper's experiments, the readings that compute something else, and two experiments whose early stopping watches the
/// penalty, each with a folder.
const RUNS: [(&str, &str, &[&str], &[&str]); 3] = [
    ("as-written", "paper", &[], &[]),
    (
        "readings",
        "readings",
        &["l2_minus", "l1_update", "l1_damped"],
        &[],
    ),
    ("watched", "paper", &["l2", "l1"], &WATCHED),
];
const WATCHED: [&str; 3] = [
    "stopping-loss=objective",
    "penalty-gradient-scale=0.0078125",
    "penalty-sign=minus",
];

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask crosscheck            double precision against NumPy, and the statistics against SciPy
  cargo xtask crosscheck --single   one epoch in single precision

Needs Python.")]
pub(crate) struct Options {
    /// One epoch in single precision, instead of two in double
    #[arg(long)]
    pub(crate) single: bool,
}

/// Computes again the numbers that tests compare with: those of NumPy, and those of SciPy.
fn expected_numbers(python: &Path) -> Result<()> {
    start(&mut call(python, "scripts/golden.py --check"))?;
    let statistics = "scripts/statistics.py --check crates/lab-claims/tests/scipy.json";
    start(&mut call(python, statistics))
}

pub(crate) fn crosscheck(options: &Options) -> Result<()> {
    let python = venv("crosscheck-venv", "scripts/requirements.txt")?;
    if !options.single {
        expected_numbers(&python)?;
    }
    let (name, precision, epochs) = match options.single {
        false => ("double", "precision=f64", "2"),
        true => ("single", "precision=f32", "1"),
    };
    let out = fresh(&format!("crosscheck/{name}"))?;
    let lab = Lab::build()?;
    let mut check = call(python, "scripts/independent.py");
    for (folder, suite, experiments, changes) in RUNS {
        let mut run = lab.command("run --save-init --log-steps");
        run.args(experiments).args(["--suite", suite]);
        run.args(["--epochs", epochs, "--set", precision]);
        for setting in ["split=sequential", "shuffle=false", "weights=last"]
            .iter()
            .chain(changes)
        {
            run.args(["--set", setting]);
        }
        let folder = out.join(folder);
        quietly(run.arg("--out").arg(&folder))?;
        let folder = folder.join(suite);
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let run = entry?.path().join("seed-0");
            if run.is_dir() {
                check.arg(run);
            }
        }
    }
    start(&mut check)
}
