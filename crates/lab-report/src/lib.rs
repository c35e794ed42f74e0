//! From a folder of results to verdicts on a paper's claims, figures and `REPORT.md`. It reads files and
//! writes files; it cannot train.
//!
//! [`Findings`] are all that a folder holds, read once; `verdicts` judges claims by them, `drawings` draws
//! figures, `page` writes the text, and [`write_report`] joins them.
//!
//! # Example
//! ```no_run
//! let data = mnist_data::Dataset::open("data", &mnist_data::OpenOptions::default())?;
//! let (path, findings) = lab_report::write_report("results/paper".as_ref(), &data)?;
//! println!("{}: {}", path.display(), lab_report::tally(&findings.claims));
//! # Ok::<(), anyhow::Error>(())
//! ```

mod drawings;
mod figure;
mod findings;
mod page;
mod readings;
mod verdicts;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lab_results::disk::lock::Lock;
use lab_results::disk::whole::{make_folder, remove_unfinished, write, write_csv};
use lab_results::names::{CLAIMS, CONFUSION, FIGURES, REPORT, SUITE};
use lab_results::store::data_files;
use mnist_data::Dataset;

pub use findings::{BestRun, ExperimentFindings, Findings, FirstWeights, RunFindings};
pub use verdicts::{Evidence, judge, tally};

/// Draws the figures and writes the report on the results in `folder`; `dataset` gives the pictures of
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
    let _lock = Lock::take(folder)?;
    let findings = Findings::read(folder)?;
    findings.expect_data(&data_files(dataset))?;
    let figures = drawings::draw(&findings, dataset.test())?;
    let pictures = folder.join(FIGURES);
    make_folder(&pictures)?;
    remove_unfinished(&pictures)?;
    for figure in &figures {
        let path = pictures.join(&figure.name);
        write(&path.with_extension("svg"), figure.figure.svg().as_bytes())?;
        write(&path.with_extension("png"), &figure.figure.png()?)?;
    }
    if !findings.claims.is_empty() {
        write_csv(&folder.join(CLAIMS), &findings.claims)?;
    }
    if let Some(best) = &findings.best {
        write_csv(&folder.join(CONFUSION), &best.confusion)?;
    }
    let path = folder.join(REPORT);
    write(&path, page::report(&findings, &figures).as_bytes())?;
    Ok((path, findings))
}
