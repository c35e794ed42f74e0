//! `cargo xtask cluster-test`: runs a sweep as a job array on a real Slurm, with faults.

use anyhow::Result;
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, call};
use crate::python::system_python;

#[derive(Args, Default)]
#[command(after_help = "Examples:
  cargo xtask cluster-test            30 runs, 7 faults, about a minute
  cargo xtask cluster-test --long     300 runs, at least 50 faults

Sets up Slurm with two nodes in a temporary folder on this machine, and removes it afterwards. Needs Linux, Python,
Slurm and munge (Debian: slurm-wlm, munge); missing packages are installed with apt-get if this user is root.")]
pub(crate) struct Options {
    /// Hundreds of runs, and at least 50 faults
    #[arg(long)]
    long: bool,
}

pub(crate) fn cluster_test(options: &Options) -> Result<()> {
    let lab = Lab::build()?;
    let mut check = call(system_python(), "xtask/cluster/check.py");
    check.arg(&lab.program);
    start(check.args(options.long.then_some("--long")))
}
