//! Every combination of the choices that the paper leaves open: the file of choices, and the order of its cells.
//!
//! A *cell* is a combination of the choices that change a run's steps, stored as the position of each chosen value.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lab_results::combinations::{Combinations, READ_OFF};
use lab_results::data_set::DataFile;
use lab_results::disk::atomic_file::read_small;
use lab_results::stats::Quantity;
use lab_results::suite::{
    Choice, Experiment, Grid, GridTable, Settings, StoppingLoss, Weights, from_toml,
};
use nn_train::Stopping;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Value;

use crate::job::Planned;
use crate::suites;

/// The choices of a file, for some experiments of a suite.
#[derive(Clone, Debug)]
pub struct Multiverse {
    title: String,
    experiments: Vec<Experiment>,
    /// Choices that change a run's steps.
    steps: Grid,
    /// Watched losses, stopping rules and choices of weights, which are read off each run.
    losses: Vec<(String, StoppingLoss)>,
    stopping: Vec<(String, Stopping)>,
    weights: Vec<(String, Weights)>,
    verdicts: Option<String>,
    spread: BTreeMap<String, BTreeMap<Quantity, f64>>,
    order_seed: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    title: String,
    base: String,
    experiments: Vec<String>,
    order_seed: u64,
    grid: GridTable,
    spread: BTreeMap<String, BTreeMap<Quantity, f64>>,
}

impl Multiverse {
    /// Reads a file of choices; the built-in one without a path.
    ///
    /// # Errors
    /// A file that cannot be read or parsed, or a combination that cannot be run.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Self::parse(suites::MULTIVERSE).context("the built-in choices");
        };
        let text = String::from_utf8(read_small(path)?).context("expected UTF-8 text");
        text.and_then(|text| Self::parse(&text))
            .with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let mut file: File = from_toml(text)?;
        let suite = suites::load(&file.base)?;
        let experiments = suite.select(&file.experiments)?;
        let experiments = experiments.into_iter().cloned().collect();
        let losses = read_off(&mut file.grid, "stopping-loss", from_word)?;
        let stopping = read_off(&mut file.grid, "stopping", |word| Ok(word.parse()?))?;
        let weights = read_off(&mut file.grid, "weights", from_word)?;
        let multiverse = Self {
            title: file.title,
            experiments,
            steps: Grid::from_table(file.grid).context("grid")?,
            losses,
            stopping,
            weights,
            verdicts: suite.verdicts,
            spread: file.spread,
            order_seed: file.order_seed,
        };
        multiverse.check()?;
        Ok(multiverse)
    }

    fn check(&self) -> Result<()> {
        let record = self.record(Vec::new());
        for experiment in &self.experiments {
            for quantity in record.quantities(experiment) {
                ensure!(
                    record.unit(&experiment.id, quantity) > 0.0,
                    "spread.{}: expected a number above 0 for {}",
                    experiment.id,
                    quantity.name()
                );
            }
        }
        let cells: Vec<Vec<usize>> = self.steps.positions().collect();
        self.planned(&cells).map(drop)
    }

    /// The content of `multiverse.json` for these combinations and data.
    pub(super) fn record(&self, data: Vec<DataFile>) -> Combinations {
        let mut choices = self.steps.choices();
        let read_off = [
            self.losses.iter().map(|it| it.0.clone()).collect(),
            self.stopping.iter().map(|it| it.0.clone()).collect(),
            self.weights.iter().map(|it| it.0.clone()).collect(),
        ];
        let read_off = READ_OFF.into_iter().zip(read_off);
        choices.extend(read_off.map(|(setting, values)| Choice {
            setting: setting.to_owned(),
            values,
        }));
        Combinations {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            title: self.title.clone(),
            data,
            experiments: self.experiments.clone(),
            choices,
            cells: self.steps.positions().count(),
            verdicts: self.verdicts.clone(),
            spread: self.spread.clone(),
        }
    }

    /// The watched losses that are read off each run.
    pub(super) fn losses(&self) -> Vec<StoppingLoss> {
        self.losses.iter().map(|it| it.1).collect()
    }

    /// The stopping rules that are read off each run.
    pub(super) fn stopping(&self) -> Vec<Stopping> {
        self.stopping.iter().map(|it| it.1).collect()
    }

    /// The choices of weights that are read off each run.
    pub(super) fn weights(&self) -> Vec<Weights> {
        self.weights.iter().map(|it| it.1).collect()
    }

    /// All cells in the order in which they are run. The combinations of the first three choices take turns, each with
    /// its other combinations in random order. So every beginning of the order has about equally many cells of each.
    pub fn order(&self) -> Vec<Vec<usize>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.order_seed);
        let mut strata: BTreeMap<Vec<usize>, Vec<Vec<usize>>> = BTreeMap::new();
        for cell in self.steps.positions() {
            let stratum = cell.iter().take(3).copied().collect();
            strata.entry(stratum).or_default().push(cell);
        }
        let mut strata: Vec<Vec<Vec<usize>>> = strata.into_values().collect();
        for stratum in &mut strata {
            stratum.shuffle(&mut rng);
        }
        let rounds = strata.iter().map(Vec::len).max().unwrap_or(0);
        let mut order = Vec::new();
        for round in 0..rounds {
            strata.shuffle(&mut rng);
            let cells = strata.iter().filter_map(|stratum| stratum.get(round));
            order.extend(cells.cloned());
        }
        order
    }

    /// The experiments of some cells, cell by cell.
    ///
    /// # Errors
    /// Settings that are unknown or cannot be used.
    pub fn planned(&self, cells: &[Vec<usize>]) -> Result<Vec<Planned>> {
        let each = cells.iter().flat_map(|cell| {
            let experiments = self.experiments.iter();
            experiments.map(move |experiment| {
                Ok(Planned {
                    id: experiment.id.clone(),
                    settings: self.settings(experiment, cell)?,
                    cell: cell.clone(),
                })
            })
        });
        each.collect()
    }

    fn settings(&self, experiment: &Experiment, cell: &[usize]) -> Result<Settings> {
        let overrides = self.steps.overrides(cell);
        experiment.settings.with(&overrides).with_context(|| {
            let chosen = overrides
                .iter()
                .map(|(key, value)| format!("{key} = {value}"));
            format!("grid: {}", chosen.collect::<Vec<_>>().join(", "))
        })
    }
}

/// Removes a choice that changes no step from the grid, and returns its values with their words.
fn read_off<T>(
    grid: &mut GridTable,
    key: &str,
    parse: impl Fn(&str) -> Result<T>,
) -> Result<Vec<(String, T)>> {
    let values = grid.remove(key);
    let values = values.with_context(|| format!("the grid has no `{key}`; expected its values"))?;
    let place = || format!("grid: {key}");
    let Value::Array(values) = values.into_inner() else {
        bail!("{}: expected a list of values", place());
    };
    ensure!(
        !values.is_empty(),
        "{}: has no values; expected at least one",
        place()
    );
    let each = values.into_iter().map(|value| {
        let word: String = value.try_into().with_context(place)?;
        let parsed = parse(&word).with_context(place)?;
        Ok((word, parsed))
    });
    each.collect()
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T> {
    Ok(Value::String(word.to_owned()).try_into()?)
}
