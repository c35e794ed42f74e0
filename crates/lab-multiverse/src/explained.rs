//! How much of what varies each choice explains.

use lab_results::combinations::{CombinationRow, Combinations};

/// The share of the variance of outcomes that lies between the options of each choice, one choice at a time. In a whole
/// grid these shares add up to at most 1, and what is missing is their interplay; `None` if nothing varies.
///
/// ```
/// let outcomes = [(1.0, vec![0, 0]), (1.0, vec![0, 1]), (3.0, vec![1, 0]), (3.0, vec![1, 1])];
/// assert_eq!(lab_multiverse::explained(&outcomes, 2), Some(vec![1.0, 0.0]));
/// ```
pub fn explained(outcomes: &[(f64, Vec<usize>)], choices: usize) -> Option<Vec<f64>> {
    let n = outcomes.len() as f64;
    let mean = outcomes.iter().map(|(y, _)| y).sum::<f64>() / n;
    let total: f64 = outcomes.iter().map(|(y, _)| (y - mean).powi(2)).sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let shares = (0..choices).map(|choice| {
        let options = outcomes
            .iter()
            .map(|(_, options)| options[choice])
            .max()
            .unwrap_or(0);
        let between = (0..=options).map(|option| {
            let of = outcomes
                .iter()
                .filter(|(_, options)| options[choice] == option);
            let (count, sum) = of.fold((0.0, 0.0), |(count, sum), (y, _)| (count + 1.0, sum + y));
            if count == 0.0 {
                0.0
            } else {
                count * (sum / count - mean).powi(2)
            }
        });
        between.sum::<f64>() / total
    });
    Some(shares.collect())
}

/// What is looked at of each experiment: how it is called, and its number, on a scale where distances mean something.
pub(crate) type Outcome = (&'static str, fn(&CombinationRow) -> Option<f64>);

pub(crate) const OUTCOMES: [Outcome; 3] = [
    ("test error, by factors", |it| {
        it.test_accuracy.map(|x| (1.0 - x).ln())
    }),
    ("test loss, by factors", |it| it.test_loss.map(f64::ln)),
    ("last epoch, by factors", |it| {
        Some(f64::from(it.stop_epoch.max(1)).ln())
    }),
];

/// An outcome of an experiment's combinations with seed 0, and what was chosen in each.
pub(crate) fn outcomes(
    readings: &[CombinationRow],
    experiment: &str,
    outcome: fn(&CombinationRow) -> Option<f64>,
) -> Vec<(f64, Vec<usize>)> {
    let first = readings
        .iter()
        .filter(|it| it.seed == 0 && it.experiment == experiment);
    let chosen =
        first.filter_map(|it| Some((outcome(it).filter(|y| y.is_finite())?, it.chosen.clone())));
    chosen.collect()
}

/// What each choice explains of an outcome of an experiment.
pub(crate) struct Explained {
    pub(crate) experiment: String,
    pub(crate) outcome: &'static str,
    /// None if nothing varies.
    pub(crate) shares: Option<Vec<f64>>,
}

impl Explained {
    pub(crate) fn of(
        multiverse: &Combinations,
        readings: &[CombinationRow],
        experiment: &str,
        (name, outcome): Outcome,
    ) -> Self {
        let outcomes = outcomes(readings, experiment, outcome);
        Self {
            experiment: experiment.to_owned(),
            outcome: name,
            shares: explained(&outcomes, multiverse.choices.len()),
        }
    }
}
