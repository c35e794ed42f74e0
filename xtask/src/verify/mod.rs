//! `cargo xtask verify`: makes committed results again and compares them byte by byte.
//!
//! One rule: what was made again is compared in full, and what was not is named. Reports, figures and tables that are
//! made from other files are always made again. A run is made again if the user asks for it.

mod again;
mod compare;
mod differ;
mod files;
mod mutations;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, ensure};
use clap::Args;

use crate::child::{output, quietly};
use crate::committed::{self, Committed, MULTIVERSE, names};
use crate::disk::{fresh, write};
use crate::lab::{Lab, cargo, complain, root};
use again::{Runs, Suite};
use compare::{Again, Outcome, compare};
use files::{Files, read_files, run_of};

/// Measurements and what is written by hand; no command gives the same bytes again.
const MEASURED: [&str; 7] = [
    "bench/PEERS.md",
    "bench/README.md",
    "bench/growth.csv",
    "bench/growth.png",
    "bench/growth.svg",
    "bench/peers.csv",
    "pictures.md",
];

/// The folder of the search for a mistake that gives the paper's table 1.
const TABLE_1: &str = "table1";

#[derive(Args, Default)]
#[command(after_help = "Examples:
  cargo xtask verify                       everything; hours
  cargo xtask verify --sample              all runs of the paper, some of the other suites
  cargo xtask verify --tables              no run; a minute
  cargo xtask verify --suite confirmatory
  cargo xtask verify --suite paper --only softmax,relu --seeds 1
  cargo xtask verify --tolerance 1e-3      where the last digits of numbers may differ

Reports, figures and every other file that is made from tables are always
made again. The command fails if a file differs, is missing, or is there
without a command that makes it. What was not made again is listed as not
checked.")]
pub(crate) struct Options {
    /// Suite to compare: paper, readings, confirmatory or multiverse [default: all, and results/RECORD.md]
    #[arg(long, value_name = "NAME", value_parser = committed::suite)]
    suite: Option<String>,

    /// Make only runs of these experiments again
    #[arg(long, value_name = "ID,…", value_delimiter = ',', requires = "suite")]
    only: Vec<String>,

    /// Make only runs with the first N seeds again
    #[arg(long, value_name = "N", requires = "suite",
          value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// Make only a sample of the runs again: the paper's, the first seed of the other suites, and two combinations
    #[arg(long, conflicts_with_all = ["only", "seeds"])]
    sample: bool,

    /// Make no run again; also test that the comparison notices changed, missing and extra files
    #[arg(long, conflicts_with_all = ["only", "seeds", "sample"])]
    tables: bool,

    /// Compare the numbers in tables, not bytes. Numbers may differ by this share of the larger number, or by this
    /// amount if both are below 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = tolerance,
          allow_negative_numbers = true)]
    tolerance: f64,
}

fn tolerance(text: &str) -> Result<f64, &'static str> {
    let share = text.parse().ok();
    share
        .filter(|share: &f64| share.is_finite() && *share >= 0.0)
        .ok_or("expected a finite number, 0 or above")
}

impl Options {
    /// As continuous integration runs it.
    pub(crate) fn tables() -> Self {
        Self {
            tables: true,
            ..Self::default()
        }
    }

    /// Which runs of a suite are asked for.
    fn runs(&self, suite: &Committed) -> Runs {
        let part = |only: &[String], seeds| Runs::Part {
            only: only.to_vec(),
            seeds,
        };
        let is_part = !self.only.is_empty() || self.seeds.is_some();
        match (self.tables, self.sample) {
            (true, _) => Runs::None,
            (_, true) if !suite.has_runs => part(&[], 1),
            _ if is_part => part(&self.only, self.seeds.unwrap_or(u64::MAX)),
            _ => Runs::All,
        }
    }
}

pub(crate) fn verify(options: &Options) -> Result<()> {
    ensure!(
        options.suite.as_deref() != Some(MULTIVERSE)
            || options.seeds.is_none() && options.only.is_empty(),
        "--suite {MULTIVERSE} does not accept --seeds or --only; use --sample or --tables, or none of them"
    );
    let (out, lab) = (fresh("verify")?, Lab::build()?);
    let suites = match &options.suite {
        Some(name) => vec![name.clone()],
        None => names(),
    };
    let mut faults = 0;
    for name in &suites {
        let suite = Committed::find(name)?;
        // What needs no training is compared first, so that hours are not spent on tables that are wrong already.
        let runs = options.runs(&suite);
        let passes = match options.tables {
            true => vec![runs],
            false => vec![Runs::None, runs],
        };
        let last = passes.len() - 1;
        for (pass, runs) in passes.iter().enumerate() {
            let make = Suite {
                lab: &lab,
                suite: &suite,
                committed: committed::folder(name),
                out: out.join(format!("{name}-{pass}")),
            };
            let again = make.again(runs)?;
            let mut kept = make.kept()?;
            let outcome = compare(&kept, &again, options.tolerance);
            if options.tables && outcome.faults.is_empty() {
                expect_no_copies(&make, &kept, &outcome)?;
                let changes = mutations::each_is_noticed(&mut kept, &again)?;
                complain(&format!(
                    "results/{name}: each of {changes} changes of these files is noticed"
                ));
            }
            if pass == last || !outcome.faults.is_empty() {
                faults += say(&format!("results/{name}"), &outcome);
                break;
            }
        }
    }
    if options.suite.is_none() {
        faults += beside_suites(&lab, options, &out)?;
    }
    ensure!(faults == 0, "{faults} files have faults");
    Ok(())
}

