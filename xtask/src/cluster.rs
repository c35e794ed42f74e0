//! `cargo xtask cluster-test`: a sweep as a job array on a real Slurm, under faults.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, root};
use crate::python::system_python;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask cluster-test            40 runs, 7 faults, two minutes
  cargo xtask cluster-test --long     300 runs, at least 50 faults

Slurm is set up in a temporary folder, with two nodes on this machine, and gone afterwards. It needs Linux, Python, and
Slurm and munge (Debian: slurm-wlm, munge), which it installs with apt-get if it may.")]
pub(crate) struct Options {
    /// Hundreds of runs, and at least 50 faults
    #[arg(long)]
    long: bool,

    #[arg(skip)]
    pub(crate) lab: Lab,
}

impl Options {
    /// What continuous integration tries.
    pub(crate) fn short(lab: Lab) -> Self {
        Self { long: false, lab }
    }
}

pub(crate) fn cluster_test(options: &Options) -> Result<()> {
    options.lab.build()?;
    let mut check = Command::new(system_python());
    check
        .arg(root().join("xtask/cluster/check.py"))
        .arg(options.lab.program()?)
        .args(options.long.then_some("--long"));
    start(check.current_dir(root()))
}
