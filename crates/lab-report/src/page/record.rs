//! `RECORD.md`: the record of the reproduction.

use std::collections::BTreeSet;

use anyhow::Result;
use lab_claims::combinations::fits;
use lab_claims::{Judged, Rules, Verdict};
use lab_results::combinations::{self as data, CombinationRow};
use serde::Serialize;

use super::combinations::{Said, cells_run, said};
use super::lead::listed;
use super::template;

#[derive(Serialize)]
struct Page<'a> {
    claims: usize,
    printed: usize,
    statements: usize,
    exploratory: String,
    seeds: usize,
    sha256: &'a str,
    alpha: String,
    power: String,
    cells: usize,
    cells_run: usize,
    /// The number of seeds of the nearest combinations.
    nearest_seeds: usize,
    tally: String,
    /// The claims that are not reproduced.
    rows: Vec<Row<'a>>,
    answer: Option<Said>,
}

#[derive(Serialize)]
struct Row<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: String,
    verdict: String,
}

/// The record, from the verdicts of the confirmatory seeds and the combinations.
///
/// # Errors
/// A template that asks for a missing value.
pub(crate) fn record(
    rules: &Rules,
    judged: &Judged,
    combinations: &data::Combinations,
    rows: &[CombinationRow],
) -> Result<String> {
    let judgements = || judged.judgements.iter();
    let claims = judged.judgements.len();
    let printed = judgements().filter(|it| it.claim.asked.is_printed());
    let printed = printed.count();
    let words = |seeds: &std::ops::Range<u64>| listed(&seeds.clone().collect());
    let others = judgements().filter(|it| it.verdict != Verdict::Reproduced);
    let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
    let page = Page {
        claims,
        printed,
        statements: claims - printed,
        exploratory: words(&rules.exploratory),
        seeds: rules.confirmatory.len(),
        sha256: &rules.sha256,
        alpha: rules.alpha.to_string(),
        power: (100.0 * rules.power).to_string(),
        cells: combinations.cells,
        cells_run: cells_run(combinations, rows),
        nearest_seeds: seeds.len(),
        tally: judged.tally(),
        rows: others
            .map(|it| Row {
                section: &it.claim.section,
                claim: &it.claim.text,
                claimed: &it.claim.claimed,
                measured: it.measured(),
                verdict: it.verdict.to_string(),
            })
            .collect(),
        answer: said(combinations, &fits(combinations, rows)),
    };
    template::render("RECORD.md", page)
}
