//! The part on the best cells of grids.

use lab_results::stats::Quantity;
use serde::Serialize;

use crate::findings::{ExperimentFindings, Findings};
use crate::grids::{self, Setting};

/// A grid and its best cells.
#[derive(Serialize)]
pub(super) struct Grid<'a> {
    /// The experiment that the grid varies.
    of: Option<&'a str>,
    /// The number of cells with runs.
    cells: usize,
    settings: Vec<&'a str>,
    /// The settings with their values, such as `lr: 0.05, 0.1`.
    lists: Vec<String>,
    /// The settings that differ from the suite's, in the first cell that has any.
    altered: &'a [String],
    best: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    values: Vec<&'a str>,
    runs: usize,
    validation_loss: String,
    accuracy: String,
    loss: String,
    stopped: String,
}

/// The grids that have runs.
pub(super) fn grids(findings: &Findings) -> Vec<Grid<'_>> {
    let grids = grids::grids(findings).into_iter();
    grids.map(grid).collect()
}

fn grid(grid: grids::Grid<'_>) -> Grid<'_> {
    let best = grid.best().map(|(experiment, cell)| {
        let values = cell.varies.iter().map(|varied| varied.value.as_str());
        row(experiment, values.collect())
    });
    let mut cells = grid.cells.iter();
    let altered = cells.find(|(experiment, _)| !experiment.altered.is_empty());
    let list = |setting: &Setting<'_>| format!("{}: {}", setting.name, setting.values.join(", "));
    Grid {
        of: grid.of,
        cells: grid.cells.len(),
        settings: grid.settings.iter().map(|setting| setting.name).collect(),
        lists: grid.settings.iter().map(list).collect(),
        best: best.collect(),
        altered: altered.map_or(&[], |(experiment, _)| &experiment.altered),
    }
}

fn row<'a>(experiment: &'a ExperimentFindings, values: Vec<&'a str>) -> Row<'a> {
    Row {
        id: &experiment.record.id,
        values,
        runs: experiment.rows.len(),
        validation_loss: experiment.mean(Quantity::ValidationLoss),
        accuracy: experiment.mean(Quantity::TestAccuracy),
        loss: experiment.mean(Quantity::TestLoss),
        stopped: experiment.mean(Quantity::StopEpoch),
    }
}
