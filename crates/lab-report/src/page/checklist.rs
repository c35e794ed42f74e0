//! The answers to a reproducibility checklist that depend on the runs.

use serde::Serialize;

use crate::findings::Findings;

#[derive(Serialize)]
pub(super) struct Checklist {
    runs: usize,
    /// Of all runs together.
    epochs: u64,
}

pub(super) fn checklist(findings: &Findings) -> Checklist {
    let runs = findings.experiments.iter().flat_map(|e| &e.runs);
    let epochs = runs.clone().map(|run| run.record.result.epochs_run);
    Checklist {
        runs: runs.count(),
        epochs: epochs.map(u64::from).sum(),
    }
}
