//! Checks whether a run is complete: all checksums match, and the numbers in all files agree.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Error, Result, anyhow, ensure};
use serde::de::DeserializeOwned;

use super::record::RunRecord;
use crate::disk::atomic_file::{expect_file, parse_csv, read_if_there, sha256};
use crate::names::{CONFUSION, METRICS, MISTAKES, MODEL, RUN, RUN_FILES};
use crate::quote::quoted;
use crate::suite::Weights;
use crate::tables::{ConfusionRow, EpochRow, MistakeRow, RunRow, best_epoch};

/// The state of a run that has a `run.json`.
#[derive(Debug)]
pub enum RunState {
    /// The run is complete; only the model may be absent.
    Complete(Box<CompleteRun>),
    /// A file is missing or damaged; the error names the file.
    Damaged(Error),
    /// A file cannot be read, so the state is unknown; the error names the file.
    Unreadable(Error),
}

/// The record and the tables of a complete run.
#[derive(Clone, Debug)]
pub struct CompleteRun {
    /// The content of `run.json`.
    pub record: RunRecord,
    /// The rows of `metrics.csv`.
    pub epochs: Vec<EpochRow>,
    /// The rows of `confusion.csv`; empty without a result.
    pub confusion: Vec<ConfusionRow>,
    /// The rows of `mistakes.csv`; empty without a result.
    pub mistakes: Vec<MistakeRow>,
    /// Whether the folder has the model.
    pub has_model: bool,
}

/// The reason why a run is in no table.
enum Fault {
    Damaged(Error),
    Unreadable(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Damaged(error)
    }
}

impl RunState {
    /// Checks the run in a folder; `None` without a `run.json`.
    pub(super) fn of(folder: &Path, experiment: &str, seed: u64) -> Option<Self> {
        let path = folder.join(RUN);
        let bytes = match contents(&path) {
            Ok(None) => return None,
            Ok(Some(bytes)) => bytes,
            Err(fault) => return Some(Self::from(fault)),
        };
        let record = RunRecord::parse(&bytes).with_context(|| path.display().to_string());
        let record = record.and_then(|record| {
            let row = &record.result;
            ensure!(
                (row.experiment.as_str(), row.seed) == (experiment, seed),
                "{}: expected a run of {experiment} seed {seed}, found {} seed {}",
                path.display(),
                quoted(&row.experiment),
                row.seed
            );
            Ok(record)
        });
        let run = record
            .map_err(Fault::from)
            .and_then(|record| CompleteRun::read(folder, record));
        Some(run.map_or_else(Self::from, |run| Self::Complete(Box::new(run))))
    }
}

impl From<Fault> for RunState {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(error) => Self::Damaged(error),
            Fault::Unreadable(error) => Self::Unreadable(error),
        }
    }
}

/// The bytes of a file; `None` if it does not exist.
fn contents(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    expect_file(path).map_err(Fault::Unreadable)?;
    read_if_there(path).map_err(Fault::Unreadable)
}

impl CompleteRun {
    /// Whether the run's model is missing, as after a clone: models are not in version control.
    pub fn lacks_model(&self) -> bool {
        !self.has_model && self.record.files.contains_key(MODEL)
    }

    /// The run's line in `runs.csv`, with the numbers of its learning curve. Those of a run without epochs are not finite.
    pub fn row(&self) -> RunRow {
        let rises = self.epochs.windows(2);
        let rises = rises
            .filter(|pair| pair[1].train_loss > pair[0].train_loss)
            .count();
        RunRow {
            train_loss: Some(self.tested().map_or(f64::NAN, |it| it.train_loss)),
            train_rises: Some(rises as f64 / (self.epochs.len() as f64 - 1.0)),
            ..self.record.result.clone()
        }
    }

    /// The epoch of the weights that are tested.
    fn tested(&self) -> Option<&EpochRow> {
        let result = &self.record.result;
        let tested = match self.record.settings.weights {
            Weights::Best => result.best_epoch,
            Weights::Last => result.epochs_run,
        };
        self.epochs.iter().find(|it| it.epoch == tested)
    }

