//! Claims as cards, and what they can be filtered by.

use lab_claims::{Judged, Verdict};
use serde::Serialize;

use crate::strip::Strip;

#[derive(Serialize)]
pub(super) struct Card<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: String,
    one_run: Option<String>,
    verdict: Verdict,
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

pub(super) fn cards<'a>(judged: &'a Judged, strips: &'a [Strip]) -> Vec<Card<'a>> {
    let both = judged.judgements.iter().zip(strips);
    let cards = both.map(|(it, strip)| Card {
        section: &it.claim.section,
        claim: &it.claim.text,
        claimed: &it.claim.claimed,
        measured: it.measured(),
        one_run: it.one_run(),
        verdict: it.verdict,
        says: it.verdict.to_string(),
        strip,
    });
    cards.collect()
}

/// The sections that claims are from, each once.
pub(super) fn sections(judged: &Judged) -> Vec<&str> {
    let sections = judged.judgements.iter();
    let mut sections: Vec<&str> = sections.map(|it| it.claim.section.as_str()).collect();
    sections.sort_unstable();
    sections.dedup();
    sections
}

/// The verdicts that were given.
pub(super) fn verdicts(judged: &Judged) -> Vec<Named> {
    let named = Verdict::ALL.map(|name| Named {
        name,
        says: name.to_string(),
        count: judged
            .judgements
            .iter()
            .filter(|it| it.verdict == name)
            .count(),
    });
    let named = named.into_iter();
    named.filter(|verdict| verdict.count > 0).collect()
}
