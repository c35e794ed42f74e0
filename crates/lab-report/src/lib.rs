//! From a folder of results to verdicts on a paper's claims, figures, `REPORT.md` and `report.html`. It
//! reads files and writes files; it cannot train.
//!
//! [`Findings`] are all that a folder holds, read once; `verdicts` judges claims by them, `drawings` draws
//! figures, `page` writes the text and the interactive page, and [`write_report`] joins them.
//!
//! # Example
//! ```
//! use lab_report::{Evidence, judge};
//! use lab_results::printed::Printed;
//! use lab_results::tables::{RunRow, Verdict};
//!
//! let run = |accuracy| RunRow { test_accuracy: Some(accuracy), ..RunRow::default() };
//! let runs = [0.974, 0.975, 0.976].map(run);
//! let paper = Printed { test_accuracy: Some(0.9745), ..Printed::default() };
//! let relu = Evidence { id: "relu", title: "ReLU", section: "6.2", paper: &paper, runs: runs.iter().collect() };
//! let rows = judge(&[], &[relu], &[]);
//! assert_eq!(rows[0].verdict, Verdict::Reproduced);
//! ```

mod drawings;
mod figure;
mod findings;
mod grids;
mod models;
mod page;
mod readings;
mod strip;
mod verdicts;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lab_results::disk::whole::{make_folder, remove, remove_unfinished, to_csv};
use lab_results::names::{CLAIMS, CONFUSION, FIGURES, INTERACTIVE_REPORT, REPORT, SUITE};
use lab_results::store::{Writer, data_files};
use mnist_data::Dataset;

use figure::NamedFigure;

pub use findings::{BestRun, ExperimentFindings, Findings, FirstWeights};
pub use verdicts::{Evidence, judge, tally};

/// Draws the figures and writes the report on the results in `folder`, and removes what an earlier report has
/// left there and this one does not write; `dataset` gives the pictures of
/// the mistakes. Returns where the report is, and what is in it.
///
/// # Errors
/// Files that are missing, are not what they should be, or cannot be written; another data set than the
/// runs had.
pub fn write_report(folder: &Path, dataset: &Dataset) -> Result<(PathBuf, Findings)> {
    if !folder.join(SUITE).exists() {
        let folder = folder.display();
        bail!("{folder}: no results here; expected a suite's folder, as results/paper");
    }
    let store = Writer::lock(folder)?;
    let findings = Findings::read(&store)?;
    findings.expect_data(&data_files(dataset))?;
    let class_names = dataset.class_names();
    let figures = drawings::draw(&findings, dataset.test(), class_names)?;
    let pictures = folder.join(FIGURES);
    make_folder(&pictures)?;
    remove_unfinished(&pictures)?;
    for figure in &figures {
        let path = |ending| Path::new(FIGURES).join(format!("{}.{ending}", figure.name));
        let picture = &figure.figure;
        store.write(path("svg"), picture.svg().as_bytes())?;
        store.write(path("png"), &picture.png()?)?;
    }
    remove_stale_figures(&pictures, &figures)?;
    let claims = (!findings.claims.is_empty()).then(|| to_csv(&findings.claims));
    write_or_remove(&store, CLAIMS, claims.transpose()?)?;
    let confusion = findings.best.as_ref().map(|best| to_csv(&best.confusion));
    write_or_remove(&store, CONFUSION, confusion.transpose()?)?;
    let models = models::models(&store, &findings)?;
    let interactive = page::interactive(&findings, &models, dataset.test(), class_names)?;
    store.write(INTERACTIVE_REPORT, interactive.as_bytes())?;
    let page = page::report(&findings, &figures, class_names)?;
    store.write(REPORT, page.as_bytes())?;
    Ok((folder.join(REPORT), findings))
}

/// Writes a table, or removes what an earlier report has left of it.
fn write_or_remove(store: &Writer, name: &str, contents: Option<Vec<u8>>) -> Result<()> {
    match contents {
        Some(contents) => store.write(name, &contents),
        None => remove(&store.folder().join(name)),
    }
}

/// Removes figures that an earlier report has drawn and this one has not.
fn remove_stale_figures(folder: &Path, figures: &[NamedFigure]) -> Result<()> {
    let cannot = || format!("{}: cannot be read", folder.display());
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        let ending = path.extension().and_then(|ending| ending.to_str());
        let (Some(name), Some("svg" | "png")) = (name, ending) else {
            continue;
        };
        if figure::is_ours(name) && !figures.iter().any(|figure| figure.name == name) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
