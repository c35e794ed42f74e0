//! An experiment of a suite, and the rules for its name.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::names;
use crate::printed::Printed;
use crate::quote::quoted;

/// The maximum number of experiments in a suite.
pub(super) const MOST_EXPERIMENTS: usize = 10_000;

/// The maximum length of an id, in bytes.
pub(super) const LONGEST_ID: usize = 64;

/// An experiment: settings that are run with several seeds. `suite.json` contains experiments in this form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The short name: lower-case letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// The name in reports.
    pub title: String,
    /// The section of the paper, if any.
    pub section: Option<String>,
    /// The figure of the paper, if any.
    pub figure: Option<u32>,
    /// The hyperparameters.
    pub settings: Settings,
    /// The numbers that the paper printed.
    pub paper: Printed,
    /// The changed choice, if this is another reading of an experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// The varied settings, if this is a cell of a grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
}

/// Another reading of an experiment: other values for settings that the paper leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The experiment's id.
    pub of: String,
    /// The reading's id.
    pub id: String,
    /// The change, in words.
    pub title: String,
}

/// The position of an experiment in a grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The experiment that is varied; `None` if the grid varies the suite's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The settings of the grid, in the grid's order, and their values in this cell.
    pub varies: Vec<Varied>,
}

impl Cell {
    /// Whether another cell varies the same settings of the same experiment.
    pub fn is_beside(&self, other: &Self) -> bool {
        let settings = |cell: &Self| cell.varies.iter().map(|it| it.setting.clone()).collect();
        let [own, others]: [Vec<String>; 2] = [self, other].map(settings);
        self.of == other.of && own == others
    }
}

/// A setting and its value in a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Varied {
    /// The setting's name.
    pub setting: String,
    /// The value as text: `0.05`, `[256, 64]`, `tanh`.
    pub value: String,
}

impl Experiment {
    /// Checks what the types do not.
    pub(super) fn check(&self) -> Result<()> {
        check_name(&self.id)?;
        expect_plain("title", &self.title)?;
        if let Some(section) = &self.section {
            expect_plain("section", section)?;
        }
        for (name, printed) in [
            ("test-accuracy", self.paper.test_accuracy),
            ("test-loss", self.paper.test_loss),
        ] {
            if let Some(found) = printed.filter(|found| !found.is_finite()) {
                bail!("{name} is {found}; expected a finite number");
            }
        }
        Ok(())
    }
}

/// Checks that a text can be printed on terminals, in figures and in tables.
///
/// # Errors
/// More than 200 characters, or a control character.
pub fn expect_plain(name: &str, text: &str) -> Result<()> {
    const LONGEST: usize = 200;
    let count = text.chars().count();
    if count > LONGEST {
        bail!("{name} has {count} characters; expected at most {LONGEST}");
    }
    if let Some(found) = text.chars().find(|c| c.is_control()) {
        bail!("{name} holds the control character {found:?}; expected one line of text");
    }
    Ok(())
}

/// Checks that a name can be the name of a folder in the folder of results. A name that ends in `.` is refused, because
/// some systems remove the `.`.
///
/// # Errors
/// An empty or long name, a character that is not allowed, or the name of another file or folder of results.
pub fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let is_dotted = name.starts_with('.') || name.ends_with('.');
    if name.is_empty() || name.len() > LONGEST_ID || !name.chars().all(allowed) || is_dotted {
        bail!(
            "{} cannot be a name; expected 1 to 64 small letters, digits, `-`, `_` or, between them, `.`",
            quoted(name)
        );
    }
    for (folder, of) in [
        (names::FIGURES, "the report's figures"),
        (names::PARTS, "the parts of a plan"),
        (names::SUBMIT, "a scheduler's scripts"),
    ] {
        if name == folder {
            bail!("`{name}` cannot be a name; it is the folder of {of}");
        }
    }
    let is_file = |file: &&&str| file.eq_ignore_ascii_case(name);
    if let Some(file) = names::SUITE_FILES.iter().find(is_file) {
        bail!("`{name}` cannot be a name; it is that of the file {file}");
    }
    Ok(())
}
