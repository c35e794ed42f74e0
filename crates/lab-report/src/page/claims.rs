//! The report on claims that confirmatory runs decide.

use anyhow::Result;
use lab_claims::{Judged, Rules, Runs, Sensitivity};
use lab_results::stats::Quantity;
use lab_results::store::SuiteRecord;
use lab_results::suite::Experiment;
use lab_results::tables::RunEnd;
use serde::Serialize;

use super::{lead, template, verdicts};
use crate::findings::shown_mean;

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    /// The name of the suite.
    suite: &'a str,
    lead: &'a lead::Lead,
    results: Vec<Row<'a>>,
    verdicts: verdicts::Verdicts<'a>,
    sensitivity: verdicts::Sensitive<'a>,
    /// The probability that one more run is between the lowest and the highest seed, in per cent.
    coverage: String,
    unstopped: Vec<Unstopped<'a>>,
    comparison: &'a str,
    quantiles: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    title: &'a str,
    cells: Vec<Cell>,
}

/// A mean over seeds and the paper's number.
#[derive(Serialize)]
pub(super) struct Cell {
    ours: String,
    paper: String,
}

/// The means of an experiment beside the paper's numbers.
pub(super) fn cells(experiment: &Experiment, runs: &Runs, quantities: &[Quantity]) -> Vec<Cell> {
    let cells = quantities.iter().map(|quantity| {
        let sample = quantity.over(runs.of(&experiment.id));
        Cell {
            ours: shown_mean(*quantity, sample, experiment.settings.epochs),
            paper: quantity.shown_printed(&experiment.paper),
        }
    });
    cells.collect()
}

/// Runs that no stopping rule ended.
#[derive(Serialize)]
struct Unstopped<'a> {
    experiment: &'a str,
    count: usize,
    all: usize,
}

/// `REPORT.md` of confirmatory runs.
///
/// # Errors
/// A template that asks for a missing value.
pub(crate) fn report(
    suite: (&str, &SuiteRecord),
    rules: &Rules,
    lead: &lead::Lead,
    runs: &Runs,
    judged: &Judged,
    sensitivity: &[Sensitivity],
) -> Result<String> {
    let (name, suite) = suite;
    let n = rules.confirmatory.len() as f64;
    let confirmed = || suite.experiments.iter().filter(|it| rules.confirms(it));
    let results = confirmed().map(|experiment| Row {
        title: &experiment.title,
        cells: cells(experiment, runs, &Quantity::PRINTED),
    });
    let unstopped = confirmed().filter_map(|experiment| {
        let rows = runs.of(&experiment.id);
        let unstopped = rows
            .iter()
            .filter(|row| row.stop_reason == RunEnd::MaxEpochs);
        let count = unstopped.count();
        (count > 0).then_some(Unstopped {
            experiment: &experiment.id,
            count,
            all: rows.len(),
        })
    });
    let page = Page {
        title: &suite.title,
        suite: name,
        lead,
        results: results.collect(),
        verdicts: verdicts::verdicts(rules, judged),
        sensitivity: verdicts::sensitive(rules, sensitivity),
        coverage: format!("{:.1}", 100.0 * (n - 1.0) / (n + 1.0)),
        unstopped: unstopped.collect(),
        comparison: crate::drawings::COMPARISON,
        quantiles: crate::claims::QUANTILES,
    };
    template::render("claims.md", page)
}
