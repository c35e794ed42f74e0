//! The report on a folder of results: figures and `REPORT.md`, from files alone.
//!
//! `findings` reads, `drawings` draws, `markdown` writes text; this page only joins them.

mod drawings;
mod findings;
mod markdown;
mod mistakes;
mod readings;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use mnist_data::Dataset;

use crate::artifact::{make_folder, remove_unfinished, write, write_csv};
use crate::lock::Lock;
use crate::store::data_files;

pub use findings::Findings;

/// The report's name in its folder.
const REPORT: &str = "REPORT.md";

/// Draws the figures and writes the report on the results in `folder`; `dataset` gives the pictures of
/// the mistakes. Returns where the report is, and what is in it.
///
/// # Errors
/// Files that are missing, are not what they should be, or cannot be written; another data set than the
/// runs had.
pub fn write_report(folder: &Path, dataset: &Dataset) -> Result<(PathBuf, Findings)> {
    if !folder.join("suite.json").exists() {
        let folder = folder.display();
        bail!("{folder}: no results here; expected a suite's folder, as results/paper");
    }
    let _lock = Lock::take(folder)?;
    let findings = Findings::read(folder)?;
    findings.expect_data(&data_files(dataset))?;
    let figures = drawings::draw(&findings, dataset.test())?;
    let pictures = folder.join("figures");
    make_folder(&pictures)?;
    remove_unfinished(&pictures)?;
    for figure in &figures {
        let path = pictures.join(&figure.name);
        write(&path.with_extension("svg"), figure.figure.svg().as_bytes())?;
        write(&path.with_extension("png"), &figure.figure.png()?)?;
    }
    if !findings.claims.is_empty() {
        write_csv(&folder.join("claims.csv"), &findings.claims)?;
    }
    if let Some(best) = &findings.best {
        write_csv(&folder.join("confusion.csv"), &best.confusion)?;
    }
    let path = folder.join(REPORT);
    write(&path, markdown::report(&findings, &figures).as_bytes())?;
    Ok((path, findings))
}