    fn read(folder: &Path, record: RunRecord) -> Result<Self, Fault> {
        let place = || folder.join(RUN).display().to_string();
        let is_known = |name: &&String| RUN_FILES.contains(&name.as_str());
        if let Some(name) = record.files.keys().find(|name| !is_known(name)) {
            let error = anyhow!("unexpected file name {}", quoted(name));
            return Err(error.context(place()).into());
        }
        let mut files = BTreeMap::new();
        for name in RUN_FILES {
            let path = folder.join(name);
            let (found, expected) = (contents(&path)?, record.files.get(name));
            match (found, expected) {
                (None, None) => {}
                // Models are not in version control.
                (None, Some(_)) if name == MODEL => {}
                (None, Some(_)) => {
                    return Err(anyhow!("{}: not found; run.json lists it", path.display()).into());
                }
                (Some(_), None) => {
                    let error = anyhow!(
                        "{}: unexpected file: not listed in run.json",
                        path.display()
                    );
                    return Err(error.into());
                }
                (Some(bytes), Some(_)) => drop(files.insert(name, bytes)),
            }
        }
        // Tables are read before their checksums are compared, because an invalid line is a more useful message.
        let run = Self {
            epochs: table(folder, METRICS, &files)?,
            confusion: table(folder, CONFUSION, &files)?,
            mistakes: table(folder, MISTAKES, &files)?,
            has_model: files.contains_key(MODEL),
            record,
        };
        for (name, bytes) in &files {
            expect_sum(&folder.join(name), bytes, &run.record.files[*name])?;
        }
        run.expect_agreement().with_context(place)?;
        Ok(run)
    }

    /// Checks that the numbers in the record agree with the tables.
    fn expect_agreement(&self) -> Result<()> {
        let row = &self.record.result;
        let lists = |name: &str| self.record.files.contains_key(name);
        ensure!(lists(METRICS), "{METRICS} is not listed");
        for name in [MODEL, CONFUSION, MISTAKES] {
            let expected = row.test_loss.is_some();
            ensure!(
                lists(name) == expected,
                "expected both {name} and a test result, or neither"
            );
        }
        let mut epochs = self.epochs.iter().zip(1..);
        let in_order = epochs.all(|(row, due)| row.epoch == due);
        let last = self.epochs.last().map_or(0, |row| row.epoch);
        agree("epochs_run", row.epochs_run, METRICS, last)?;
        ensure!(in_order, "{METRICS}: expected epochs 1, 2, 3, …");
        let best = best_epoch(self.epochs.iter().map(EpochRow::watched_loss));
        agree("best_epoch", row.best_epoch, METRICS, best)?;
        if row.test_loss.is_none() {
            return Ok(());
        }
        let tested = self.tested();
        let loss = tested.map(|row| row.val_loss);
        agree("val_loss", row.val_loss, METRICS, loss)?;
        let accuracy = tested.map(|row| row.val_accuracy);
        agree("val_accuracy", row.val_accuracy, METRICS, accuracy)?;
        let images: u64 = self.confusion.iter().map(|row| row.count).sum();
        let right = self
            .confusion
            .iter()
            .filter(|row| row.label == row.predicted);
        let right: u64 = right.map(|row| row.count).sum();
        let accuracy = Some(right as f64 / images as f64);
        agree("test_accuracy", row.test_accuracy, CONFUSION, accuracy)?;
        agree(
            "the number of wrong images",
            images - right,
            MISTAKES,
            self.mistakes.len() as u64,
        )
    }
}

fn expect_sum(path: &Path, bytes: &[u8], expected: &str) -> Result<()> {
    let (path, found) = (path.display(), sha256(bytes));
    ensure!(
        found == expected,
        "{path}: checksum mismatch: found {found}, {RUN} expects {expected}"
    );
    Ok(())
}

fn table<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    files: &BTreeMap<&str, Vec<u8>>,
) -> Result<Vec<T>> {
    let Some(bytes) = files.get(name) else {
        return Ok(Vec::new());
    };
    let place = || format!("{}: not the table expected", folder.join(name).display());
    parse_csv(bytes).with_context(place)
}

fn agree<T: PartialEq + std::fmt::Debug>(
    what: &str,
    recorded: T,
    name: &str,
    found: T,
) -> Result<()> {
    ensure!(
        recorded == found,
        "{what} is {recorded:?}; {name} gives {found:?}"
    );
    Ok(())
}
