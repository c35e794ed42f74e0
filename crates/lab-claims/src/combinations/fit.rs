//! The distance of a combination from the numbers that the paper printed.

use std::collections::BTreeMap;

use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::stats::Quantity;
use lab_results::suite::Experiment;

/// Up to this distance, in units of seed spread, another seed could have given the printed number.
pub const NEAR: f64 = 2.0;

/// The distance of one combination from the printed numbers, over the seeds that it was run with.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The position of each chosen value.
    pub chosen: Vec<usize>,
    /// The number of seeds that all experiments were run with.
    pub seeds: usize,
    /// The printed numbers of each experiment.
    pub numbers: Vec<Number>,
    /// The largest of the distances; infinite if a run diverged.
    pub distance: f64,
}

/// Our mean beside a printed number.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The experiment's id.
    pub experiment: String,
    /// The quantity.
    pub quantity: Quantity,
    /// Our mean (for epochs, the geometric mean); `None` if a run diverged.
    pub ours: Option<f64>,
    /// |ours − printed| in units of seed spread.
    pub distance: f64,
}

impl Fit {
    /// The largest distance from a number of one experiment.
    pub fn distance_of(&self, experiment: &str) -> f64 {
        let numbers = self.numbers.iter();
        let own = numbers.filter(|it| it.experiment == experiment);
        own.map(|it| it.distance).fold(0.0, f64::max)
    }

    /// The number with the largest distance.
    pub fn worst(&self) -> Option<&Number> {
        let numbers = self.numbers.iter();
        numbers.max_by(|a, b| a.distance.total_cmp(&b.distance))
    }
}

/// The fit of every combination that all experiments were run with, nearest first. Equal fits are in the order of the
/// grid.
pub fn fits(combinations: &Combinations, rows: &[CombinationRow]) -> Vec<Fit> {
    let mut by_choice: BTreeMap<&[usize], BTreeMap<&str, Vec<&CombinationRow>>> = BTreeMap::new();
    for it in rows {
        by_choice
            .entry(&it.chosen)
            .or_default()
            .entry(&it.experiment)
            .or_default()
            .push(it);
    }
    let whole = by_choice
        .into_iter()
        .filter(|(_, of)| of.len() == combinations.experiments.len());
    let mut fits: Vec<Fit> = whole
        .map(|(chosen, of)| fit(combinations, chosen, &of))
        .collect();
    fits.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    fits
}

fn fit(
    combinations: &Combinations,
    chosen: &[usize],
    of: &BTreeMap<&str, Vec<&CombinationRow>>,
) -> Fit {
    let mut numbers = Vec::new();
    for experiment in &combinations.experiments {
        let rows = of
            .get(experiment.id.as_str())
            .map_or(&[][..], Vec::as_slice);
        for quantity in combinations.quantities(experiment) {
            numbers.push(number(combinations, experiment, quantity, rows));
        }
    }
    Fit {
        chosen: chosen.to_vec(),
        seeds: of.values().map(Vec::len).min().unwrap_or(0),
        distance: numbers.iter().map(|it| it.distance).fold(0.0, f64::max),
        numbers,
    }
}

fn number(
    combinations: &Combinations,
    experiment: &Experiment,
    quantity: Quantity,
    rows: &[&CombinationRow],
) -> Number {
    let printed = quantity
        .printed(&experiment.paper)
        .map(|x| quantity.linear(x));
    let unit = combinations.unit(&experiment.id, quantity);
    // The paper's "stopped at epoch" may be the last epoch or the best one; the nearer one counts.
    let ways: &[fn(&CombinationRow) -> Option<f64>] = match quantity {
        Quantity::StopEpoch => &[
            |it| Some(it.stop_epoch.into()),
            |it| Some(it.best_epoch.into()),
        ],
        Quantity::TestAccuracy => &[|it| it.test_accuracy],
        _ => &[|it| it.test_loss],
    };
    let means = ways.iter().filter_map(|of| {
        let numbers: Option<Vec<f64>> = rows.iter().map(|it| of(it)).collect();
        let numbers: Vec<f64> = numbers?.into_iter().map(|x| quantity.linear(x)).collect();
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        mean.is_finite().then_some(mean)
    });
    let distance =
        |mean: f64| printed.map_or(f64::INFINITY, |printed| (mean - printed).abs() / unit);
    let nearest = means.min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    Number {
        experiment: experiment.id.clone(),
        quantity,
        ours: nearest.map(|mean| quantity.difference_at(mean)),
        distance: nearest.map_or(f64::INFINITY, distance),
    }
}

/// The cells of the nearest combinations, by seed 0 alone, each once. The literal combination is first, then the others
/// by distance.
pub fn nearest(
    combinations: &Combinations,
    rows: &[CombinationRow],
    how_many: usize,
) -> Vec<Vec<usize>> {
    let first: Vec<CombinationRow> = rows.iter().filter(|it| it.seed == 0).cloned().collect();
    let steps = combinations.step_choices();
    let mut cells = vec![combinations.literal()[..steps].to_vec()];
    for fit in fits(combinations, &first).into_iter().take(how_many) {
        let cell = fit.chosen[..steps].to_vec();
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    cells
}
