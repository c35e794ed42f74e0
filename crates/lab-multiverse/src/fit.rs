//! How near a reading comes to what the paper printed.

use std::collections::BTreeMap;

use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::stats::Quantity;
use lab_results::suite::Experiment;

/// How far one combination is from the paper's lines, over the seeds that it was run with.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Which.
    pub chosen: Vec<usize>,
    /// Seeds of which all experiments are there.
    pub seeds: usize,
    /// For each experiment and printed number, our mean (of epochs, the geometric one) and the distance of that from the
    /// printed number in units of seed spread; `None` where a run diverged.
    pub numbers: Vec<Number>,
    /// The largest of the distances; infinite where there is none.
    pub distance: f64,
}

/// One of the printed numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The experiment's id.
    pub experiment: String,
    /// Which number.
    pub quantity: Quantity,
    /// Our mean.
    pub ours: Option<f64>,
    /// |ours − printed| in units of seed spread.
    pub distance: f64,
}

/// The fit of every combination that all experiments were run with, nearest first; of equal ones, in the order of the
/// grid.
pub fn fits(multiverse: &Combinations, readings: &[CombinationRow]) -> Vec<Fit> {
    let mut by_choice: BTreeMap<&[usize], BTreeMap<&str, Vec<&CombinationRow>>> = BTreeMap::new();
    for it in readings {
        by_choice
            .entry(&it.chosen)
            .or_default()
            .entry(&it.experiment)
            .or_default()
            .push(it);
    }
    let whole = by_choice
        .into_iter()
        .filter(|(_, of)| of.len() == multiverse.experiments.len());
    let mut fits: Vec<Fit> = whole
        .map(|(chosen, of)| fit(multiverse, chosen, &of))
        .collect();
    fits.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    fits
}

fn fit(
    multiverse: &Combinations,
    chosen: &[usize],
    of: &BTreeMap<&str, Vec<&CombinationRow>>,
) -> Fit {
    let mut numbers = Vec::new();
    for experiment in &multiverse.experiments {
        let readings = of
            .get(experiment.id.as_str())
            .map_or(&[][..], Vec::as_slice);
        for quantity in multiverse.quantities(experiment) {
            numbers.push(number(multiverse, experiment, quantity, readings));
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
    multiverse: &Combinations,
    experiment: &Experiment,
    quantity: Quantity,
    readings: &[&CombinationRow],
) -> Number {
    let printed = quantity
        .printed(&experiment.paper)
        .map(|x| quantity.linear(x));
    let unit = multiverse.unit(&experiment.id, quantity);
    // The paper's "stopped at epoch" may be the last epoch or the best: the nearer one counts.
    let ways: &[fn(&CombinationRow) -> Option<f64>] = match quantity {
        Quantity::StopEpoch => &[
            |it| Some(it.stop_epoch.into()),
            |it| Some(it.best_epoch.into()),
        ],
        Quantity::TestAccuracy => &[|it| it.test_accuracy],
        _ => &[|it| it.test_loss],
    };
    let means = ways.iter().filter_map(|of| {
        let numbers: Option<Vec<f64>> = readings.iter().map(|it| of(it)).collect();
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

/// The cells of the nearest readings by seed 0 alone, the literal one first, each once.
pub fn nearest(
    multiverse: &Combinations,
    readings: &[CombinationRow],
    how_many: usize,
) -> Vec<Vec<usize>> {
    let first: Vec<CombinationRow> = readings.iter().filter(|it| it.seed == 0).cloned().collect();
    let steps = multiverse.step_choices();
    let mut cells = vec![multiverse.literal()[..steps].to_vec()];
    for fit in fits(multiverse, &first).into_iter().take(how_many) {
        let cell = fit.chosen[..steps].to_vec();
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    cells
}

/// The number in the middle, or the mean of the two; `None` of none.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        n if n % 2 == 1 => Some(numbers[middle]),
        _ => Some((numbers[middle - 1] + numbers[middle]) / 2.0),
    }
}
