//! The first lines of a report: the verdict, or where the verdict is.

use std::collections::BTreeSet;

use anyhow::Result;
use lab_claims::Rules;
use serde::Serialize;

use super::template;
use crate::findings::{Claims, Findings};

/// The contents of the first lines.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lead {
    /// The headline of the verdicts, if claims were judged.
    tally: Option<String>,
    /// The seeds of the runs, as `0 to 4`.
    seeds: String,
    /// Whether there are several seeds.
    several: bool,
    rules: Option<Seeds>,
    /// Whether the seeds are the rules' confirmatory ones.
    confirmatory: bool,
    /// The suite whose report has the verdicts, if it is another suite.
    verdicts: Option<String>,
    /// Whether there are readings of the experiments.
    readings: bool,
}

/// The seeds of rules, and the rules' checksum.
#[derive(Clone, Debug, Serialize)]
struct Seeds {
    /// The exploratory seeds, as `0 to 4`.
    exploratory: String,
    confirmatory: Vec<u64>,
    count: usize,
    sha256: String,
}

impl Seeds {
    fn of(rules: &Rules) -> Self {
        Self {
            exploratory: listed(&rules.exploratory.clone().collect()),
            confirmatory: rules.confirmatory.clone(),
            count: rules.confirmatory.len(),
            sha256: rules.sha256.clone(),
        }
    }
}

impl Lead {
    /// The lead of runs that are not confirmatory.
    pub(crate) fn of_runs(findings: &Findings) -> Self {
        let rows = findings.experiments.iter().flat_map(|e| &e.rows);
        let seeds: BTreeSet<u64> = rows.map(|row| row.seed).collect();
        let claims = findings.claims.as_ref();
        Self {
            tally: claims.map(|it| it.judged.tally()),
            several: seeds.len() > 1,
            seeds: listed(&seeds),
            rules: claims.map(|it| Seeds::of(&it.rules)),
            confirmatory: false,
            verdicts: findings.verdicts.clone(),
            readings: findings
                .experiments
                .iter()
                .any(|e| e.record.reading.is_some()),
        }
    }

    /// The lead of confirmatory runs.
    pub(crate) fn of_claims(claims: &Claims) -> Self {
        Self {
            tally: Some(claims.judged.tally()),
            several: true,
            seeds: String::new(),
            rules: Some(Seeds::of(&claims.rules)),
            confirmatory: true,
            verdicts: None,
            readings: false,
        }
    }

    /// The lead for a terminal; empty if nothing is judged.
    ///
    /// # Errors
    /// A template that asks for a missing value.
    pub(crate) fn plain(&self) -> Result<String> {
        let text = template::render_plain("headline.txt", self)?;
        Ok(text.trim_end().to_owned())
    }
}

/// Seeds as text: `0 to 4`, or `0, 2, 7`.
pub(super) fn listed(seeds: &BTreeSet<u64>) -> String {
    let (first, last) = (seeds.first().copied(), seeds.last().copied());
    match first.zip(last) {
        Some((first, last)) if last - first > 1 && last - first == seeds.len() as u64 - 1 => {
            format!("{first} to {last}")
        }
        _ => {
            let each: Vec<String> = seeds.iter().map(u64::to_string).collect();
            each.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_listed_as_people_do() {
        let words = |seeds: &[u64]| listed(&seeds.iter().copied().collect());
        assert_eq!(words(&[0, 1, 2, 3, 4]), "0 to 4");
        assert_eq!(words(&[7]), "7");
        assert_eq!(words(&[0, 1]), "0, 1");
        assert_eq!(words(&[0, 2, 7]), "0, 2, 7");
    }
}
