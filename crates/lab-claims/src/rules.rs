//! The file of rules.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use lab_results::disk::atomic_file::sha256;
use lab_results::stats::Quantity;
use lab_results::store::SuiteRecord;
use lab_results::suite::{Experiment, expect_plain, from_toml};
use serde::Deserialize;

use crate::test::Test;

/// The rules by which claims are judged.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The SHA-256 of the file's text, in hexadecimal.
    pub sha256: String,
    /// The seeds whose results were known when the rules were fixed.
    pub exploratory: Range<u64>,
    /// The seeds that are run after the rules are fixed, and decide.
    pub confirmatory: Range<u64>,
    /// The maximum probability of any false finding in a family of tests.
    pub alpha: f64,
    /// The power with which a claim is to be decided.
    pub power: f64,
    /// The maximum number of seeds to plan.
    pub most_seeds: usize,
    /// The rules for printed numbers.
    pub printed: Vec<PrintedRule>,
    /// The statements, and their rules.
    pub statements: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    exploratory: [u64; 2],
    confirmatory: [u64; 2],
    alpha: f64,
    power: f64,
    most_seeds: usize,
    printed: Vec<PrintedRule>,
    statement: Vec<Statement>,
}

/// The rule for one kind of printed number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrintedRule {
    /// The quantity.
    pub quantity: Quantity,
    /// The largest half-width of the prediction interval with which a number can count as reproduced; for epochs, a
    /// factor.
    #[serde(rename = "telling")]
    pub max_half_width: f64,
    /// The reason for this limit.
    pub reason: String,
}

/// A claim in words.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    /// The paper's statement.
    pub text: String,
    /// The paper's section.
    pub section: String,
    /// The test.
    pub test: Test,
    /// The largest negligible difference, if a difference is claimed; for epochs, a factor.
    pub equivalent_within: Option<f64>,
    /// The reason for the limits.
    pub reason: Option<String>,
}

impl Rules {
    /// The rules that a suite names; `None` if the suite names none.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); the message names the rules.
    pub fn of(suite: &SuiteRecord) -> Result<Option<Self>> {
        let Some(file) = &suite.rules else {
            return Ok(None);
        };
        let rules = Self::parse(&file.text, &suite.experiments);
        Ok(Some(rules.with_context(|| format!("rules {}", file.name))?))
    }

    /// Reads rules about these experiments.
    ///
    /// # Errors
    /// An invalid file; the message has the line. A claim about an unknown experiment.
    pub fn parse(text: &str, experiments: &[Experiment]) -> Result<Self> {
        let file: File = from_toml(text)?;
        let share = |name: &str, found: f64| {
            ensure!(
                found > 0.0 && found < 1.0,
                "{name} is {found}; expected a number between 0 and 1"
            );
            Ok(())
        };
        share("alpha", file.alpha)?;
        share("power", file.power)?;
        ensure!(
            (2..=MOST_SEEDS).contains(&(file.most_seeds as u64)),
            "most-seeds is {}; expected 2 to {MOST_SEEDS}",
            file.most_seeds
        );
        let range = |name: &str, [from, to]: [u64; 2]| {
            let seeds = to.saturating_sub(from);
            ensure!(
                (2..=MOST_SEEDS).contains(&seeds),
                "{name} is [{from}, {to}]; expected a first seed and the one after the last, 2 to {MOST_SEEDS} seeds"
            );
            Ok(from..to)
        };
        let exploratory = range("exploratory", file.exploratory)?;
        let confirmatory = range("confirmatory", file.confirmatory)?;
        ensure!(
            exploratory.end <= confirmatory.start || confirmatory.end <= exploratory.start,
            "seeds are both exploratory and confirmatory; expected fresh ones"
        );
        for rule in &file.printed {
            positive("telling", rule.max_half_width)?;
            expect_plain("reason", &rule.reason)?;
        }
        for statement in &file.statement {
            let known = |id: &str| experiments.iter().any(|it| it.id == id);
            expect_plain("text", &statement.text)?;
            expect_plain("reason", statement.reason.as_deref().unwrap_or("–"))?;
            let checked = statement.test.check(known);
            checked
                .and_then(|()| expect_plain("section", &statement.section))
                .and_then(|()| {
                    statement
                        .equivalent_within
                        .map_or(Ok(()), |it| positive("equivalent-within", it))
                })
                .with_context(|| format!("statement \"{}\"", statement.text))?;
        }
        Ok(Self {
            sha256: sha256(text.as_bytes()),
            exploratory,
            confirmatory,
            alpha: file.alpha,
            power: file.power,
            most_seeds: file.most_seeds,
            printed: file.printed,
            statements: file.statement,
        })
    }
}

/// The maximum number of seeds in a range.
const MOST_SEEDS: u64 = 10_000;

fn positive(name: &str, found: f64) -> Result<()> {
    ensure!(
        found > 0.0 && found.is_finite(),
        "{name} is {found}; expected a finite number above 0"
    );
    Ok(())
}
