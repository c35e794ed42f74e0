//! The times that earlier runs took.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use lab_results::disk::atomic_file::read_csv;
use lab_results::names::TIMINGS;
use lab_results::store::Store;
use lab_results::tables::TimingRow;

/// The mean time that an experiment's runs in a store took, in seconds; `None` without runs.
///
/// # Errors
/// The experiment's folder cannot be read.
pub(super) fn expected_seconds(store: &Store, experiment: &str) -> Result<Option<f64>> {
    let seeds = store.seeds(experiment)?.into_iter();
    let times = seeds.filter_map(|seed| seconds(&store.run_folder(experiment, seed)));
    let times: Vec<f64> = times.map(|time| time.as_secs_f64()).collect();
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    Ok((!times.is_empty()).then_some(mean))
}

/// The time of a run; `None` without a believable one.
pub(super) fn seconds(folder: &Path) -> Option<Duration> {
    let rows: Vec<TimingRow> = read_csv(&folder.join(TIMINGS)).ok()?;
    let seconds = rows
        .iter()
        .map(|row| row.train_seconds + row.eval_seconds)
        .sum();
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|&it| it < LONGEST)
}

/// The longest time that is believed: a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
