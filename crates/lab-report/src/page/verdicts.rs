//! The part on the paper's claims.

use lab_results::tables::{ClaimRow, Verdict};
use serde::Serialize;

use crate::verdicts::tally;

#[derive(Serialize)]
pub(super) struct Verdicts<'a> {
    tally: String,
    /// How many claims are open.
    open: usize,
    /// The claims that are decided.
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
    let decided = claims.iter().filter(|row| row.verdict != Verdict::Open);
    let rows: Vec<Row<'_>> = decided.map(row).collect();
    (!claims.is_empty()).then(|| Verdicts {
        tally: tally(claims),
        open: claims.len() - rows.len(),
        rows,
    })
}

fn row(claim: &ClaimRow) -> Row<'_> {
    Row {
        section: &claim.section,
        claim: &claim.claim,
        claimed: &claim.claimed,
        measured: &claim.measured,
        one_run: claim.one_run.as_deref().unwrap_or_default(),
        verdict: claim.verdict.to_string(),
    }
}
