//! The share of the variance that each choice explains.

use lab_results::combinations::{CombinationRow, Combinations};

/// The share of the outcomes' variance that each choice explains alone; `None` if nothing varies. In a complete grid,
/// the shares add up to at most 1; the rest is interaction.
fn explained(outcomes: &[(f64, Vec<usize>)], choices: usize) -> Option<Vec<f64>> {
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

/// The name of an outcome, and its number on a logarithmic scale.
type Outcome = (&'static str, fn(&CombinationRow) -> Option<f64>);

/// The outcomes whose variance is explained.
const OUTCOMES: [Outcome; 3] = [
    ("test error, by factors", |it| {
        it.test_accuracy.map(|x| (1.0 - x).ln())
    }),
    ("test loss, by factors", |it| it.test_loss.map(f64::ln)),
    ("last epoch, by factors", |it| {
        Some(f64::from(it.stop_epoch.max(1)).ln())
    }),
];

/// The outcome of each combination of an experiment with seed 0, and the position of each chosen value.
pub fn outcomes(
    rows: &[CombinationRow],
    experiment: &str,
    outcome: fn(&CombinationRow) -> Option<f64>,
) -> Vec<(f64, Vec<usize>)> {
    let first = rows
        .iter()
        .filter(|it| it.seed == 0 && it.experiment == experiment);
    let chosen =
        first.filter_map(|it| Some((outcome(it).filter(|y| y.is_finite())?, it.chosen.clone())));
    chosen.collect()
}

/// The share of an outcome's variance that each choice explains, for one experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The experiment's id.
    pub experiment: String,
    /// The outcome's name.
    pub outcome: &'static str,
    /// One share per choice; `None` if nothing varies.
    pub shares: Option<Vec<f64>>,
}

/// The shares of variance for each outcome of each experiment.
pub fn shares(combinations: &Combinations, rows: &[CombinationRow]) -> Vec<Explained> {
    let experiments = combinations.experiments.iter();
    let each = experiments.flat_map(|experiment| {
        OUTCOMES.map(|(outcome, number)| Explained {
            experiment: experiment.id.clone(),
            outcome,
            shares: explained(
                &outcomes(rows, &experiment.id, number),
                combinations.choices.len(),
            ),
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_that_changes_nothing_explains_nothing() {
        let outcomes = [
            (1.0, vec![0, 0]),
            (1.0, vec![0, 1]),
            (3.0, vec![1, 0]),
            (3.0, vec![1, 1]),
        ];
        assert_eq!(explained(&outcomes, 2), Some(vec![1.0, 0.0]));
    }
}
