//! `RECORD.md`: the record of the reproduction.

use std::collections::BTreeSet;

use anyhow::Result;
use lab_claims::combinations::fits;
use lab_claims::{Asked, Judged, Judgement, Rules, Runs, Sensitivity, Verdict, shown_p};
use lab_results::combinations::{self as data, CombinationRow};
use lab_results::stats::Quantity;
use lab_results::store::SuiteRecord;
use serde::Serialize;

use super::claims::{Cell, cells};
use super::combinations::{Said, cells_run, said};
use super::lead::listed;
use super::verdicts::{Sensitive, sensitive};
use super::{template, text::DASH};

#[derive(Serialize)]
struct Page<'a> {
    /// The number of single printed numbers.
    singles: usize,
    statements: usize,
    exploratory: String,
    seeds: usize,
    sha256: &'a str,
    alpha: String,
    cells: usize,
    cells_run: usize,
    /// The number of seeds of the nearest combinations.
    nearest_seeds: usize,
    tally: String,
    lines: Vec<Line<'a>>,
    readings: Vec<Line<'a>>,
    /// The statements that are not reproduced.
    rows: Vec<Row<'a>>,
    /// The statements in the readings to be confirmed.
    reading_rows: Vec<Row<'a>>,
    sensitivity: Sensitive<'a>,
    answer: Option<Said>,
}

/// All numbers that the paper printed of an experiment.
#[derive(Serialize)]
struct Line<'a> {
    section: &'a str,
    title: &'a str,
    cells: Vec<Cell>,
    p: String,
    verdict: String,
}

#[derive(Serialize)]
struct Row<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: String,
    verdict: String,
}

/// The verdicts of the confirmatory seeds, and what they rest on.
pub(crate) struct Confirmed<'a> {
    pub(crate) suite: &'a SuiteRecord,
    pub(crate) rules: &'a Rules,
    pub(crate) runs: &'a Runs,
    pub(crate) judged: &'a Judged,
    pub(crate) sensitivity: &'a [Sensitivity],
}

/// The record, from the verdicts of the confirmatory seeds and the combinations.
///
/// # Errors
/// A template that asks for a missing value.
pub(crate) fn record(
    confirmed: &Confirmed<'_>,
    combinations: &data::Combinations,
    rows: &[CombinationRow],
) -> Result<String> {
    let Confirmed { rules, judged, .. } = *confirmed;
    let own = || {
        let judgements = judged.judgements.iter();
        judgements.filter(|it| !it.claim.is_of_reading)
    };
    let is_single = |it: &&Judgement| match &it.claim.asked {
        Asked::Printed { experiments, .. } => experiments.len() == 1,
        _ => false,
    };
    let is_statement =
        |it: &&Judgement| !matches!(it.claim.asked, Asked::Printed { .. } | Asked::Line { .. });
    let others = own()
        .filter(is_statement)
        .filter(|it| it.verdict != Verdict::Reproduced);
    let of_readings = judged.judgements.iter();
    let of_readings = of_readings.filter(|it| it.claim.is_of_reading);
    let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
    let page = Page {
        singles: own().filter(is_single).count(),
        statements: own().filter(is_statement).count(),
        exploratory: listed(&rules.exploratory.clone().collect()),
        seeds: rules.confirmatory.len(),
        sha256: &rules.sha256,
        alpha: rules.alpha.to_string(),
        cells: combinations.cells,
        cells_run: cells_run(combinations, rows),
        nearest_seeds: seeds.len(),
        tally: judged.tally(),
        lines: lines(confirmed, false),
        readings: lines(confirmed, true),
        rows: others.map(row).collect(),
        reading_rows: of_readings.filter(is_statement).map(row).collect(),
        sensitivity: sensitive(rules, confirmed.sensitivity),
        answer: said(combinations, &fits(combinations, rows)),
    };
    template::render("RECORD.md", page)
}

fn row(judgement: &Judgement) -> Row<'_> {
    Row {
        section: &judgement.claim.section,
        claim: &judgement.claim.text,
        claimed: &judgement.claim.claimed,
        measured: judgement.measured(),
        verdict: judgement.says(),
    }
}

fn lines<'a>(confirmed: &Confirmed<'a>, of_readings: bool) -> Vec<Line<'a>> {
    let judgements = confirmed.judged.judgements.iter();
    let judgements = judgements.filter(|it| it.claim.is_of_reading == of_readings);
    let lines = judgements.filter_map(|it| {
        let Asked::Line { experiment, .. } = &it.claim.asked else {
            return None;
        };
        let mut all = confirmed.suite.experiments.iter();
        let experiment = all.find(|it| it.id == *experiment)?;
        let test = it.tests.first();
        Some(Line {
            section: &it.claim.section,
            title: &experiment.title,
            cells: cells(experiment, confirmed.runs, &Quantity::PRINTED),
            p: test.map_or_else(|| DASH.to_owned(), |test| shown_p(test.p)),
            verdict: it.says(),
        })
    });
    lines.collect()
}