/// Changes every file that was found to be the same and adds a file to every folder, in a copy of the results, and makes
/// them again from there: each must be a fault. A file that was only copied would be the same.
fn expect_no_copies(make: &Suite<'_>, kept: &Files, outcome: &Outcome) -> Result<()> {
    let changed = Suite {
        committed: make.out.join("changed"),
        out: make.out.join("from-changed"),
        ..*make
    };
    for model in make.models()? {
        make.copy(&model, &changed.committed)?;
    }
    let mut expected = outcome.same.clone();
    for (name, bytes) in kept {
        let changes: &[u8] = if expected.contains(name) { b"\n" } else { b"" };
        write(changed.committed.join(name), [bytes, changes].concat())?;
        let extra = Path::new(name).with_file_name("extra.txt");
        write(changed.committed.join(&extra), b"")?;
        expected.insert(extra.to_string_lossy().replace('\\', "/"));
    }
    let found = compare(&changed.kept()?, &changed.again(&Runs::None)?, 0.0);
    let missed: Vec<&String> = expected
        .iter()
        .filter(|it| !found.faults.contains_key(*it))
        .collect();
    ensure!(
        missed.is_empty(),
        "changed or added, and not noticed: {missed:?}"
    );
    Ok(())
}

/// Compares the files of `results` that belong to no suite. The search for a mistake in the paper's table 1 takes minutes,
/// so it is made again only where everything is.
fn beside_suites(lab: &Lab, options: &Options, out: &Path) -> Result<usize> {
    let results = root().join("results");
    let record = output(lab.command("study record").arg(&results))?;
    let mut again = Again {
        files: Files::from([("RECORD.md".to_owned(), record)]),
        believed: MEASURED.map(str::to_owned).into(),
    };
    let mut kept = read_files(&results, true)?;
    if options.tables || options.sample {
        let of_table_1 = kept.keys().filter(|name| name.starts_with(TABLE_1));
        again.believed.extend(of_table_1.cloned());
    } else {
        let made = out.join(TABLE_1);
        let mut search = cargo("run --release --locked --package experiments --example table1 --");
        quietly(search.arg("--out").arg(&made))?;
        let files = read_files(&made, false)?.into_iter();
        let files = files.map(|(name, bytes)| (format!("{TABLE_1}/{name}"), bytes));
        again.files.extend(files);
    }
    let suites = names();
    kept.retain(|name, _| {
        !suites
            .iter()
            .any(|suite| Path::new(name).starts_with(suite))
    });
    let outcome = compare(&kept, &again, options.tolerance);
    if options.tables && outcome.faults.is_empty() {
        mutations::each_is_noticed(&mut kept, &again)?;
    }
    Ok(say("results", &outcome))
}

/// Says what a comparison found; gives the number of faults.
fn say(folder: &str, outcome: &Outcome) -> usize {
    for (name, fault) in &outcome.faults {
        complain(&format!("{folder}/{name}: {fault}"));
    }
    // The files of a run are named by its folder.
    let mut unchecked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, what) in &outcome.unchecked {
        let name = run_of(name).unwrap_or(name);
        unchecked.entry(what).or_default().insert(name);
    }
    for (what, names) in unchecked {
        let names: Vec<&str> = names.into_iter().collect();
        complain(&format!(
            "{folder}: not checked: {}: {what}",
            names.join(", ")
        ));
    }
    let [same, faults, unchecked] = [
        outcome.same.len(),
        outcome.faults.len(),
        outcome.unchecked.len(),
    ];
    complain(&format!(
        "{folder}: {same} files identical, {faults} with faults, {unchecked} not checked in full"
    ));
    faults
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(words: &str) -> Result<Options, clap::Error> {
        let words = ["verify"].into_iter().chain(words.split_whitespace());
        Cli::try_parse_from(words).map(|cli| cli.options)
    }

    #[test]
    fn options_say_which_runs_are_made_again() {
        let part = |only: &[&str], seeds| Runs::Part {
            only: only.iter().map(|it| (*it).to_owned()).collect(),
            seeds,
        };
        for (words, suite, expected) in [
            ("", "readings", Runs::All),
            ("--sample", "paper", Runs::All),
            ("--sample", "readings", part(&[], 1)),
            ("--sample", "multiverse", part(&[], 1)),
            ("--tables", "paper", Runs::None),
            ("--suite paper --seeds 2", "paper", part(&[], 2)),
            (
                "--suite paper --only l1,l2",
                "paper",
                part(&["l1", "l2"], u64::MAX),
            ),
        ] {
            let suite = Committed::find(suite).unwrap();
            assert_eq!(parse(words).unwrap().runs(&suite), expected, "{words}");
        }
        for words in [
            "--seeds 1",
            "--only l1",
            "--sample --tables",
            "--suite paper --seeds 0",
        ] {
            assert_eq!(parse(words).err().unwrap().exit_code(), 2, "{words}");
        }
    }

    #[test]
    fn a_tolerance_is_a_finite_number() {
        let tolerance = |text| parse(&format!("--tolerance {text}")).map(|it| it.tolerance);
        assert_eq!(tolerance("1e-3").unwrap(), 1e-3);
        assert_eq!(tolerance("0").unwrap(), 0.0);
        for text in ["NaN", "inf", "-inf", "1e999", "-1", "-1e-3", "much", ""] {
            assert_eq!(tolerance(text).unwrap_err().exit_code(), 2, "{text}");
        }
    }
}
