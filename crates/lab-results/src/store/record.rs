//! `run.json` and `suite.json`: what was run, and what was to be run.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, bail, ensure};
use mnist_data::Dataset;
use serde::{Deserialize, Serialize};

use crate::disk::whole::{sha256, to_json};
use crate::suite::{DataSet, Experiment, RulesFile, Settings, Suite, data_set};
use crate::tables::RunRow;

/// The version of the form of `run.json` that this code writes, the only one that it reads.
pub(super) const FORMAT: u32 = 2;

/// `run.json`: everything that a run was made from, and its results. The record has its own SHA-256, and only the bytes
/// that [`to_bytes`](Self::to_bytes) gives are accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Version of this form.
    pub format: u32,
    /// Version of mnist-lab that wrote it.
    pub version: String,
    /// SHA-256 of the data files.
    pub data: Vec<DataFile>,
    /// Number of classes.
    pub classes: usize,
    /// All hyperparameters.
    pub settings: Settings,
    /// SHA-256 of the model that the run started from; `None` if its initial weights were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<String>,
    /// Why the run diverged, if it did.
    pub divergence: Option<String>,
    /// SHA-256 of the run's other files, except `timings.csv`.
    pub files: BTreeMap<String, String>,
    /// The run's line in `runs.csv`.
    pub result: RunRow,
    /// SHA-256 of this file with 64 zeros in its place.
    pub sha256: String,
}

impl RunRecord {
    /// The bytes of `run.json`, with their SHA-256 whatever the field `sha256` holds.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut record = self.clone();
        record.sha256 = "0".repeat(64);
        record.sha256 = sha256(&to_json(&record)?);
        to_json(&record)
    }

    /// Reads a record from the bytes of `run.json`.
    ///
    /// # Errors
    /// Another format, a value that is missing or unusable, a byte that was changed.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Form {
            #[serde(default)]
            format: Option<u32>,
        }
        let form: Form = serde_json::from_slice(bytes).context("not the value expected")?;
        match form.format {
            Some(FORMAT) => {}
            // The first form had no number.
            found => bail!("format {}; expected {FORMAT}", found.unwrap_or(1)),
        }
        let record: Self = serde_json::from_slice(bytes).context("not the value expected")?;
        ensure!(record.to_bytes()? == bytes, "checksum mismatch");
        Ok(record)
    }
}

/// What a run is made from besides its settings and its seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The data files.
    pub data: Vec<DataFile>,
    /// Number of classes.
    pub classes: usize,
    /// SHA-256 of the model file to start from, if there is one.
    pub init_from: Option<String>,
}

/// A data file's name and the SHA-256 of its uncompressed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Without folder and `.gz`.
    pub name: String,
    /// Hexadecimal.
    pub sha256: String,
}

/// A data set's files, for the record.
pub fn data_files(dataset: &Dataset) -> Vec<DataFile> {
    let files = dataset.digests().iter().map(|file| DataFile {
        name: file.name.clone(),
        sha256: file.sha256.clone(),
    });
    files.collect()
}

/// `suite.json`: what the report says of the suite itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteRecord {
    /// What it is about.
    pub title: String,
    /// In the suite's order.
    pub experiments: Vec<Experiment>,
    /// The rules by which claims about the experiments are judged, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesFile>,
    /// The suite whose report holds the verdicts on the paper's claims, if it is not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<String>,
    /// The data set that the paper's numbers are about.
    #[serde(default, skip_serializing_if = "DataSet::is_default")]
    pub data_set: DataSet,
}

impl SuiteRecord {
    /// In what a run differs from what the suite says of its experiment: settings, initial weights and data. Only runs
    /// without any difference are compared with the paper.
    pub fn altered(&self, experiment: &Experiment, run: &RunRecord) -> Vec<String> {
        let mut altered = run.settings.changed_from(&experiment.settings);
        if run.init_from.is_some() {
            altered.push("the weights at the start".to_owned());
        }
        if !self.data_set.has(&run.data) {
            altered.push(format!("data = {}", data_set::name(&run.data)));
        }
        altered
    }

    /// Adds cells of earlier grids, so that their runs stay in the tables and in the report.
    pub fn keep_cells(&mut self, cells: Vec<Experiment>) {
        let known: HashSet<String> = self.experiments.iter().map(|it| it.id.clone()).collect();
        let others = cells.into_iter().filter(|it| !known.contains(&it.id));
        self.experiments.extend(others);
    }

    /// What `suite.json` says of a suite.
    pub fn of(suite: &Suite) -> Self {
        Self {
            title: suite.title.clone(),
            experiments: suite.experiments.clone(),
            rules: suite.rules.clone(),
            verdicts: suite.verdicts.clone(),
            data_set: suite.data_set,
        }
    }
}
