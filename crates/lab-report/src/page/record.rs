//! `RECORD.md`: the record of the reproduction.

use std::collections::BTreeSet;

use anyhow::Result;
use lab_claims::combinations::fits;
use lab_claims::{Asked, Judgement, Verdict, shown_p};
use lab_results::combinations::{self as data, CombinationRow};
use serde::Serialize;

use super::combinations::{Said, cells_run, said};
use super::lead::listed;
use super::results::{Compared, compared};
use super::verdicts::{Sensitive, Statement, is_single, sensitive, statement};
use super::{template, text::DASH};
use crate::claims::Confirmed;
use crate::findings::Claims;

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
    rows: Vec<Statement<'a>>,
    /// The statements in the readings to be confirmed.
    reading_rows: Vec<Statement<'a>>,
    sensitivity: Sensitive<'a>,
    answer: Option<Said>,
}

/// All numbers that the paper printed of an experiment.
#[derive(Serialize)]
struct Line<'a> {
    section: &'a str,
    title: &'a str,
    cells: [Compared; 3],
    p: String,
    verdict: String,
}

/// The record, from the verdicts of the confirmatory seeds and the combinations.
///
/// # Errors
/// A template that asks for a missing value.
pub(crate) fn record(
    confirmed: &Confirmed,
    combinations: &data::Combinations,
    rows: &[CombinationRow],
) -> Result<String> {
    let Claims { rules, judged, .. } = &confirmed.claims;
    let of = |is_of_reading: bool| {
        let judgements = judged.judgements.iter();
        judgements.filter(move |it| it.claim.is_of_reading == is_of_reading)
    };
    let others = of(false).filter(|it| it.verdict != Verdict::Reproduced);
    let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
    let page = Page {
        singles: of(false).filter(|it| is_single(it)).count(),
        statements: of(false).filter_map(statement).count(),
        exploratory: listed(&rules.exploratory.clone().collect()),
        seeds: rules.confirmatory.len(),
        sha256: &rules.sha256,
        alpha: rules.alpha.to_string(),
        cells: combinations.cells,
        cells_run: cells_run(combinations, rows),
        nearest_seeds: seeds.len(),
        tally: judged.tally(),
        lines: of(false)
            .filter_map(|it| line(&confirmed.claims, it))
            .collect(),
        readings: of(true)
            .filter_map(|it| line(&confirmed.claims, it))
            .collect(),
        rows: others.filter_map(statement).collect(),
        reading_rows: of(true).filter_map(statement).collect(),
        sensitivity: sensitive(confirmed),
        answer: said(combinations, &fits(combinations, rows)),
    };
    template::render("RECORD.md", page)
}

/// `None` unless the claim is about all numbers of an experiment.
fn line<'a>(claims: &'a Claims, judgement: &'a Judgement) -> Option<Line<'a>> {
    let Asked::Line { experiment, .. } = &judgement.claim.asked else {
        return None;
    };
    let mut all = claims.experiments.iter();
    let experiment = all.find(|it| it.id == *experiment)?;
    let test = judgement.tests.first();
    Some(Line {
        section: &judgement.claim.section,
        title: &experiment.title,
        cells: compared(experiment, &claims.runs),
        p: test.map_or_else(|| DASH.to_owned(), |test| shown_p(test.p)),
        verdict: judgement.says(),
    })
}
