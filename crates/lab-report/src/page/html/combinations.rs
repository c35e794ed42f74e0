//! The part on combinations of choices, as columns of numbers.

use anyhow::Result;
use lab_claims::combinations::{Fit, NEAR};
use lab_results::combinations as record;
use lab_results::stats::Quantity;
use lab_results::suite::{Choice, Experiment};
use serde::Serialize;

use super::data::{digits, rounded};
use crate::page::combinations::Combinations;

/// The texts and tables.
#[derive(Serialize)]
pub(super) struct Values<'a> {
    /// Whether one combination gives all printed numbers.
    answer: String,
    /// The suite whose report has the verdicts.
    verdicts: Option<&'a str>,
    near: u32,
    count: usize,
    /// Whether there are two experiments, one for each axis of a drawing.
    are_two: bool,
    /// The quantities that can be shown.
    quantities: Vec<Named>,
    experiments: Vec<ExperimentValues<'a>>,
    choices: &'a [Choice],
    explained: Vec<Shares<'a>>,
}

#[derive(Serialize)]
struct ExperimentValues<'a> {
    id: &'a str,
    title: &'a str,
    numbers: Vec<Named>,
}

#[derive(PartialEq, Serialize)]
struct Named {
    quantity: Quantity,
    says: &'static str,
}

#[derive(Serialize)]
struct Shares<'a> {
    experiment: &'a str,
    outcome: &'a str,
    /// The shares in per cent.
    shares: Vec<String>,
}

/// The data that the page's scripts draw.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    near: f64,
    /// The position of the nearest combination in the columns.
    nearest: Option<usize>,
    choices: &'a [Choice],
    experiments: Vec<ExperimentData<'a>>,
    /// The index of each combination in the grid of all choices; the last choice counts fastest.
    at: Vec<usize>,
    seeds: Vec<usize>,
    distance: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct ExperimentData<'a> {
    id: &'a str,
    title: &'a str,
    numbers: Vec<Column>,
}

/// A printed number, and the number of each combination.
#[derive(Serialize)]
struct Column {
    quantity: Quantity,
    says: &'static str,
    printed: f64,
    near: (f64, f64),
    ours: Vec<Option<f64>>,
    distance: Vec<Option<f64>>,
}

/// # Errors
/// The template of the answer asks for a missing value.
pub(super) fn values<'a>(of: &Combinations<'a>) -> Result<Values<'a>> {
    let record = of.combinations;
    let mut quantities = Vec::new();
    for experiment in &record.experiments {
        for quantity in named(record, experiment) {
            if !quantities.contains(&quantity) {
                quantities.push(quantity);
            }
        }
    }
    let experiments = record.experiments.iter().map(|it| ExperimentValues {
        id: &it.id,
        title: &it.title,
        numbers: named(record, it),
    });
    let percent = |share: &f64| format!("{:.1}", 100.0 * share);
    let explained = of.explained.iter().filter_map(|it| {
        Some(Shares {
            experiment: &it.experiment,
            outcome: it.outcome,
            shares: it.shares.as_ref()?.iter().map(percent).collect(),
        })
    });
    Ok(Values {
        answer: of.headline()?,
        verdicts: record.verdicts.as_deref(),
        near: NEAR as u32,
        count: of.fits.len(),
        are_two: record.experiments.len() == 2,
        quantities,
        experiments: experiments.collect(),
        choices: &record.choices,
        explained: explained.collect(),
    })
}

pub(super) fn data<'a>(of: &Combinations<'a>) -> Data<'a> {
    let record = of.combinations;
    let fits = of.fits.iter().map(|fit| (place(record, fit), fit));
    let mut fits: Vec<(usize, &Fit)> = fits.collect();
    fits.sort_by_key(|(place, _)| *place);
    let all = || fits.iter().map(|(_, fit)| *fit);
    let mut columns = 0..;
    let experiments = record.experiments.iter().map(|experiment| {
        let quantities = record.quantities(experiment).into_iter();
        let numbers = quantities.zip(&mut columns).filter_map(|(quantity, at)| {
            let printed = quantity.printed(&experiment.paper)?;
            let spread = NEAR * record.unit(&experiment.id, quantity);
            let end = |away: f64| digits(quantity.difference_at(quantity.linear(printed) + away));
            Some(Column {
                quantity,
                says: quantity.name(),
                printed,
                near: (end(-spread), end(spread)),
                ours: all().map(|fit| fit.numbers[at].ours.map(digits)).collect(),
                distance: all()
                    .map(|fit| distance(fit.numbers[at].distance))
                    .collect(),
            })
        });
        ExperimentData {
            id: &experiment.id,
            title: &experiment.title,
            numbers: numbers.collect(),
        }
    });
    Data {
        near: NEAR,
        nearest: of.fits.first().and_then(|nearest| {
            let mut places = fits.iter();
            places.position(|(at, _)| *at == place(record, nearest))
        }),
        choices: &record.choices,
        experiments: experiments.collect(),
        at: fits.iter().map(|(place, _)| *place).collect(),
        seeds: all().map(|fit| fit.seeds).collect(),
        distance: all().map(|fit| distance(fit.distance)).collect(),
    }
}

fn named(record: &record::Combinations, experiment: &Experiment) -> Vec<Named> {
    let quantities = record.quantities(experiment).into_iter();
    let named = quantities.map(|quantity| Named {
        quantity,
        says: quantity.name(),
    });
    named.collect()
}

fn place(record: &record::Combinations, fit: &Fit) -> usize {
    let chosen = record.choices.iter().zip(&fit.chosen);
    chosen.fold(0, |place, (choice, at)| place * choice.values.len() + at)
}

/// Rounds a distance to three significant digits; `None` if a run diverged.
fn distance(x: f64) -> Option<f64> {
    x.is_finite().then(|| rounded(x, 3))
}
