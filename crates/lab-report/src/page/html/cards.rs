//! Claims as cards, and what they can be filtered by.

use lab_results::tables::{ClaimRow, Verdict};
use serde::Serialize;

use crate::strip::Strip;

#[derive(Serialize)]
pub(super) struct Card<'a> {
    #[serde(flatten)]
    row: &'a ClaimRow,
    /// In words.
    says: String,
    strip: &'a Strip,
}

/// A verdict, its words, and how many claims got it.
#[derive(Serialize)]
pub(super) struct Named {
    name: Verdict,
    says: String,
    count: usize,
}

pub(super) fn cards<'a>(claims: &'a [ClaimRow], strips: &'a [Strip]) -> Vec<Card<'a>> {
    let both = claims.iter().zip(strips);
    let cards = both.map(|(row, strip)| Card {
        row,
        says: row.verdict.to_string(),
        strip,
    });
    cards.collect()
}

/// The sections that claims are from, each once.
pub(super) fn sections(claims: &[ClaimRow]) -> Vec<&str> {
    let mut sections: Vec<&str> = claims.iter().map(|row| row.section.as_str()).collect();
    sections.sort_unstable();
    sections.dedup();
    sections
}

/// The verdicts that were given.
pub(super) fn verdicts(claims: &[ClaimRow]) -> Vec<Named> {
    let all = [
        Verdict::Reproduced,
        Verdict::WithinSeedSpread,
        Verdict::NotReproduced,
        Verdict::Contradicted,
        Verdict::Open,
    ];
    let named = all.into_iter().map(|name| Named {
        name,
        says: name.to_string(),
        count: claims.iter().filter(|row| row.verdict == name).count(),
    });
    named.filter(|verdict| verdict.count > 0).collect()
}
