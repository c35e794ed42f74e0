#![doc = include_str!("../README.md")]

mod captions;
mod claims;
mod combinations;
#[cfg(test)]
mod committed;
mod drawings;
mod figure;
mod findings;
mod folder;
mod gradients;
mod grids;
mod models;
mod page;
mod readings;
mod runs;
mod training_data;
mod weights;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lab_claims::Judged;
use lab_results::combinations::Combinations;
use lab_results::disk::atomic_file::is_there;
use lab_results::names::{COMBINATIONS, PLAN, SUITE};
use lab_results::store::{Store, Writer};
use lab_results::tables::SummaryRow;
use mnist_data::Dataset;

use claims::Confirmed;
use findings::SuiteFolder;

pub use findings::{BestRun, Claims, ExperimentFindings, Findings};
pub use folder::Kind;

/// The inputs of a report besides its folder.
pub struct Sources<'a> {
    /// Opens the data set of the runs, for pictures of mistakes.
    pub dataset: &'a dyn Fn() -> Result<Dataset>,
    /// The folder of the gradient check; if `None`, the folder of results, or the folder `paper` beside it.
    pub gradcheck: Option<&'a Path>,
    /// Built-in models, for runs whose files are missing.
    pub models: &'a [&'a [u8]],
}

impl Sources<'_> {
    /// No inputs, for a folder of combinations.
    pub fn none() -> Self {
        Self {
            dataset: &|| bail!("no data set; expected a folder of combinations"),
            gradcheck: None,
            models: &[],
        }
    }
}

/// A written report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The path of `REPORT.md`.
    pub path: PathBuf,
    /// The subject.
    pub kind: Kind,
    /// The first line of the page, for a terminal; empty if nothing is judged.
    pub headline: String,
    /// One row per experiment; none for combinations.
    pub summary: Vec<SummaryRow>,
    /// The judgements of the claims, if there are rules.
    pub judged: Option<Judged>,
}

/// Writes the report on the results in `folder`, and removes files of an earlier report that this report does not have.
/// If the page can train, the data set is written beside it as `mnist.js`, unless the file is there already.
///
/// # Errors
/// Files that are missing, invalid or cannot be written; a folder with another kind of report; confirmatory runs with
/// only some of the seeds.
pub fn write_report(folder: &Path, sources: &Sources<'_>) -> Result<Report> {
    let there = |name: &str| is_there(&folder.join(name));
    match (there(SUITE)?, there(COMBINATIONS)?) {
        (false, true) => return combinations::write(&Writer::lock(folder)?),
        (true, false) => {}
        (false, false) if there(PLAN)? => bail!(
            "{0}: parts that are not merged yet; expected merged runs: mnist-lab sweep merge {0}",
            folder.display()
        ),
        (false, false) => bail!(
            "{}: no results here; expected a folder with {SUITE} or {COMBINATIONS}, as results/paper",
            folder.display()
        ),
        (true, true) => bail!(
            "{}: found both {SUITE} and {COMBINATIONS}; a report needs a folder with one of them",
            folder.display()
        ),
    }
    let store = Writer::lock(folder)?;
    let read = SuiteFolder::read(&store)?;
    let (suite, tables) = (read.suite.clone(), read.runs.tables.clone());
    let rules = read.rules.as_ref();
    let report = match rules.is_some_and(|it| read.runs_as_written().are_confirmatory(it)) {
        true => claims::write(&store, read, sources)?,
        false => runs::write(&store, read, sources)?,
    };
    // Made from what the report is made from.
    store.write_tables(&suite, &tables)?;
    Ok(report)
}

/// The record of the reproduction, from the results of confirmatory runs and of combinations in two folders.
///
/// # Errors
/// Files that are missing or invalid; a suite without rules; a confirmatory seed without a run.
pub fn record(confirmatory: &Path, combinations: &Path) -> Result<String> {
    let read = SuiteFolder::read(&Store::open(confirmatory))?;
    let confirmed = Confirmed::new(confirmatory, read, None)?;
    let (combinations, rows) = Combinations::open(combinations)?;
    page::record(&confirmed, &combinations, &rows)
}
