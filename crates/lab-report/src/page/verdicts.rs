//! The part on the paper's claims.

use lab_results::tables::ClaimRow;
use serde::Serialize;

use crate::verdicts::tally;

#[derive(Serialize)]
pub(super) struct Verdicts<'a> {
    tally: String,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: &'a str,
    /// Empty for a comparison.
    one_run: &'a str,
    verdict: String,
}

/// Nothing if there are no claims.
pub(super) fn verdicts(claims: &[ClaimRow]) -> Option<Verdicts<'_>> {
    let rows = claims.iter().map(|row| Row {
        section: &row.section,
        claim: &row.claim,
        claimed: &row.claimed,
        measured: &row.measured,
        one_run: row.one_run.as_deref().unwrap_or_default(),
        verdict: row.verdict.to_string(),
    });
    (!claims.is_empty()).then(|| Verdicts {
        tally: tally(claims),
        rows: rows.collect(),
    })
}
