//! Grids: the cells that vary the same settings of the same experiment, and the best of them.

use lab_results::stats::Quantity;
use lab_results::suite::Cell;

use crate::findings::{ExperimentFindings, Findings};

/// The number of cells that a report shows of each grid.
pub(crate) const BEST: usize = 10;

/// A grid; only cells with runs count.
pub(crate) struct Grid<'a> {
    /// The experiment that the grid varies; `None` for the suite's defaults.
    pub(crate) of: Option<&'a str>,
    /// The settings, in the grid's order.
    pub(crate) settings: Vec<Setting<'a>>,
    /// The cells by mean validation loss, cells without a loss last.
    pub(crate) cells: Vec<(&'a ExperimentFindings, &'a Cell)>,
}

/// A setting that a grid varies.
pub(crate) struct Setting<'a> {
    pub(crate) name: &'a str,
    /// The values: ascending if all are numbers, else in the grid's order.
    pub(crate) values: Vec<&'a str>,
}

/// All grids, in the suite's order.
pub(crate) fn grids(findings: &Findings) -> Vec<Grid<'_>> {
    let mut grids: Vec<Grid<'_>> = Vec::new();
    for experiment in &findings.experiments {
        let Some(cell) = &experiment.record.cell else {
            continue;
        };
        let index = grids
            .iter()
            .position(|grid| grid.has_place_for(experiment, cell));
        let index = index.unwrap_or_else(|| {
            grids.push(Grid::like(cell));
            grids.len() - 1
        });
        grids[index].add(experiment, cell);
    }
    for grid in &mut grids {
        let loss = |experiment: &ExperimentFindings| {
            let sample = experiment.sample(Quantity::ValidationLoss);
            sample.map_or(f64::INFINITY, |sample| sample.mean)
        };
        grid.cells
            .sort_by(|(a, _), (b, _)| loss(a).total_cmp(&loss(b)));
        for setting in &mut grid.settings {
            let sorted = order(&setting.values).into_iter();
            setting.values = sorted.map(|at| setting.values[at]).collect();
        }
    }
    grids
}

impl<'a> Grid<'a> {
    fn like(cell: &'a Cell) -> Self {
        let settings = cell.varies.iter().map(|varied| Setting {
            name: &varied.setting,
            values: Vec::new(),
        });
        Self {
            of: cell.of.as_deref(),
            settings: settings.collect(),
            cells: Vec::new(),
        }
    }

    /// Whether a cell can be ranked with these: it varies the same settings of the same experiment, and its other settings
    /// are the same.
    fn has_place_for(&self, experiment: &ExperimentFindings, cell: &Cell) -> bool {
        let (first, of) = self.cells[0];
        let varied: Vec<&str> = self.settings.iter().map(|it| it.name).collect();
        let (own, others) = (first.settings(), experiment.settings());
        of.is_beside(cell) && own.is_like(others, &varied)
    }

    fn add(&mut self, experiment: &'a ExperimentFindings, cell: &'a Cell) {
        for (setting, varied) in self.settings.iter_mut().zip(&cell.varies) {
            if !setting.values.contains(&varied.value.as_str()) {
                setting.values.push(&varied.value);
            }
        }
        self.cells.push((experiment, cell));
    }

    /// The cells to show.
    pub(crate) fn best(&self) -> impl Iterator<Item = (&'a ExperimentFindings, &'a Cell)> {
        self.cells.iter().copied().take(BEST)
    }
}

/// The positions of values in the order to show: ascending if all are numbers.
pub(crate) fn order(values: &[impl AsRef<str>]) -> Vec<usize> {
    let numbers = values.iter().map(|value| value.as_ref().parse::<f64>());
    let numbers: Result<Vec<f64>, _> = numbers.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    if let Ok(numbers) = numbers {
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_words_keep_their_order() {
        assert_eq!(order(&["1", "0.0078125", "10", "2"]), [1, 0, 3, 2]);
        assert_eq!(order(&["plus", "minus", "1"]), [0, 1, 2]);
        assert_eq!(order(&["[256, 64]", "128"]), [0, 1]);
    }
}
