//! The files of a report in its folder, and the record of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use lab_claims::Judged;
use lab_results::disk::atomic_file::{
    make_folder, read_if_there, remove, remove_unfinished, to_csv, to_json,
};
use lab_results::names::{
    CLAIMS, CONFUSION, EXPLAINED, FIGURES, FITS, INTERACTIVE_REPORT, REPORT, REPORT_RECORD,
    SENSITIVITY, TESTS,
};
use lab_results::store::Writer;
use serde::{Deserialize, Serialize};

use crate::figure::NamedFigure;

/// The subject of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Runs of a suite.
    Runs,
    /// Claims that confirmatory runs decide.
    Claims,
    /// Combinations of the choices that a paper leaves open.
    Combinations,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Runs => "runs",
            Self::Claims => "confirmatory runs",
            Self::Combinations => "combinations",
        })
    }
}

/// `report.json`: the kind of the report, and its files.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    kind: Kind,
    files: Vec<String>,
    /// SHA-256 of the models that figures show, by run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    models: BTreeMap<String, String>,
}

/// A folder while a report is written there.
pub(crate) struct Folder<'a> {
    store: &'a Writer,
    before: Option<Record>,
    now: Record,
}

impl<'a> Folder<'a> {
    /// Starts a report.
    ///
    /// # Errors
    /// A folder with another kind of report.
    pub(crate) fn open(store: &'a Writer, kind: Kind) -> Result<Self> {
        let path = store.folder().join(REPORT_RECORD);
        let before = read_if_there(&path)?.map(|bytes| {
            serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
        });
        let before: Option<Record> = before.transpose()?;
        if let Some(before) = before.as_ref().filter(|before| before.kind != kind) {
            bail!(
                "{}: this folder holds a report on {}; a report on {kind} needs another folder",
                store.folder().display(),
                before.kind
            );
        }
        let pictures = store.folder().join(FIGURES);
        make_folder(&pictures)?;
        remove_unfinished(&pictures)?;
        let now = Record {
            kind,
            files: Vec::new(),
            models: BTreeMap::new(),
        };
        Ok(Self { store, before, now })
    }

    /// Writes a file of the report.
    pub(crate) fn write(&mut self, name: &str, contents: &[u8]) -> Result<()> {
        self.store.write(name, contents)?;
        self.now.files.push(name.to_owned());
        Ok(())
    }

    /// Writes a figure as SVG and PNG, or keeps the earlier report's files.
    pub(crate) fn write_figure(&mut self, figure: &NamedFigure) -> Result<()> {
        let [svg, png] = figure_files(&figure.name);
        match &figure.figure {
            Some(picture) => {
                self.write(&svg, picture.svg().as_bytes())?;
                self.write(&png, &picture.png()?)?;
            }
            None => self.now.files.extend([svg, png]),
        }
        Ok(())
    }

    /// Writes the tables of claims and of their tests.
    pub(crate) fn write_verdicts(&mut self, judged: &Judged) -> Result<()> {
        self.write(CLAIMS, &to_csv(&judged.claim_rows())?)?;
        self.write(TESTS, &to_csv(&judged.test_rows())?)
    }

    /// The files written so far.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.now.files.iter().map(String::as_str)
    }

    /// Records the models that a figure shows, by run and SHA-256.
    pub(crate) fn shows_models(&mut self, models: BTreeMap<String, String>) {
        self.now.models = models;
    }

    /// Whether the earlier report has this figure for the same models.
    pub(crate) fn has_figure_of(&self, name: &str, models: &BTreeMap<String, String>) -> bool {
        let earlier = self.before.as_ref();
        let is_there = |file: &String| self.store.folder().join(file).is_file();
        earlier.is_some_and(|earlier| &earlier.models == models)
            && figure_files(name).iter().all(is_there)
    }

    /// Removes files of the earlier report that this report does not have, and records this report.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.now.files.sort();
        let earlier = self.before.iter().flat_map(|before| &before.files);
        for file in earlier.filter(|file| is_a_reports(file) && !self.now.files.contains(file)) {
            remove(&self.store.folder().join(file))?;
        }
        self.store.write(REPORT_RECORD, &to_json(&self.now)?)
    }
}

fn figure_files(name: &str) -> [String; 2] {
    ["svg", "png"].map(|ending| format!("{FIGURES}/{name}.{ending}"))
}

/// Whether a report can have a file of this name: a manipulated record must not remove other files.
fn is_a_reports(file: &str) -> bool {
    let known = [
        REPORT,
        INTERACTIVE_REPORT,
        CLAIMS,
        TESTS,
        SENSITIVITY,
        CONFUSION,
        FITS,
        EXPLAINED,
    ];
    let figure = file
        .strip_prefix(FIGURES)
        .and_then(|it| it.strip_prefix('/'));
    let is_figure = figure.is_some_and(|figure| {
        let ending = Path::new(figure).extension();
        !figure.starts_with('.')
            && !figure.contains(['/', '\\', ':'])
            && ending.is_some_and(|ending| ending == "svg" || ending == "png")
    });
    known.contains(&file) || is_figure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_reports_are_removed() {
        for file in [
            "claims.csv",
            "sensitivity.csv",
            "figures/weights.png",
            "figures/readings-l1.svg",
        ] {
            assert!(is_a_reports(file), "{file}");
        }
        for file in [
            "runs.csv",
            "../claims.csv",
            "figures/../../x.png",
            "figures/.x.png",
            "figures/x.json",
            "/figures/x.png",
            "figures",
        ] {
            assert!(!is_a_reports(file), "{file}");
        }
    }
}
