//! The table of the paper's experiments, and notes on experiments.

use lab_claims::Runs;
use lab_results::stats::Quantity;
use lab_results::suite::Experiment;
use serde::Serialize;

use super::text::DASH;
use crate::findings::{ExperimentFindings, Findings, shown_mean};

#[derive(Serialize)]
pub(super) struct Results<'a> {
    rows: Vec<Row<'a>>,
    notes: Vec<Note<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    title: &'a str,
    id: &'a str,
    section: &'a str,
    runs: usize,
    accuracy: Compared,
    loss: Compared,
    stopped: Compared,
    best_epoch: String,
}

/// A mean over seeds and the paper's number.
#[derive(Serialize)]
pub(super) struct Compared {
    ours: String,
    paper: String,
}

/// The means of an experiment's runs beside the numbers that the paper printed.
pub(super) fn compared(experiment: &Experiment, runs: &Runs) -> [Compared; 3] {
    Quantity::PRINTED.map(|quantity| {
        let sample = quantity.over(runs.of(&experiment.id));
        Compared {
            ours: shown_mean(quantity, sample, experiment.settings.epochs),
            paper: quantity.shown_printed(&experiment.paper),
        }
    })
}

/// Notes on unusual runs of an experiment; the lists may be empty.
#[derive(Serialize)]
struct Note<'a> {
    experiment: &'a str,
    changed_settings: &'a [String],
    diverged: Vec<Diverged<'a>>,
}

#[derive(Serialize)]
struct Diverged<'a> {
    seed: u64,
    /// The reason, such as `diverged in epoch 3: ...`.
    how: &'a str,
}

pub(super) fn results(findings: &Findings) -> Results<'_> {
    Results {
        rows: findings.as_written().map(row).collect(),
        notes: findings.experiments.iter().map(note).collect(),
    }
}

fn row(experiment: &ExperimentFindings) -> Row<'_> {
    let compared = |quantity| Compared {
        ours: experiment.mean(quantity),
        paper: experiment.printed(quantity),
    };
    Row {
        title: &experiment.record.title,
        id: &experiment.record.id,
        section: experiment.record.section.as_deref().unwrap_or(DASH),
        runs: experiment.rows.len(),
        accuracy: compared(Quantity::TestAccuracy),
        loss: compared(Quantity::TestLoss),
        stopped: compared(Quantity::StopEpoch),
        best_epoch: experiment.mean(Quantity::BestEpoch),
    }
}

fn note(experiment: &ExperimentFindings) -> Note<'_> {
    let diverged = experiment.runs.iter().filter_map(|run| {
        Some(Diverged {
            seed: run.record.result.seed,
            how: run.record.divergence.as_deref()?,
        })
    });
    Note {
        experiment: &experiment.record.id,
        // For cells, the part on grids has this note.
        changed_settings: match experiment.record.cell {
            None => &experiment.altered,
            Some(_) => &[],
        },
        diverged: diverged.collect(),
    }
}
