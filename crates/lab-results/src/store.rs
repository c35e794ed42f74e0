//! The folder of a suite's results: what lies where, and which runs in it are whole.
//!
//! ```text
//! DIR/<suite>/suite.json                              what was to be run
//!             <experiment>/seed-<k>/checkpoint…       while the run is under way
//!                                   metrics.csv, …    when it has ended
//!                                   run.json          written last: the run is whole
//!             runs.csv, summary.csv                   of all whole runs
//!             .lock                                   held by the process that writes here
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mnist_data::Dataset;
use serde::{Deserialize, Serialize};

use crate::disk::whole::{self, read_json, sha256, to_csv, write, write_csv, write_json};
use crate::names::{
    CONFUSION, INIT, METRICS, MISTAKES, MODEL, RUN, RUNS, STEPS, SUITE, SUMMARY, TIMINGS,
};
use crate::printed::Printed;
use crate::stats::summarise;
use crate::suite::{Claim, Experiment, Reading, Settings, Suite};
use crate::tables::{ConfusionRow, EpochRow, MistakeRow, RunRow, StepRow, TimingRow};

/// Files that not every run has.
const SOMETIMES: [&str; 5] = [STEPS, INIT, MODEL, CONFUSION, MISTAKES];

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
    /// How many classes there were to tell apart.
    pub classes: usize,
    /// All hyperparameters.
    pub settings: Settings,
    /// SHA-256 of the model file that it started from, if its weights were not drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<String>,
    /// Why the run diverged, if it did.
    pub divergence: Option<String>,
    /// SHA-256 of its other files, but of the clock's.
    pub files: BTreeMap<String, String>,
    /// Its line in `runs.csv`.
    pub result: RunRow,
}

/// All that a run gives, in the shape of its files.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// Its line in `runs.csv`.
    pub row: RunRow,
    /// `metrics.csv`.
    pub epochs: Vec<EpochRow>,
    /// `timings.csv`.
    pub timings: Vec<TimingRow>,
    /// `steps.csv`, if asked for.
    pub steps: Option<Vec<StepRow>>,
    /// `init.safetensors`, if asked for.
    pub init: Option<Vec<u8>>,
    /// What is missing from a run that diverged in its first epoch.
    pub test: Option<TestResult>,
    /// Why it diverged, if it did.
    pub divergence: Option<String>,
}

/// What the run's weights, the best or the last, do on the test set.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// `model.safetensors`.
    pub model: Vec<u8>,
    /// `confusion.csv`.
    pub confusion: Vec<ConfusionRow>,
    /// `mistakes.csv`.
    pub mistakes: Vec<MistakeRow>,
}

/// Files that a run writes only if asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// The weights that it starts from.
    pub init: bool,
    /// The loss of every step.
    pub steps: bool,
}

/// What a run is made from besides its settings and its seed.
#[derive(Clone, Debug)]
pub struct Source {
    /// The data files.
    pub data: Vec<DataFile>,
    /// How many classes there are to tell apart.
    pub classes: usize,
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
    /// Its hyperparameters in the suite, whatever its runs had.
    pub settings: Settings,
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

