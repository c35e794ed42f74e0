//! The report on claims that confirmatory runs decide.

use anyhow::Result;
use lab_results::tables::RunEnd;
use serde::Serialize;

use super::results::{Compared, compared};
use super::{lead, template, verdicts};
use crate::claims::Confirmed;
use crate::findings::Claims;

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
    cells: [Compared; 3],
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
pub(crate) fn report(suite: &str, confirmed: &Confirmed, lead: &lead::Lead) -> Result<String> {
    let Claims { rules, runs, .. } = &confirmed.claims;
    let n = rules.confirmatory.len() as f64;
    let results = confirmed.claims.confirmed().map(|experiment| Row {
        title: &experiment.title,
        cells: compared(experiment, runs),
    });
    let unstopped = confirmed.claims.confirmed().filter_map(|experiment| {
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
        title: &confirmed.title,
        suite,
        lead,
        results: results.collect(),
        verdicts: verdicts::verdicts(&confirmed.claims),
        sensitivity: verdicts::sensitive(confirmed),
        coverage: format!("{:.1}", 100.0 * (n - 1.0) / (n + 1.0)),
        unstopped: unstopped.collect(),
        comparison: crate::drawings::COMPARISON,
        quantiles: crate::claims::QUANTILES,
    };
    template::render("claims.md", page)
}
