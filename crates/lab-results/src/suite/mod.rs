//! A suite: experiments as data, read from TOML.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use mnist_data::format::FileFormat;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::data_set::DataSet;
use crate::disk::atomic_file;
use crate::printed::Printed;
use crate::quote::quoted;

mod built_in;
mod experiment;
mod grid;
mod rules;
mod settings;
mod submit;
mod value;

use experiment::MOST_EXPERIMENTS;

pub use built_in::BuiltIn;
pub use experiment::{Cell, Experiment, Reading, Varied, check_name, expect_plain};
pub use grid::{Choice, Grid, GridTable};
pub use rules::RulesFile;
pub(crate) use settings::is_default;
pub use settings::{
    PenaltySign, Precision, Setting, Settings, SplitOrder, StoppingLoss, Weights, set,
};
pub use submit::Submit;

/// The maximum size of a suite's file, in bytes: 10,000 experiments of a hundred bytes. The parser needs up to seventy
/// times as much memory.
const LONGEST_FILE: u64 = 1 << 20;

/// The maximum number of experiments that a message names.
const NAMED: usize = 100;

/// A suite: a list of experiments with a title.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The name of the folder for the results: `paper`, or the file's name without extension.
    pub name: String,
    /// The title.
    pub title: String,
    /// The experiments, in the order of the file.
    pub experiments: Vec<Experiment>,
    /// The rules by which claims about the experiments are judged, if any.
    pub rules: Option<RulesFile>,
    /// The suite whose report has the verdicts on the paper's claims, if it is another one.
    pub verdicts: Option<String>,
    /// The data set that the paper's numbers are about.
    pub data_set: DataSet,
    /// Whether the tables keep details of each run.
    pub details: bool,
    /// The default settings, for suites with this base.
    defaults: Settings,
    /// The options for a scheduler.
    pub submit: Submit,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    title: String,
    /// Another suite. Its experiments come first, and the file's defaults override its defaults.
    base: Option<String>,
    #[serde(default)]
    defaults: toml::Table,
    #[serde(default)]
    experiment: Vec<Entry>,
    grid: Option<GridTable>,
    /// The name of built-in rules, or a path relative to this file.
    rules: Option<String>,
    verdicts: Option<String>,
    data_set: Option<DataSet>,
    #[serde(default)]
    details: bool,
    #[serde(default)]
    reading: Vec<ReadingEntry>,
    #[serde(default)]
    submit: Submit,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ReadingEntry {
    id: String,
    title: String,
    settings: toml::Table,
    of: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    id: String,
    title: String,
    section: Option<String>,
    figure: Option<u32>,
    #[serde(default)]
    settings: toml::Table,
    #[serde(default)]
    paper: Printed,
}

