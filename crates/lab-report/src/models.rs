//! Models that the interactive page brings along.

use anyhow::Result;
use lab_results::disk::whole;
use lab_results::names::MODEL;
use lab_results::store::{Store, WholeRun};

use crate::findings::{ExperimentFindings, Findings, tested_best};

/// The largest model file that is brought along, in bytes: the page is to stay small.
const LARGEST: usize = 512 << 10;

/// A run's model file.
#[derive(Clone, Debug)]
pub(crate) struct ModelFile {
    /// What a reader calls it.
    pub(crate) title: String,
    /// `model.safetensors`, or why it is not brought along.
    pub(crate) bytes: Result<Vec<u8>, &'static str>,
}

/// The best run's model and that of the best run without hidden layer, by validation loss.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn models(store: &Store, findings: &Findings) -> Result<Vec<ModelFile>> {
    let experiments = &findings.experiments;
    let best = tested_best(experiments, |_| true);
    let linear = tested_best(experiments, |run| run.record.settings.hidden.is_empty());
    let same = |a: &WholeRun, b: &WholeRun| a.record.result == b.record.result;
    let linear = linear.filter(|(_, linear)| !best.is_some_and(|(_, best)| same(best, linear)));
    let chosen = best.into_iter().chain(linear);
    chosen
        .map(|(experiment, run)| model(store, experiment, run))
        .collect()
}

fn model(store: &Store, experiment: &ExperimentFindings, run: &WholeRun) -> Result<ModelFile> {
    let row = &run.record.result;
    let path = store.run_folder(&row.experiment, row.seed).join(MODEL);
    let bytes = match path.exists() {
        false => Err("its model.safetensors is not here, and a run writes it anew"),
        true => Ok(whole::read(&path)?),
    };
    Ok(ModelFile {
        title: format!("{}, seed {}", experiment.record.title, row.seed),
        bytes: bytes.and_then(|bytes| match bytes.len() > LARGEST {
            true => Err("its model.safetensors is larger than 512 KiB"),
            false => Ok(bytes),
        }),
    })
}
