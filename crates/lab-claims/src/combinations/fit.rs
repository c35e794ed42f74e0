//! The distance of a combination from the numbers that the paper printed.

use std::collections::BTreeMap;

use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::stats::{Quantity, Sample};
use lab_results::suite::Experiment;

use crate::statistics::Joint;

/// Up to this distance, in prediction errors, another run could have given the printed number.
pub const NEAR: f64 = 2.0;

/// Down to this joint p-value, another run could have given all numbers that were printed of an experiment.
const NEAR_P: f64 = 0.05;

/// The fewest seeds whose spread is used; for fewer, or without spread, it is that of the file of choices.
const ENOUGH: usize = 5;

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
    /// For each experiment, the joint p-value of all its printed numbers as one more run, by Hotelling's T²; empty with too
    /// few seeds, or if a run diverged.
    pub joint: Vec<(String, f64)>,
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
    /// |ours − printed| in units of the prediction error of one more run.
    pub distance: f64,
}

impl Fit {
    /// The largest distance from a number of one experiment.
    pub fn distance_of(&self, experiment: &str) -> f64 {
        let numbers = self.numbers.iter();
        let own = numbers.filter(|it| it.experiment == experiment);
        own.map(|it| it.distance).fold(0.0, f64::max)
    }

    /// The smallest of the joint p-values.
    pub fn p(&self) -> Option<f64> {
        self.joint.iter().map(|(_, p)| *p).min_by(f64::total_cmp)
    }

    /// Whether another run could have given all printed numbers.
    pub(super) fn is_near(&self) -> bool {
        self.p().map_or(self.distance <= NEAR, |p| p >= NEAR_P)
    }

    /// The number with the largest distance.
    pub fn worst(&self) -> Option<&Number> {
        let numbers = self.numbers.iter();
        numbers.max_by(|a, b| a.distance.total_cmp(&b.distance))
    }
}

/// The fit of every combination that all experiments were run with, nearest first: those with a joint p-value by that, then
/// the others by distance. Equal fits are in the order of the grid.
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
    let key = |fit: &Fit| fit.p().map_or(-1.0, |p| p);
    fits.sort_by(|a, b| {
        let by_p = key(b).total_cmp(&key(a));
        by_p.then(a.distance.total_cmp(&b.distance))
    });
    fits
}

fn fit(
    combinations: &Combinations,
    chosen: &[usize],
    of: &BTreeMap<&str, Vec<&CombinationRow>>,
) -> Fit {
    let (mut numbers, mut joint) = (Vec::new(), Vec::new());
    for experiment in &combinations.experiments {
        let rows = of
            .get(experiment.id.as_str())
            .map_or(&[][..], Vec::as_slice);
        let columns = combinations.quantities(experiment).into_iter();
        let columns = columns.map(|quantity| Column::of(combinations, experiment, quantity, rows));
        let columns: Vec<Column> = columns.collect();
        joint.extend(joint_p(&columns).map(|p| (experiment.id.clone(), p)));
        numbers.extend(columns.iter().map(|it| it.number(&experiment.id)));
    }
    joint = match joint.len() == combinations.experiments.len() {
        true => joint,
        false => Vec::new(),
    };
    Fit {
        chosen: chosen.to_vec(),
        seeds: of.values().map(Vec::len).min().unwrap_or(0),
        distance: numbers.iter().map(|it| it.distance).fold(0.0, f64::max),
        numbers,
        joint,
    }
}

/// A printed number, and ours over seeds, on the scale of statistics; none if a run diverged.
struct Column {
    quantity: Quantity,
    printed: f64,
    ours: Vec<f64>,
    /// The standard deviation of one run.
    sd: f64,
}

impl Column {
    fn of(
        combinations: &Combinations,
        experiment: &Experiment,
        quantity: Quantity,
        rows: &[&CombinationRow],
    ) -> Self {
        // The paper's "stopped at epoch" may be the last epoch or the best one; the nearer one counts.
        let ways: &[fn(&CombinationRow) -> Option<f64>] = match quantity {
            Quantity::StopEpoch => &[
                |it| Some(it.stop_epoch.into()),
                |it| Some(it.best_epoch.into()),
            ],
            Quantity::TestAccuracy => &[|it| it.test_accuracy],
            _ => &[|it| it.test_loss],
        };
        let printed = quantity.printed(&experiment.paper);
        let printed = printed.map_or(f64::NAN, |printed| quantity.linear(printed));
        let columns = ways.iter().filter_map(|of| {
            let numbers = rows.iter().map(|it| Some(quantity.linear(of(it)?)));
            let numbers: Vec<f64> = numbers.collect::<Option<_>>()?;
            Some((Sample::of(&numbers)?, numbers))
        });
        let apart = |sample: &Sample| (sample.mean - printed).abs();
        let nearest = columns.min_by(|(a, _), (b, _)| apart(a).total_cmp(&apart(b)));
        let unit = combinations.unit(&experiment.id, quantity);
        let own = nearest.as_ref().filter(|(_, ours)| ours.len() >= ENOUGH);
        Self {
            quantity,
            printed,
            // Epochs may be the same with every seed.
            sd: own
                .and_then(|(sample, _)| sample.sd)
                .filter(|sd| *sd > 0.0)
                .unwrap_or(unit),
            ours: nearest.map(|(_, ours)| ours).unwrap_or_default(),
        }
    }

    fn number(&self, experiment: &str) -> Number {
        let sample = Sample::of(&self.ours);
        let sd = Some(self.sd);
        let distance = sample.and_then(|it| match (it.mean - self.printed).abs() {
            0.0 => Some(0.0),
            apart => Some(apart / Sample { sd, ..it }.prediction_error()?),
        });
        Number {
            experiment: experiment.to_owned(),
            quantity: self.quantity,
            ours: sample.map(|it| self.quantity.difference_at(it.mean)),
            distance: distance.unwrap_or(f64::INFINITY),
        }
    }
}

/// The joint p-value of an experiment's printed numbers; `None` with too few seeds, or if a run diverged.
fn joint_p(columns: &[Column]) -> Option<f64> {
    let n = columns.first()?.ours.len();
    if n < ENOUGH || columns.iter().any(|it| it.ours.len() != n) {
        return None;
    }
    let row = |at: usize| columns.iter().map(|it| it.ours[at]).collect();
    let rows: Vec<Vec<f64>> = (0..n).map(row).collect();
    let printed: Vec<f64> = columns.iter().map(|it| it.printed).collect();
    Some(Joint(&rows).p_another(&printed)).filter(|p| !p.is_nan())
}

/// The nearest combinations, by seed 0 alone. The literal combination is first, then the others by distance.
pub fn nearest(
    combinations: &Combinations,
    rows: &[CombinationRow],
    how_many: usize,
) -> Vec<Vec<usize>> {
    let first: Vec<CombinationRow> = rows.iter().filter(|it| it.seed == 0).cloned().collect();
    let literal = combinations.literal();
    let fits = fits(combinations, &first).into_iter().take(how_many);
    let nearest = fits.map(|fit| fit.chosen).filter(|it| *it != literal);
    std::iter::once(literal.clone()).chain(nearest).collect()
}
