//! The answers to a reproducibility checklist that depend on the runs.

use serde::Serialize;

use crate::findings::Findings;

#[derive(Serialize)]
pub(super) struct Checklist {
    runs: usize,
    /// The sum over all runs.
    epochs: u64,
}

pub(super) fn checklist(findings: &Findings) -> Checklist {
    let rows = findings.experiments.iter().flat_map(|e| &e.rows);
    let epochs = rows.clone().map(|row| row.epochs_run);
    Checklist {
        runs: rows.count(),
        epochs: epochs.map(u64::from).sum(),
    }
}
