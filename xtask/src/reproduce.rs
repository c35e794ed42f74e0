//! `cargo xtask reproduce`: runs a suite and writes its report.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::child::{Interrupted, quietly, start};
use crate::committed::{self, CONFIRMATORY, Committed, MULTIVERSE, RUNS_OF_MULTIVERSE};
use crate::lab::{Lab, complain, root};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask reproduce                        all experiments, 5 seeds, into results/paper
  cargo xtask reproduce --seeds 1              a quick look
  cargo xtask reproduce --only softmax,relu --out /tmp/trial
  cargo xtask reproduce --fresh                repeat finished runs too
  cargo xtask reproduce --suite readings       what the paper leaves open, into results/readings
  cargo xtask reproduce --suite confirmatory   fresh seeds that the rules draw, and verdicts
  cargo xtask reproduce --suite multiverse     every combination of readings; an hour")]
pub(crate) struct Reproduce {
    /// Number of seeds, from the suite's first seed [default: the number of committed seeds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: Option<u64>,

    /// Only these experiments
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    only: Vec<String>,

    /// Suite to run: paper, readings, confirmatory or multiverse
    #[arg(long, value_name = "NAME", default_value = "paper",
          value_parser = committed::suite)]
    suite: String,

    /// Folder for the results [default: results]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Repeat finished runs, instead of continuing where an earlier call stopped
    #[arg(long)]
    fresh: bool,
}

/// The README's quick reproduction: one seed of the paper's experiments, into `results`.
pub(crate) fn quick() -> Reproduce {
    Reproduce {
        seeds: Some(1),
        only: Vec::new(),
        suite: "paper".to_owned(),
        out: None,
        fresh: false,
    }
}

pub(crate) fn reproduce(options: &Reproduce) -> Result<()> {
    // mnist-lab runs in the workspace's folder; a relative path is relative to the caller's.
    let out = match &options.out {
        Some(out) => std::path::absolute(out).context("--out")?,
        None => root().join("results"),
    };
    let name = options.suite.as_str();
    let folder = out.join(name);
    ensure!(
        ![CONFIRMATORY, MULTIVERSE].contains(&name)
            || options.seeds.is_none() && options.only.is_empty(),
        "--suite {name} does not accept --seeds or --only; to run a part of it, see mnist-lab --help"
    );
    let lab = Lab::build()?;
    if !options.fresh && folder.exists() {
        complain(&format!(
            "complete runs in {} are kept, and the others are done; --fresh repeats all",
            folder.display()
        ));
    }
    if name == MULTIVERSE {
        let kept = RUNS_OF_MULTIVERSE.map(|table| folder.join(table));
        for table in kept.iter().filter(|it| options.fresh && it.exists()) {
            fs::remove_file(table).with_context(|| table.display().to_string())?;
        }
        return start(lab.command("study multiverse --out").arg(&out));
    }
    let suite = Committed::find(name)?;
    let (seeds, others) = match (&suite.range, options.seeds) {
        (Some(range), Some(count)) => {
            let end = range.start + count;
            (format!("{}..{end}", range.start), end..range.end)
        }
        _ => (suite.seeds(), 0..0),
    };
    let ran = run(&lab, &suite, &options.only, &seeds, &out, !options.fresh);
    if ran.as_ref().is_err_and(|error| error.is::<Interrupted>()) {
        complain(
            "or repeat this cargo xtask reproduce without --fresh, which also writes the report",
        );
    }
    ran?;
    let is_kept = |seed: &u64| {
        let name = format!("seed-{seed}");
        let experiments = fs::read_dir(&folder).into_iter().flatten().flatten();
        experiments
            .into_iter()
            .any(|it| it.path().join(&name).exists())
    };
    let kept = others.filter(is_kept).count();
    if kept > 0 {
        complain(&format!(
            "the report includes {kept} more seeds, which were in {} before and were not run again",
            folder.display()
        ));
    }
    start(&mut report(&lab, &suite.name, &folder))
}

/// Runs a suite, and the gradient check that the paper's report shows, without standard output, because the report
/// prints the table.
pub(crate) fn run(
    lab: &Lab,
    suite: &Committed,
    only: &[String],
    seeds: &str,
    out: &Path,
    resume: bool,
) -> Result<()> {
    let mut run = lab.command("run");
    run.args(only)
        .args(["--suite", &suite.name, "--seeds", seeds])
        .args(resume.then_some("--resume"));
    quietly(run.arg("--out").arg(out))?;
    if suite.name == "paper" {
        quietly(lab.command("gradcheck --out").arg(out.join(&suite.name)))?;
    }
    Ok(())
}

/// The command that writes the report of a folder. The gradient check is that of the paper's committed results.
pub(crate) fn report(lab: &Lab, suite: &str, folder: &Path) -> Command {
    let mut report = lab.command("report");
    report.arg(folder);
    if suite == CONFIRMATORY {
        report.arg("--gradcheck").arg(committed::folder("paper"));
    }
    report
}
