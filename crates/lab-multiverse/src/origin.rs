//! What a folder's runs are of, so that no others are mixed with them.

use anyhow::{Context, Result, ensure};
use lab_results::store::DataFile;
use lab_results::suite::Settings;
use serde::{Deserialize, Serialize};

use crate::grid::Multiverse;

/// `multiverse.json`: all that readings depend on, but for their seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// This crate's, which is the program's.
    version: String,
    data: Vec<DataFile>,
    experiments: Vec<Base>,
    choices: Vec<Choices>,
}

/// An experiment, before anything is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    id: String,
    settings: Settings,
}

/// What may be chosen of one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choices {
    name: String,
    values: Vec<String>,
}

impl Origin {
    /// Of runs of these combinations on this data.
    pub fn new(multiverse: &Multiverse, data: Vec<DataFile>) -> Self {
        let experiments = multiverse.experiments.iter().map(|experiment| Base {
            id: experiment.id.clone(),
            settings: experiment.settings.clone(),
        });
        let choices = crate::choices::choices(multiverse).into_iter();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data,
            experiments: experiments.collect(),
            choices: choices
                .map(|(name, values)| Choices { name, values })
                .collect(),
        }
    }

    /// Reads `multiverse.json`.
    ///
    /// # Errors
    /// Other text than [`Origin::to_json`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).context("does not say what the runs are of")
    }

    /// The text of `multiverse.json`.
    ///
    /// # Errors
    /// None but the library's.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The data of the runs.
    pub fn data(&self) -> &[DataFile] {
        &self.data
    }

    /// Checks that runs of both may stand in one table.
    ///
    /// # Errors
    /// What is different.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        for (what, same) in [
            ("version", self.version == other.version),
            ("data", self.data == other.data),
            ("experiments", self.experiments == other.experiments),
            ("choices", self.choices == other.choices),
        ] {
            ensure!(
                same,
                "the runs here are with other {what}; choose another folder"
            );
        }
        Ok(())
    }
}
