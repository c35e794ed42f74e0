//! Export of the learning curves of a suite.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::atomic_file::{read_json, to_csv};
use lab_results::names::SUITE;
use lab_results::store::{CompleteRun, RunState, Store, SuiteRecord};
use lab_results::suite::check_name;
use serde::Serialize;

use crate::tensorboard;

/// All runs of a suite's folder, in the suite's order.
///
/// # Errors
/// A folder without a suite or without runs. An incomplete run, which would leave a gap in the curves.
pub fn runs(store: &Store) -> Result<Vec<CompleteRun>> {
    let folder = store.folder();
    let suite: SuiteRecord = read_json(&folder.join(SUITE))?;
    let mut all = Vec::new();
    for experiment in &suite.experiments {
        check_name(&experiment.id).with_context(|| folder.join(SUITE).display().to_string())?;
        for (_, run) in store.runs(&experiment.id)? {
            match run {
                RunState::Complete(run) => all.push(*run),
                RunState::Damaged(error) | RunState::Unreadable(error) => bail!(error),
            }
        }
    }
    ensure!(!all.is_empty(), "{}: no runs here", folder.display());
    Ok(all)
}

/// A row of the CSV table.
#[derive(Default, Serialize)]
struct Row<'a> {
    experiment: &'a str,
    seed: u64,
    epoch: u32,
    metric: &'static str,
    value: f64,
}

/// All curves as one CSV table with a row for each number: experiment, seed, epoch, metric, value.
///
/// # Errors
/// Errors of the CSV writer; none is known to occur.
pub fn long_csv(runs: &[CompleteRun]) -> Result<Vec<u8>> {
    let rows = runs.iter().flat_map(|run| {
        let row = &run.record.result;
        run.epochs.iter().flat_map(|epoch| {
            let metrics = [
                ("train_loss", epoch.train_loss),
                ("train_accuracy", epoch.train_accuracy),
                ("val_loss", epoch.val_loss),
                ("val_accuracy", epoch.val_accuracy),
            ];
            metrics.map(|(metric, value)| Row {
                experiment: &row.experiment,
                seed: row.seed,
                epoch: epoch.epoch,
                metric,
                value,
            })
        })
    });
    to_csv(&rows.collect::<Vec<_>>())
}

/// TensorBoard's event files, one per run, each with its path.
///
/// # Errors
/// Settings that cannot be written as JSON; those of a run can.
pub fn event_files(runs: &[CompleteRun]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let files = runs.iter().map(|run| {
        let row = &run.record.result;
        let folder = PathBuf::from(&row.experiment).join(format!("seed-{}", row.seed));
        let name = folder.join("events.out.tfevents.0.mnist-lab");
        Ok((name, tensorboard::events(run)?))
    });
    files.collect()
}
