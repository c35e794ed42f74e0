//! The file of rules.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use lab_results::disk::atomic_file::sha256;
use lab_results::stats::Quantity;
use lab_results::store::SuiteRecord;
use lab_results::suite::{Experiment, expect_plain, from_toml};
use serde::Deserialize;

use crate::seeds::drawn_seeds;
use crate::test::Test;

/// The rules by which claims are judged.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The SHA-256 of the file's text, in hexadecimal.
    pub sha256: String,
    /// The seeds whose results were known when the rules were fixed.
    pub exploratory: Range<u64>,
    /// The seeds that are run after the rules are fixed, and decide: drawn from the rules' SHA-256, in the order drawn.
    pub confirmatory: Vec<u64>,
    /// The readings of the paper that are to be confirmed beside the literal one.
    pub readings: Vec<String>,
    /// The readings under which the verdicts are computed once more, as a check of their sensitivity.
    pub sensitivity: Vec<String>,
    /// The maximum probability of any false finding in a family of tests.
    pub alpha: f64,
    /// The power with which a claim is to be decided.
    pub power: f64,
    /// The maximum number of seeds to plan.
    pub most_seeds: usize,
    /// The rules for printed numbers.
    pub printed: Vec<PrintedRule>,
    /// The statements, and their rules.
    pub(crate) statements: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    exploratory: [u64; 2],
    seeds: usize,
    #[serde(default)]
    readings: Vec<String>,
    #[serde(default)]
    sensitivity: Vec<String>,
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
    reason: String,
}

/// A statement of the paper, and its rules.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Statement {
    /// The paper's statement.
    pub(crate) text: String,
    /// The paper's section.
    pub(crate) section: String,
    /// The test.
    pub(crate) test: Test,
    /// The largest negligible difference, if a difference is claimed; for epochs, a factor.
    pub(crate) equivalent_within: Option<f64>,
    /// The reason for the limits.
    reason: Option<String>,
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
        let rules = Self::parse(&file.text);
        Ok(Some(rules.with_context(|| format!("rules {}", file.name))?))
    }

    /// Reads rules. They may be about experiments that a suite does not have; such claims are not judged.
    ///
    /// # Errors
    /// An invalid file; the message has the line or the statement.
    pub fn parse(text: &str) -> Result<Self> {
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
        for (name, found) in [("most-seeds", file.most_seeds), ("seeds", file.seeds)] {
            ensure!(
                (2..=MOST_SEEDS).contains(&found),
                "{name} is {found}; expected 2 to {MOST_SEEDS}"
            );
        }
        let [from, to] = file.exploratory;
        ensure!(
            (2..=MOST_SEEDS as u64).contains(&to.saturating_sub(from)),
            "exploratory is [{from}, {to}]; expected a first seed and the one after the last, 2 to {MOST_SEEDS} seeds"
        );
        for rule in &file.printed {
            positive("telling", rule.max_half_width)?;
            expect_plain("reason", &rule.reason)?;
        }
        for statement in &file.statement {
            expect_plain("text", &statement.text)?;
            expect_plain("reason", statement.reason.as_deref().unwrap_or("–"))?;
            let checked = statement.test.check();
            checked
                .and_then(|()| expect_plain("section", &statement.section))
                .and_then(|()| {
                    statement
                        .equivalent_within
                        .map_or(Ok(()), |it| positive("equivalent-within", it))
                })
                .with_context(|| format!("statement \"{}\"", statement.text))?;
        }
        let sha256 = sha256(text.as_bytes());
        let confirmatory = drawn_seeds(&sha256, file.seeds);
        let known = confirmatory.iter().find(|seed| (from..to).contains(seed));
        ensure!(
            known.is_none(),
            "seed {}, drawn from the rules, is exploratory; change a word of the rules",
            known.unwrap_or(&0)
        );
        Ok(Self {
            sha256,
            exploratory: from..to,
            confirmatory,
            readings: file.readings,
            sensitivity: file.sensitivity,
            alpha: file.alpha,
            power: file.power,
            most_seeds: file.most_seeds,
            printed: file.printed,
            statements: file.statement,
        })
    }

    /// Whether the rules judge the numbers that the paper printed of this experiment: those of the literal reading and of
    /// the readings to be confirmed.
    pub fn confirms(&self, experiment: &Experiment) -> bool {
        let reading = experiment.reading.as_ref();
        reading.is_none_or(|reading| self.readings.contains(&reading.id))
    }
}

/// The maximum number of seeds.
const MOST_SEEDS: usize = 10_000;

fn positive(name: &str, found: f64) -> Result<()> {
    ensure!(
        found > 0.0 && found.is_finite(),
        "{name} is {found}; expected a finite number above 0"
    );
    Ok(())
}