    /// Writes what the suite is, before any change to its settings, and sees that the folder can be
    /// written to before any time is spent.
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
                    settings: experiment.settings.clone(),
                    paper: experiment.paper,
                    reading: experiment.reading.clone(),
                })
                .collect(),
            claims: suite.claims.clone(),
        };
        write_json(&self.folder.join(SUITE), &record)
    }

    /// Refuses to mix runs of one experiment with different settings or sources in one table.
    ///
    /// # Errors
    /// An earlier run with others; the message names it.
    pub fn expect_same(&self, experiment: &Experiment, source: &Source) -> Result<()> {
        for (seed, record) in self.records(&experiment.id)? {
            let Ok(record) = record else {
                continue;
            };
            let what = if record.settings != experiment.settings {
                "settings"
            } else if record.data != source.data {
                "data"
            } else if record.classes != source.classes {
                "classes"
            } else if record.init_from != source.init_from {
                "weights at the start"
            } else {
                continue;
            };
            bail!(
                "{} holds a run of `{}` with other {what}; choose another --out or add --replace",
                self.run_folder(&experiment.id, seed).display(),
                experiment.id
            );
        }
        Ok(())
    }

    /// What is wrong with a suite's earlier runs that therefore do not count.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn complaints(&self, suite: &Suite) -> Result<Vec<String>> {
        let mut complaints = Vec::new();
        for experiment in &suite.experiments {
            for (_, record) in self.records(&experiment.id)? {
                let checked = record.and_then(|record| self.expect_undamaged(&record));
                complaints.extend(checked.err().map(|error| format!("{error:#}")));
            }
        }
        Ok(complaints)
    }

    /// Whether a run is whole, the very one that is meant, and has all that is asked for. A reference run,
    /// whose model is not in version control, is not.
    pub fn has(&self, experiment: &Experiment, seed: u64, source: &Source, extras: Extras) -> bool {
        let Ok(record) = self.record(&experiment.id, seed) else {
            return false;
        };
        let folder = self.run_folder(&experiment.id, seed);
        let mut files = record.files.keys();
        record.version == env!("CARGO_PKG_VERSION")
            && record.settings == experiment.settings
            && (&record.data, record.classes) == (&source.data, source.classes)
            && record.init_from == source.init_from
            && files.all(|name| folder.join(name).exists())
            && self.expect_undamaged(&record).is_ok()
            && (!extras.init || record.files.contains_key(INIT))
            && (!extras.steps || record.files.contains_key(STEPS))
    }

    /// Makes a run count as not there.
    ///
    /// # Errors
    /// A record that cannot be removed.
    pub fn discount(&self, experiment: &str, seed: u64) -> Result<()> {
        whole::remove(&self.run_folder(experiment, seed).join(RUN))
    }

    /// Makes the folder of a run, in a suite's folder that is there, or tidies it.
    ///
    /// # Errors
    /// The folder, and what the system said.
    pub fn make_run_folder(&self, experiment: &str, seed: u64) -> Result<PathBuf> {
        let folder = self.run_folder(experiment, seed);
        for folder in [folder.parent().unwrap_or(&folder), &folder] {
            match fs::create_dir(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(error)
                        .with_context(|| format!("{}: cannot be made", folder.display()));
                }
                _ => {}
            }
        }
        whole::remove_unfinished(&folder)?;
        Ok(folder)
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

    /// Writes a run's files, `run.json` last; an earlier one goes first.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, settings: &Settings, source: &Source, result: &RunResult) -> Result<()> {
        let folder = self.make_run_folder(&result.row.experiment, result.row.seed)?;
        let record = folder.join(RUN);
        for name in [RUN].into_iter().chain(SOMETIMES) {
            whole::remove(&folder.join(name))?;
        }
        write_csv(&folder.join(TIMINGS), &result.timings)?;
        let mut files = vec![(METRICS, to_csv(&result.epochs)?)];
        if let Some(steps) = &result.steps {
            files.push((STEPS, to_csv(steps)?));
        }
        if let Some(init) = &result.init {
            files.push((INIT, init.clone()));
        }
        if let Some(test) = &result.test {
            files.push((MODEL, test.model.clone()));
            files.push((CONFUSION, to_csv(&test.confusion)?));
            files.push((MISTAKES, to_csv(&test.mistakes)?));
        }
        for (name, contents) in &files {
            write(&folder.join(name), contents)?;
        }
        let files = files.iter();
        let files = files.map(|(name, contents)| ((*name).to_owned(), sha256(contents)));
        let run = RunRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data: source.data.clone(),
            classes: source.classes,
            settings: settings.clone(),
            init_from: source.init_from.clone(),
            divergence: result.divergence.clone(),
            files: files.collect(),
            result: result.row.clone(),
        };
        write_json(&record, &run)
    }

    /// Gathers the runs of a suite into `runs.csv` and `summary.csv`, and returns the former.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub fn collect(&self, suite: &Suite) -> Result<Vec<RunRow>> {
        let mut rows = Vec::new();
        let mut summary = Vec::new();
        for experiment in &suite.experiments {
            let runs = self.runs(&experiment.id)?;
            if !runs.is_empty() {
                let all: Vec<&RunRow> = runs.iter().collect();
                summary.push(summarise(&experiment.id, &all, &experiment.paper));
            }
            rows.extend(runs);
        }
        write_csv(&self.folder.join(RUNS), &rows)?;
        write_csv(&self.folder.join(SUMMARY), &summary)?;
        Ok(rows)
    }

    /// An experiment's runs, by seed, but for damaged ones.
    fn runs(&self, experiment: &str) -> Result<Vec<RunRow>> {
        let records = self.records(experiment)?.into_iter();
        let records = records.filter_map(|(_, record)| record.ok());
        let undamaged = records.filter(|record| self.expect_undamaged(record).is_ok());
        Ok(undamaged.map(|record| record.result).collect())
    }

    /// Checks that a run's files are those that it wrote. Only its model may be absent.
    ///
    /// # Errors
    /// The file that cannot be read or has other bytes.
    pub fn expect_undamaged(&self, record: &RunRecord) -> Result<()> {
        let folder = self.run_folder(&record.result.experiment, record.result.seed);
        for (name, expected) in &record.files {
            let path = folder.join(name);
            if name != METRICS && !SOMETIMES.contains(&name.as_str()) {
                let record = folder.join(RUN);
                bail!(
                    "{}: names `{}`, which is no run's file",
                    record.display(),
                    name.escape_debug()
                );
            }
            if name == MODEL && !path.exists() {
                continue;
            }
            whole::expect_file(&path)?;
            let found = sha256(&whole::read(&path)?);
            if found != *expected {
                let path = path.display();
                bail!("{path}: was changed: its SHA-256 is {found}, and {expected} in run.json");
            }
        }
        Ok(())
    }

    /// The `run.json` of an experiment's runs, by seed.
    pub fn records(&self, experiment: &str) -> Result<Vec<(u64, Result<RunRecord>)>> {
        let mut records = Vec::new();
        for seed in self.seeds(experiment)? {
            // What cannot be looked at is not nothing.
            let record = self.run_folder(experiment, seed).join(RUN);
            if record.try_exists().unwrap_or(true) {
                records.push((seed, self.record(experiment, seed)));
            }
        }
        Ok(records)
    }

    /// The `run.json` of a run, which is that run's.
    pub fn record(&self, experiment: &str, seed: u64) -> Result<RunRecord> {
        let path = self.run_folder(experiment, seed).join(RUN);
        let record: RunRecord = read_json(&path)?;
        let row = &record.result;
        if (row.experiment.as_str(), row.seed) != (experiment, seed) {
            let (path, found) = (path.display(), (&row.experiment, row.seed));
            bail!("{path}: is of {} seed {}", found.0, found.1);
        }
        Ok(record)
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
            let name = name.to_str();
            let seed = name.and_then(|name| name.strip_prefix("seed-")?.parse::<u64>().ok());
            // Not `seed-007`, which would count seed 7 twice.
            seeds.extend(seed.filter(|seed| name == Some(&format!("seed-{seed}"))));
        }
        seeds.sort_unstable();
        Ok(seeds)
    }
}
