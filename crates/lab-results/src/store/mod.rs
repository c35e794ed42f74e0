//! The folder of a suite's results: where its files are, and which runs are complete.
//!
//! ```text
//! DIR/<suite>/suite.json                              the suite
//!             <experiment>/seed-<k>/checkpoint…       an unfinished run
//!                                   metrics.csv, …    a finished run
//!                                   run.json          written last: the run is complete
//!             runs.csv, summary.csv, SHA256SUMS       tables of all complete runs
//!             images.csv                              the images that runs misclassify, if the suite keeps details
//!             .lock                                   the lock of the writing process
//! ```
//!
//! A [`Store`] reads. A [`Writer`] has the lock on the folder, and writes and removes.

mod complete_run;
mod images;
mod record;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};
use serde::{Deserialize, Serialize};

use crate::disk::atomic_file::{
    read_csv_if_there, read_if_there, remove, remove_unfinished, sha256, to_csv,
};
use crate::disk::lock::Lock;
use crate::names::{
    CONFUSION, IMAGES, INIT, METRICS, MISTAKES, MODEL, RUN, RUN_FILES, RUNS, SHA256SUMS, STEPS,
    SUITE, SUMMARY, TIMINGS,
};
use crate::printed::Printed;
use crate::stats::summarise;
use crate::suite::{Experiment, Settings, check_name};
use crate::tables::{ConfusionRow, EpochRow, MistakeRow, RunRow, StepRow, TimingRow};

pub use complete_run::{CompleteRun, RunState};
pub use images::Images;
pub use record::{RunRecord, Source, SuiteRecord};

/// The results of one suite, for reading.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// All results of a run, a field for each file.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// The run's line in `runs.csv`.
    pub row: RunRow,
    /// The rows of `metrics.csv`.
    pub epochs: Vec<EpochRow>,
    /// The rows of `timings.csv`.
    pub timings: Vec<TimingRow>,
    /// The rows of `steps.csv`, if requested.
    pub steps: Option<Vec<StepRow>>,
    /// The bytes of `init.safetensors`, if requested.
    pub init: Option<Vec<u8>>,
    /// The results on the test set; `None` for a run that diverged in its first epoch.
    pub test: Option<TestResult>,
    /// The reason for a divergence.
    pub divergence: Option<String>,
}

/// The runs of a suite.
#[derive(Clone, Debug, Default)]
pub struct SuiteRuns {
    /// The content of the suite's tables.
    pub tables: Tables,
    /// For each experiment, the runs that have files, by seed.
    pub runs: Vec<Vec<CompleteRun>>,
}

/// The content of a suite's tables.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The line of each run.
    pub rows: Vec<RunRow>,
    /// For each experiment, the differences between its runs and the suite, from [`SuiteRecord::altered`].
    pub altered: Vec<Vec<String>>,
    /// The test images that runs misclassify, if the suite keeps details.
    pub images: Option<Images>,
    /// The lines of `SHA256SUMS`; `None` if the rows come from `runs.csv`.
    sums: Option<String>,
}

impl Tables {
    /// The lines of the runs that agree with the suite. Claims are judged only by these runs.
    pub fn rows_as_written(&self, suite: &SuiteRecord) -> Vec<RunRow> {
        let experiments = suite.experiments.iter().zip(&self.altered);
        let altered = experiments.filter(|(_, altered)| !altered.is_empty());
        let altered: HashSet<&str> = altered.map(|(it, _)| it.id.as_str()).collect();
        let rows = self.rows.iter();
        rows.filter(|row| !altered.contains(&*row.experiment))
            .cloned()
            .collect()
    }
}

/// The results of a run's selected weights on the test set.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// The bytes of `model.safetensors`.
    pub model: Vec<u8>,
    /// The rows of `confusion.csv`.
    pub confusion: Vec<ConfusionRow>,
    /// The rows of `mistakes.csv`.
    pub mistakes: Vec<MistakeRow>,
}

/// The files that a run writes only on request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extras {
    /// Whether to write the initial weights.
    pub init: bool,
    /// Whether to write the loss of every step.
    pub steps: bool,
}

impl RunResult {
    /// The names and bytes of the run's files except `timings.csv`, `run.json` last.
    ///
    /// # Errors
    /// A value that cannot be written as CSV or JSON.
    pub fn files(
        &self,
        settings: &Settings,
        source: &Source,
    ) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let mut files = vec![(METRICS, to_csv(&self.epochs)?)];
        if let Some(steps) = &self.steps {
            files.push((STEPS, to_csv(steps)?));
        }
        if let Some(init) = &self.init {
            files.push((INIT, init.clone()));
        }
        if let Some(test) = &self.test {
            files.push((MODEL, test.model.clone()));
            files.push((CONFUSION, to_csv(&test.confusion)?));
            files.push((MISTAKES, to_csv(&test.mistakes)?));
        }
        let sums = files.iter();
        let sums = sums.map(|(name, contents)| ((*name).to_owned(), sha256(contents)));
        let record = RunRecord {
            format: record::FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data: source.data.clone(),
            classes: source.classes,
            settings: settings.clone(),
            init_from: source.init_from.clone(),
            divergence: self.divergence.clone(),
            files: sums.collect(),
            result: self.row.clone(),
            sha256: String::new(),
        };
        files.push((RUN, record.to_bytes()?));
        Ok(files)
    }
}

