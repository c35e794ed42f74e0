//! The records of runs and suites: `run.json` and `suite.json`.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::data_set::{self, DataFile, DataSet};
use crate::disk::atomic_file::{sha256, to_json};
use crate::suite::{Experiment, RulesFile, Settings, Suite, is_default};
use crate::tables::RunRow;

/// The version of the format of `run.json` that this code writes. Other versions cannot be read.
pub(super) const FORMAT: u32 = 2;

/// The content of `run.json`: everything that a run was made from, and its results. The record has its own SHA-256, and
/// only the bytes that [`to_bytes`](Self::to_bytes) returns are accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The version of this format.
    pub format: u32,
    /// The version of mnist-lab that wrote the record.
    pub version: String,
    /// The SHA-256 of each data file.
    pub data: Vec<DataFile>,
    /// The number of classes.
    pub classes: usize,
    /// All hyperparameters.
    pub settings: Settings,
    /// The SHA-256 of the model that the run started from; `None` if the initial weights were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<String>,
    /// The reason for a divergence.
    pub divergence: Option<String>,
    /// The SHA-256 of each other file of the run, except `timings.csv`.
    pub files: BTreeMap<String, String>,
    /// The run's line in `runs.csv`.
    pub result: RunRow,
    /// The SHA-256 of this file with 64 zeros in this field.
    pub sha256: String,
}

impl RunRecord {
    /// The bytes of `run.json`. The field `sha256` is computed again.
    ///
    /// # Errors
    /// A value that cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut record = self.clone();
        record.sha256 = "0".repeat(64);
        record.sha256 = sha256(&to_json(&record)?);
        to_json(&record)
    }

    /// Reads a record from the bytes of `run.json`.
    ///
    /// # Errors
    /// Another format, a missing or invalid value, or a checksum mismatch.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let form: Form = serde_json::from_slice(bytes).context("not the value expected")?;
        let found = form.format;
        ensure!(found == FORMAT, "format {found}; expected {FORMAT}");
        let record: Self = serde_json::from_slice(bytes).context("not the value expected")?;
        ensure!(record.to_bytes()? == bytes, "checksum mismatch");
        Ok(record)
    }
}

/// The inputs of a run besides its settings and its seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The data files.
    pub data: Vec<DataFile>,
    /// The number of classes.
    pub classes: usize,
    /// The SHA-256 of the model file to start from, if any.
    pub init_from: Option<String>,
}

/// The content of `suite.json`: the parts of the suite that a report needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteRecord {
    /// The suite's title.
    pub title: String,
    /// The experiments, in the suite's order.
    pub experiments: Vec<Experiment>,
    /// The rules by which claims about the experiments are judged, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesFile>,
    /// The suite whose report has the verdicts on the paper's claims, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<String>,
    /// The data set that the paper's numbers are about.
    #[serde(default, skip_serializing_if = "is_default")]
    pub data_set: DataSet,
    /// Whether `runs.csv` has numbers of the learning curves, and `images.csv` the test images that runs misclassify. For a
    /// suite whose runs are not kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub details: bool,
}

impl SuiteRecord {
    /// The differences between a run and the suite: settings, initial weights and data. Only runs without differences
    /// are compared with the paper.
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

    /// The content of `suite.json` for a suite.
    pub fn of(suite: &Suite) -> Self {
        Self {
            title: suite.title.clone(),
            experiments: suite.experiments.clone(),
            rules: suite.rules.clone(),
            verdicts: suite.verdicts.clone(),
            data_set: suite.data_set,
            details: suite.details,
        }
    }
}
