//! The folder of a suite's results: what lies where, and which runs in it are whole.
//!
//! ```text
//! DIR/<suite>/suite.json                              what was to be run
//!             <experiment>/seed-<k>/metrics.csv, …    one folder a run
//!                                   run.json          written last: the run is whole
//!             runs.csv, summary.csv                   of all whole runs
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mnist_data::Dataset;
use serde::{Deserialize, Serialize};

use crate::artifact::{read_json, write, write_csv, write_json};
use crate::claims::Claim;
use crate::run::RunResult;
use crate::settings::Settings;
use crate::suite::{Experiment, Printed, Reading, Suite};
use crate::summary::summarise;
use crate::tables::RunRow;

/// Results of one suite.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// `run.json`: what a run was, so that its other files can be understood alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of mnist-lab that wrote it.
    pub version: String,
    /// SHA-256 of the data files.
    pub data: Vec<DataFile>,
    /// All hyperparameters.
    pub settings: Settings,
    /// SHA-256 of the model file that it started from, if its weights were not drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<String>,
    /// Why the run diverged, if it did.
    pub divergence: Option<String>,
    /// Its line in `runs.csv`.
    pub result: RunRow,
}

/// What a run is made from besides its settings and its seed.
#[derive(Clone, Debug)]
pub struct Source {
    /// The data files.
    pub data: Vec<DataFile>,
    /// SHA-256 of the model file to start from, if there is one.
    pub init_from: Option<String>,
}

/// A data file's name and the SHA-256 of its uncompressed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub experiments: Vec<ExperimentRecord>,
    /// What the paper says of them in words.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// What `suite.json` says of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentRecord {
    /// Short name and folder.
    pub id: String,
    /// What a reader calls it.
    pub title: String,
    /// The paper's section.
    pub section: Option<String>,
    /// The paper's figure.
    pub figure: Option<u32>,
    /// The paper's numbers.
    pub paper: Printed,
    /// Which experiment it reads in another way, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
}

impl Store {
    /// The results of the suite called `name` under `out`.
    pub fn new(out: &Path, name: &str) -> Self {
        Self {
            folder: out.join(name),
        }
    }

    /// Results in this very folder.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Where everything lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of one run.
    pub fn run_folder(&self, experiment: &str, seed: u64) -> PathBuf {
        self.folder.join(experiment).join(format!("seed-{seed}"))
    }

    /// Writes what the suite is, and sees that the folder can be written to before any time is spent.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn begin(&self, suite: &Suite) -> Result<()> {
        let record = SuiteRecord {
            title: suite.title.clone(),
            experiments: suite
                .experiments
                .iter()
                .map(|experiment| ExperimentRecord {
                    id: experiment.id.clone(),
                    title: experiment.title.clone(),
                    section: experiment.section.clone(),
                    figure: experiment.figure,
                    paper: experiment.paper,
                    reading: experiment.reading.clone(),
                })
                .collect(),
            claims: suite.claims.clone(),
        };
        write_json(&self.folder.join("suite.json"), &record)
    }

    /// Refuses to mix runs of one experiment with different settings or sources in one table.
    ///
    /// # Errors
    /// An earlier run with others; the message names it.
    pub fn expect_same(&self, experiment: &Experiment, source: &Source) -> Result<()> {
        for seed in self.seeds(&experiment.id)? {
            let folder = self.run_folder(&experiment.id, seed);
            let Ok(record) = read_json::<RunRecord>(&folder.join("run.json")) else {
                continue;
            };
            let what = if record.settings != experiment.settings {
                "settings"
            } else if record.data != source.data {
                "data"
            } else if record.init_from != source.init_from {
                "weights at the start"
            } else {
                continue;
            };
            bail!(
                "{} holds a run of `{}` with other {what}; choose another --out or add --replace",
                folder.display(),
                experiment.id
            );
        }
        Ok(())
    }

    /// Removes an experiment's runs.
    ///
    /// # Errors
    /// What the system said.
    pub fn remove(&self, experiment: &str) -> Result<()> {
        let folder = self.folder.join(experiment);
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("{}: cannot be removed", folder.display()))?;
        }
        Ok(())
    }

    /// Writes a run's files, `run.json` last.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, settings: &Settings, source: &Source, result: &RunResult) -> Result<()> {
        let folder = self.run_folder(&result.row.experiment, result.row.seed);
        write_csv(&folder.join("metrics.csv"), &result.epochs)?;
        write_csv(&folder.join("timings.csv"), &result.timings)?;
        if let Some(steps) = &result.steps {
            write_csv(&folder.join("steps.csv"), steps)?;
        }
        if let Some(init) = &result.init {
            write(&folder.join("init.safetensors"), init)?;
        }
        if let Some(test) = &result.test {
            write(&folder.join("model.safetensors"), &test.model)?;
            write_csv(&folder.join("confusion.csv"), &test.confusion)?;
            write_csv(&folder.join("mistakes.csv"), &test.mistakes)?;
        }
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data: source.data.clone(),
            settings: settings.clone(),
            init_from: source.init_from.clone(),
            divergence: result.divergence.clone(),
            result: result.row.clone(),
        };
        write_json(&folder.join("run.json"), &record)
    }

    /// Gathers the whole runs of a suite into `runs.csv` and `summary.csv`, and returns the former.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub fn collect(&self, suite: &Suite) -> Result<Vec<RunRow>> {
        let mut rows = Vec::new();
        let mut summary = Vec::new();
        for experiment in &suite.experiments {
            let runs = self.whole_runs(&experiment.id)?;
            if !runs.is_empty() {
                let all: Vec<&RunRow> = runs.iter().collect();
                summary.push(summarise(&experiment.id, &all, &experiment.paper));
            }
            rows.extend(runs);
        }
        write_csv(&self.folder.join("runs.csv"), &rows)?;
        write_csv(&self.folder.join("summary.csv"), &summary)?;
        Ok(rows)
    }

    /// The runs of an experiment that have all their files, by seed.
    fn whole_runs(&self, experiment: &str) -> Result<Vec<RunRow>> {
        let mut rows = Vec::new();
        for seed in self.seeds(experiment)? {
            let folder = self.run_folder(experiment, seed);
            let record = folder.join("run.json");
            if !record.exists() {
                continue;
            }
            let record: RunRecord = read_json(&record)?;
            // Models are not kept in version control; a run without its model is another's reference.
            if record.result.test_loss.is_none() || folder.join("model.safetensors").exists() {
                rows.push(record.result);
            }
        }
        Ok(rows)
    }

    /// The seeds that an experiment has folders for, ascending.
    fn seeds(&self, experiment: &str) -> Result<Vec<u64>> {
        let folder = self.folder.join(experiment);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("{}: cannot be read", folder.display()))?;
        let mut seeds = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let seed = name.to_str().and_then(|name| name.strip_prefix("seed-"));
            seeds.extend(seed.and_then(|seed| seed.parse::<u64>().ok()));
        }
        seeds.sort_unstable();
        Ok(seeds)
    }
}