impl Store {
    /// The results in this folder.
    pub fn open(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of one run.
    pub fn run_folder(&self, experiment: &str, seed: u64) -> PathBuf {
        self.folder.join(experiment).join(format!("seed-{seed}"))
    }

    /// The runs of an experiment that have a `run.json`, with their seeds, each checked.
    ///
    /// # Errors
    /// The experiment's folder cannot be read.
    pub fn runs(&self, experiment: &str) -> Result<Vec<(u64, RunState)>> {
        let runs = self.seeds(experiment)?.into_iter().filter_map(|seed| {
            let folder = self.run_folder(experiment, seed);
            Some((seed, RunState::of(&folder, experiment, seed)?))
        });
        Ok(runs.collect())
    }

    /// The state of one run; `None` without a `run.json`.
    pub fn run(&self, experiment: &str, seed: u64) -> Option<RunState> {
        RunState::of(&self.run_folder(experiment, seed), experiment, seed)
    }

    /// The runs of a suite. If the folder has no run at all, as after a clone, their rows come from `runs.csv`.
    ///
    /// # Errors
    /// A folder or a table that cannot be read, or a damaged run.
    pub fn suite_runs(&self, suite: &SuiteRecord) -> Result<SuiteRuns> {
        let mut runs = Vec::new();
        let (mut tables, faults) = self.gather(suite, |of_one| runs.push(of_one))?;
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault);
        }
        if tables.rows.is_empty() {
            let table = read_csv_if_there(&self.folder.join(RUNS))?;
            (tables.rows, tables.sums) = (table.unwrap_or_default(), None);
            tables.images = Images::read(&self.folder)?;
        }
        Ok(SuiteRuns { tables, runs })
    }

    /// Reads the runs of a suite, and passes those of each experiment to `each`. Returns the faults of runs that are damaged
    /// or cannot be read.
    fn gather(
        &self,
        suite: &SuiteRecord,
        mut each: impl FnMut(Vec<CompleteRun>),
    ) -> Result<(Tables, Vec<Error>)> {
        let (mut tables, mut faults, mut sums) = (Tables::default(), Vec::new(), String::new());
        let mut images = Images::new(suite.experiments.iter().map(|it| it.id.clone()));
        for experiment in &suite.experiments {
            let (mut runs, mut altered) = (Vec::new(), BTreeSet::new());
            for (seed, state) in self.runs(&experiment.id)? {
                match state {
                    RunState::Complete(run) => {
                        altered.extend(suite.altered(experiment, &run.record));
                        list_files(&mut sums, &experiment.id, seed, &run.record)?;
                        tables.rows.push(run.row());
                        images.add(&experiment.id, &run.mistakes);
                        runs.push(*run);
                    }
                    RunState::Damaged(error) | RunState::Unreadable(error) => faults.push(error),
                }
            }
            tables.altered.push(altered.into_iter().collect());
            each(runs);
        }
        tables.sums = Some(sums);
        tables.images = suite.details.then_some(images);
        Ok((tables, faults))
    }

    /// The cells of earlier commands with `--grid`, which no suite file lists. No cells if `suite.json` is missing or
    /// invalid, because it will be written again.
    ///
    /// # Errors
    /// `suite.json` cannot be read.
    pub fn earlier_cells(&self) -> Result<Vec<Experiment>> {
        let bytes = read_if_there(&self.folder.join(SUITE))?.unwrap_or_default();
        let Ok(record) = serde_json::from_slice::<SuiteRecord>(&bytes) else {
            return Ok(Vec::new());
        };
        let of_command_line = |it: &Experiment| {
            let cell = it.cell.as_ref();
            cell.is_some_and(|cell| cell.of.is_some()) && check_name(&it.id).is_ok()
        };
        let cells = record.experiments.into_iter().filter(of_command_line);
        Ok(cells.collect())
    }

    /// The seeds that an experiment has folders for, ascending.
    ///
    /// # Errors
    /// The experiment's folder cannot be read.
    pub fn seeds(&self, experiment: &str) -> Result<Vec<u64>> {
        let folder = self.folder.join(experiment);
        let cannot = || format!("{}: cannot be read", folder.display());
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(cannot)?,
        };
        let mut seeds = Vec::new();
        for entry in entries {
            let name = entry.with_context(cannot)?.file_name();
            let name = name.to_str();
            let seed = name.and_then(|name| name.strip_prefix("seed-")?.parse::<u64>().ok());
            // Not `seed-007`, which would count seed 7 twice.
            seeds.extend(seed.filter(|seed| name == Some(&format!("seed-{seed}"))));
        }
        seeds.sort_unstable();
        Ok(seeds)
    }
}

/// The results of one suite, for writing, with the lock on their folder.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    lock: Lock,
}