impl Suite {
    /// Loads a built-in suite by name, or else a file.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown or missing key, or an invalid value; the message names the file and the
    /// experiment.
    pub fn load(name_or_path: &str, built_in: &BuiltIn<'_>) -> Result<Self> {
        if let Some((name, text)) = built_in
            .suites
            .iter()
            .find(|(name, _)| *name == name_or_path)
        {
            return Self::parse(name, text, built_in).with_context(|| format!("suite `{name}`"));
        }
        let path = Path::new(name_or_path);
        let text = match atomic_file::bytes(path, LONGEST_FILE) {
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                bail!("{name_or_path}: expected at most {LONGEST_FILE} bytes, found more")
            }
            text => text.with_context(|| {
                let known = built_in_names(built_in).join("`, `");
                format!("{name_or_path} is neither a suite (`{known}`) nor a file that can be read")
            })?,
        };
        atomic_file::expect_format(path, &text, "a suite in TOML", &[FileFormat::Csv])?;
        let text =
            String::from_utf8(text).with_context(|| format!("{name_or_path}: not UTF-8 text"))?;
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .with_context(|| format!("{name_or_path}: the file's name is not UTF-8"))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse_in(folder, name, &text, built_in)
            .with_context(|| format!("suite {name_or_path}"))
    }

    /// Reads a suite from its text. The `base` must be in `built_in`. A file of rules is looked for in the current
    /// directory.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(name: &str, text: &str, built_in: &BuiltIn<'_>) -> Result<Self> {
        Self::parse_in(Path::new(""), name, text, built_in)
    }

    fn parse_in(folder: &Path, name: &str, text: &str, built_in: &BuiltIn<'_>) -> Result<Self> {
        check_name(name)?;
        let file = from_toml::<File>(text)?;
        let rules = file
            .rules
            .map(|name| RulesFile::load(&name, folder, built_in));
        let rules = rules.transpose()?;
        let (mut experiments, base, base_data) = match file.base.as_deref() {
            None => (Vec::new(), Settings::default(), DataSet::default()),
            Some(base) if base == name => bail!("base is the suite itself"),
            Some(base) if built_in_names(built_in).contains(&base) => {
                let base = Self::load(base, built_in)?;
                (base.experiments, base.defaults, base.data_set)
            }
            Some(base) => {
                let known = built_in_names(built_in).join(" or ");
                bail!("unknown base {}; expected {known}", quoted(base))
            }
        };
        let defaults = base.with_defaults(&file.defaults).context("defaults")?;
        for entry in file.experiment {
            check_name(&entry.id)?;
            experiments.push(Experiment::new(entry, &defaults)?);
        }
        if let Some(grid) = file.grid {
            let cells = Grid::from_table(grid).and_then(|grid| grid.over(&defaults));
            experiments.extend(cells.context("grid")?);
        }
        for reading in file.reading {
            check_name(&reading.id)?;
            for of in &reading.of {
                experiments.push(Experiment::read_otherwise(&experiments, of, &reading)?);
            }
        }
        let suite = Self {
            name: name.to_owned(),
            title: file.title,
            experiments,
            rules,
            verdicts: file.verdicts,
            data_set: file.data_set.unwrap_or(base_data),
            details: file.details,
            defaults,
            submit: file.submit,
        };
        suite.check()?;
        Ok(suite)
    }

    /// Checks the suite as a whole.
    fn check(&self) -> Result<()> {
        if self.experiments.len() > MOST_EXPERIMENTS {
            let found = self.experiments.len();
            bail!("{found} experiments; expected at most {MOST_EXPERIMENTS}");
        }
        expect_plain("title", &self.title)?;
        let mut ids = HashSet::new();
        for experiment in &self.experiments {
            let id = &experiment.id;
            ensure!(ids.insert(id), "experiment `{id}` is defined twice");
            experiment
                .check()
                .with_context(|| format!("experiment `{id}`"))?;
        }
        if let Some(verdicts) = &self.verdicts {
            check_name(verdicts).context("verdicts")?;
        }
        self.submit.check().context("submit")?;
        if self.experiments.is_empty() {
            bail!("no experiment; expected at least one [[experiment]], or a [grid]");
        }
        Ok(())
    }

    /// The experiments with these names, in the suite's order; all experiments if there are no names.
    ///
    /// # Errors
    /// A name that the suite does not have.
    pub fn select(&self, ids: &[String]) -> Result<Vec<&Experiment>> {
        let known: HashSet<&str> = self.experiments.iter().map(|e| e.id.as_str()).collect();
        for id in ids {
            if !known.contains(id.as_str()) {
                let known = self.experiments.iter().map(|e| e.id.as_str());
                let mut known: Vec<&str> = known.take(NAMED + 1).collect();
                if known.len() > NAMED {
                    known[NAMED] = "…";
                }
                bail!(
                    "unknown experiment {}; suite `{}` has {}",
                    quoted(id),
                    self.name,
                    known.join(", ")
                );
            }
        }
        let ids: HashSet<&String> = ids.iter().collect();
        let chosen = |e: &&Experiment| ids.is_empty() || ids.contains(&e.id);
        Ok(self.experiments.iter().filter(chosen).collect())
    }
}

/// Reads a value from TOML.
///
/// # Errors
/// Invalid TOML; the message is one line and has the line number.
pub fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = 1 + text[..start].matches('\n').count();
        anyhow!("line {line}: {}", error.message().replace('\n', " "))
    })
}

fn built_in_names<'a>(built_in: &BuiltIn<'a>) -> Vec<&'a str> {
    built_in.suites.iter().map(|&(name, _)| name).collect()
}

impl Experiment {
    fn new(entry: Entry, defaults: &Settings) -> Result<Self> {
        let place = || format!("experiment `{}`", entry.id);
        Ok(Self {
            settings: defaults.with(&entry.settings).with_context(place)?,
            id: entry.id,
            title: entry.title,
            section: entry.section,
            figure: entry.figure,
            paper: entry.paper,
            reading: None,
            cell: None,
        })
    }

    fn read_otherwise(known: &[Self], of: &str, reading: &ReadingEntry) -> Result<Self> {
        let place = || format!("reading `{}` of {}", reading.id, quoted(of));
        let base = known.iter().find(|experiment| experiment.id == of);
        let base = base
            .context("there is no such experiment")
            .with_context(place)?;
        Ok(Self {
            settings: base.settings.with(&reading.settings).with_context(place)?,
            id: format!("{of}_{}", reading.id),
            title: format!("{}, {}", base.title, reading.title),
            section: base.section.clone(),
            figure: None,
            paper: base.paper,
            reading: Some(Reading {
                of: of.to_owned(),
                id: reading.id.clone(),
                title: reading.title.clone(),
            }),
            cell: None,
        })
    }
}
