//! `cargo xtask reproduce`: results made again, and their report.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::child::{Interrupted, start};
use crate::committed::{self, CONFIRMATORY, Committed, NAMES, RUNS_OF_MULTIVERSE};
use crate::lab::{Lab, complain, root};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask reproduce                        everything, 5 seeds, into results/paper
  cargo xtask reproduce --seeds 1              a quick look
  cargo xtask reproduce --only softmax,relu --out /tmp/trial
  cargo xtask reproduce --fresh                anew, even what an earlier call has finished
  cargo xtask reproduce --suite readings       what the paper leaves open, into results/readings
  cargo xtask reproduce --suite confirmatory   40 fresh seeds, and verdicts by rules fixed before them
  cargo xtask reproduce --suite multiverse     every combination of readings; hours")]
pub(crate) struct Reproduce {
    /// How many seeds, from the suite's first on; as many as are committed if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: Option<u64>,

    /// Only these experiments
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    only: Vec<String>,

    /// The paper as written, other readings of what it leaves open, fresh seeds, or every combination of readings
    #[arg(long, value_name = "NAME", default_value = "paper", value_parser = NAMES)]
    suite: String,

    /// Where results go
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Run again what is there already, instead of going on where an earlier call stopped
    #[arg(long)]
    fresh: bool,

    #[arg(skip)]
    lab: Lab,
}

impl Reproduce {
    /// One seed of the paper's experiments, anew.
    pub(crate) fn quick(out: PathBuf, lab: Lab) -> Self {
        Self {
            seeds: Some(1),
            only: Vec::new(),
            suite: "paper".to_owned(),
            out: Some(out),
            fresh: true,
            lab,
        }
    }
}

pub(crate) fn reproduce(options: &Reproduce) -> Result<()> {
    // cargo runs in the workspace's folder; a path given is meant from where the caller stands.
    let out = match &options.out {
        Some(out) => std::path::absolute(out).context("--out")?,
        None => root().join("results"),
    };
    let folder = out.join(&options.suite);
    let suite = Committed::find(&options.suite);
    let is_judged = suite.is_none_or(|suite| suite.name == CONFIRMATORY);
    ensure!(
        !is_judged || options.seeds.is_none() && options.only.is_empty(),
        "--suite {} is one whole, without --seeds and --only; for a part of it, see mnist-lab --help",
        options.suite
    );
    let lab = options.lab;
    lab.build()?;
    if !options.fresh && folder.exists() {
        complain(&format!(
            "runs that are whole in {} are kept; --fresh begins anew",
            folder.display()
        ));
    }
    let Some(suite) = suite else {
        let kept = RUNS_OF_MULTIVERSE.map(|table| folder.join(table));
        for table in kept.iter().filter(|it| options.fresh && it.exists()) {
            fs::remove_file(table).with_context(|| table.display().to_string())?;
        }
        return start(
            lab.command("study")
                .arg("multiverse")
                .arg("--out")
                .arg(&out),
        );
    };
    let first = suite.seeds.start;
    let seeds = match options.seeds {
        Some(seeds) => first..first + seeds,
        None => suite.seeds.clone(),
    };
    let ran = run(lab, suite, &options.only, seeds, &out, !options.fresh);
    if ran.as_ref().is_err_and(|error| error.is::<Interrupted>()) {
        complain("or with the same cargo xtask reproduce, without --fresh, and its report");
    }
    ran?;
    start(&mut report(lab, suite, &folder))
}

/// Runs a suite, and what else its report needs, without a word on standard output: the table comes once, from the
/// report.
pub(crate) fn run(
    lab: Lab,
    suite: &Committed,
    only: &[String],
    seeds: Range<u64>,
    out: &Path,
    resume: bool,
) -> Result<()> {
    let seeds = format!("{}..{}", seeds.start, seeds.end);
    let mut run = lab.command("run");
    run.args(only)
        .args(["--suite", suite.name, "--seeds", &seeds, "--out"])
        .arg(out);
    if resume {
        run.arg("--resume");
    }
    start(run.stdout(Stdio::null()))?;
    if suite.name == "paper" {
        let mut gradcheck = lab.command("gradcheck");
        gradcheck.arg("--out").arg(out.join(suite.name));
        start(gradcheck.stdout(Stdio::null()))?;
    }
    Ok(())
}

/// The command that makes a suite's report.
pub(crate) fn report(lab: Lab, suite: &Committed, folder: &Path) -> std::process::Command {
    if suite.name != CONFIRMATORY {
        let mut report = lab.command("report");
        report.arg(folder);
        return report;
    }
    let mut judge = lab.command("study");
    judge
        .arg("judge")
        .arg(folder)
        .arg("--exploratory")
        .arg(committed::folder("paper"));
    judge
}