impl Deref for Writer {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// The result of [`Writer::collect`].
#[derive(Debug)]
pub struct Collected {
    /// The rows of `runs.csv`.
    pub runs: Vec<RunRow>,
    /// For each run that is in no table, the reason.
    pub missing: Vec<String>,
}

impl Writer {
    /// Makes the folder if necessary, and locks it.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn lock(folder: &Path) -> Result<Self> {
        Ok(Self {
            lock: Lock::take(folder)?,
            store: Store::open(folder),
        })
    }

    /// The lock, for writing other files in the folder.
    pub fn held(&self) -> &Lock {
        &self.lock
    }

    /// Writes a file in the suite's folder.
    ///
    /// # Errors
    /// As [`Lock::write`].
    pub fn write(&self, name: impl AsRef<Path>, contents: &[u8]) -> Result<()> {
        self.lock.write(&self.folder.join(name), contents)
    }

    /// Removes a run's record, so that the run no longer counts.
    ///
    /// # Errors
    /// A record that cannot be removed.
    pub fn discount(&self, experiment: &str, seed: u64) -> Result<()> {
        self.lock.expect_here()?;
        remove(&self.run_folder(experiment, seed).join(RUN))
    }

    /// Makes the folder of a run in the suite's folder, or removes unfinished files from it.
    ///
    /// # Errors
    /// An error of the system; the message has the folder.
    pub fn make_run_folder(&self, experiment: &str, seed: u64) -> Result<PathBuf> {
        self.lock.expect_here()?;
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
        remove_unfinished(&folder)?;
        Ok(folder)
    }

    /// Removes an experiment's runs.
    ///
    /// # Errors
    /// An error of the system.
    pub fn remove(&self, experiment: &str) -> Result<()> {
        self.lock.expect_here()?;
        let folder = self.folder.join(experiment);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{}: cannot be removed", folder.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes the files of a run, `run.json` last. The files of an earlier run are removed first.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, settings: &Settings, source: &Source, result: &RunResult) -> Result<()> {
        let (experiment, seed) = (&result.row.experiment, result.row.seed);
        let folder = self.make_run_folder(experiment, seed)?;
        self.discount(experiment, seed)?;
        for name in RUN_FILES {
            remove(&folder.join(name))?;
        }
        let timings = to_csv(&result.timings)?;
        self.lock.write(&folder.join(TIMINGS), &timings)?;
        for (name, contents) in result.files(settings, source)? {
            self.lock.write(&folder.join(name), &contents)?;
        }
        Ok(())
    }

    /// Gathers the runs of a suite into `runs.csv`, `summary.csv` and `SHA256SUMS`.
    ///
    /// # Errors
    /// A folder that cannot be read, or a file that cannot be written. A run that is damaged or cannot be read is not
    /// an error: it is in no table, and [`Collected::missing`] names it.
    pub fn collect(&self, suite: &SuiteRecord) -> Result<Collected> {
        let (tables, faults) = self.gather(suite, drop)?;
        self.write_tables(suite, &tables)?;
        let missing = faults.iter().map(|fault| format!("{fault:#}"));
        Ok(Collected {
            missing: missing.collect(),
            runs: tables.rows,
        })
    }

    /// Writes a suite's tables: all if they were made from the runs' files, else `summary.csv`, which is made from
    /// `runs.csv`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_tables(&self, suite: &SuiteRecord, tables: &Tables) -> Result<()> {
        if tables.sums.is_some() {
            let row = |row: &RunRow| match suite.details {
                true => row.clone(),
                false => RunRow {
                    train_loss: None,
                    train_rises: None,
                    ..row.clone()
                },
            };
            let rows: Vec<RunRow> = tables.rows.iter().map(row).collect();
            self.write(RUNS, &to_csv(&rows)?)?;
            if let Some(images) = &tables.images {
                self.write(IMAGES, &images.to_csv()?)?;
            }
        }
        let mut by_experiment: HashMap<&str, Vec<&RunRow>> = HashMap::new();
        for row in &tables.rows {
            by_experiment.entry(&row.experiment).or_default().push(row);
        }
        let experiments = suite.experiments.iter().zip(&tables.altered);
        let summary = experiments.filter_map(|(it, altered)| {
            let paper = match altered.is_empty() {
                true => it.paper,
                false => Printed::default(),
            };
            let runs = by_experiment.get(it.id.as_str())?;
            Some(summarise(&it.id, runs, &paper))
        });
        self.write(SUMMARY, &to_csv(&summary.collect::<Vec<_>>())?)?;
        match &tables.sums {
            Some(sums) => self.write(SHA256SUMS, sums.as_bytes()),
            None => Ok(()),
        }
    }
}

/// Appends a line for each file of a run, in the format of `sha256sum`.
fn list_files(to: &mut String, experiment: &str, seed: u64, record: &RunRecord) -> Result<()> {
    let own = (RUN, sha256(&record.to_bytes()?));
    let others = record
        .files
        .iter()
        .map(|(name, sum)| (name.as_str(), sum.clone()));
    for (name, sum) in others.chain([own]) {
        writeln!(to, "{sum}  {experiment}/seed-{seed}/{name}")?;
    }
    Ok(())
}
