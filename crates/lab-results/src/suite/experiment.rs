//! One experiment of a suite, and what may be its name.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::names;
use crate::printed::Printed;
use crate::quote::quoted;

/// The most experiments of a suite.
pub(super) const MOST_EXPERIMENTS: usize = 10_000;

/// The longest id, in bytes.
pub(super) const LONGEST_ID: usize = 64;

/// One experiment: a configuration that is run with several seeds. `suite.json` has it in this form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Its short name: small letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// What a reader calls it.
    pub title: String,
    /// The paper's section, if it has one.
    pub section: Option<String>,
    /// The paper's figure, if it has one.
    pub figure: Option<u32>,
    /// Its hyperparameters.
    pub settings: Settings,
    /// What the paper printed.
    pub paper: Printed,
    /// Which experiment it reads in another way, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// What it varies, if it is a cell of a grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
}

/// Another reading of an experiment: some settings that the paper leaves open are changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The experiment's id.
    pub of: String,
    /// The reading's own id.
    pub id: String,
    /// What is changed.
    pub title: String,
}

/// What an experiment is in a grid, if it is a cell of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The experiment that is varied; none if it is the suite's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The settings of the grid, in its order, and their values here.
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
    /// As people write it: `0.05`, `[256, 64]`, `tanh`.
    pub value: String,
}

impl Experiment {
    /// What its types let through.
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

/// Checks a text that is shown on terminals, in figures and in tables.
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

/// Names become folders, so they hold nothing that a path could mean. No file beside them may be called so, and
/// some systems take away a `.` at the end.
///
/// # Errors
/// A name with anything else, an empty or a long one.
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
