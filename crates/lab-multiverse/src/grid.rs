//! The grid: its choices, its cells, and their order.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use lab_results::printed::Printed;
use lab_results::stats::Quantity;
use lab_results::suite::{Experiment, Settings, Suite, Weights, from_toml};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use toml::{Spanned, Table, Value};

/// A choice that the paper leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// A setting's name, or `penalty-scale`.
    pub key: String,
    /// What may be chosen, the literal reading first.
    pub values: Vec<Value>,
}

impl Axis {
    /// A value as people write it.
    pub fn word(&self, at: usize) -> String {
        match &self.values[at] {
            Value::String(text) => text.clone(),
            Value::Float(number) => number.to_string(),
            value => value.to_string(),
        }
    }
}

/// Of each choice that changes a run's steps, which value.
pub type Cell = Vec<usize>;

/// All combinations of some choices, for some experiments.
#[derive(Clone, Debug)]
pub struct Multiverse {
    /// What it is about.
    pub title: String,
    /// Choices that change a run's steps, in the file's order.
    pub trained: Vec<Axis>,
    /// The stopping rules that are read off.
    pub stopping: Vec<String>,
    /// The choices of weights that are read off.
    pub weights: Vec<Weights>,
    /// Which experiments, as the base suite has them.
    pub experiments: Vec<Experiment>,
    spread: BTreeMap<String, BTreeMap<Quantity, f64>>,
    order_seed: u64,
}

/// One run to be done.
#[derive(Clone, Debug)]
pub struct Trajectory {
    /// The experiment's id.
    pub experiment: String,
    /// Which cell.
    pub cell: Cell,
    /// The settings. Their stopping rule is none of the choice's.
    pub settings: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    title: String,
    base: String,
    experiments: Vec<String>,
    order_seed: u64,
    grid: BTreeMap<String, Spanned<Vec<Value>>>,
    spread: BTreeMap<String, BTreeMap<Quantity, f64>>,
}

/// A multiplier of the experiment's λ, which is no setting.
pub(crate) const SCALE: &str = "penalty-scale";
const STOPPING: &str = "stopping";
const WEIGHTS: &str = "weights";

/// The most cells.
const MOST_CELLS: usize = 100_000;

impl Multiverse {
    /// Reads a grid over experiments of a suite that `load` gives by its name.
    ///
    /// # Errors
    /// The line, and what is wrong there; a combination that is no usable run.
    pub fn parse(text: &str, load: impl FnOnce(&str) -> Result<Suite>) -> Result<Self> {
        let file: File = from_toml(text)?;
        let suite = load(&file.base)?;
        let mut entries: Vec<_> = file.grid.into_iter().collect();
        entries.sort_by_key(|(_, values)| values.span().start);
        let axes = entries.into_iter().map(|(key, values)| Axis {
            key,
            values: values.into_inner(),
        });
        let mut trained: Vec<Axis> = axes.collect();
        for axis in &trained {
            ensure!(
                !axis.values.is_empty(),
                "{} has no values; expected at least one",
                axis.key
            );
        }
        let mut take = |key: &str| -> Result<Axis> {
            let at = trained.iter().position(|axis| axis.key == key);
            let at = at.with_context(|| format!("the grid has no `{key}`; expected its values"))?;
            Ok(trained.remove(at))
        };
        let (stopping, weights) = (take(STOPPING)?, take(WEIGHTS)?);
        let experiments = suite
            .select(&file.experiments)?
            .into_iter()
            .cloned()
            .collect();
        let multiverse = Self {
            title: file.title,
            stopping: (0..stopping.values.len())
                .map(|at| stopping.word(at))
                .collect(),
            weights: weights
                .values
                .into_iter()
                .map(Value::try_into)
                .collect::<Result<_, _>>()?,
            trained,
            experiments,
            spread: file.spread,
            order_seed: file.order_seed,
        };
        let cells = multiverse
            .trained
            .iter()
            .try_fold(1usize, |n, axis| n.checked_mul(axis.values.len()));
        ensure!(
            cells.is_some_and(|cells| cells <= MOST_CELLS),
            "more than {MOST_CELLS} cells; expected at most that many"
        );
        for experiment in &multiverse.experiments {
            for quantity in multiverse.quantities(experiment) {
                let unit = multiverse.unit(&experiment.id, quantity);
                ensure!(
                    unit > 0.0,
                    "spread.{} has no number above 0 for {}",
                    experiment.id,
                    quantity.name()
                );
            }
            for at in 0..multiverse.cells() {
                multiverse.trajectory(experiment, multiverse.cell(at))?;
            }
        }
        Ok(multiverse)
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.trained.iter().map(|axis| axis.values.len()).product()
    }

    /// The literal reading.
    pub fn literal(&self) -> Cell {
        vec![0; self.trained.len()]
    }

    /// The numbers that the paper printed of an experiment.
    pub fn quantities(&self, experiment: &Experiment) -> Vec<Quantity> {
        let printed = |quantity: &Quantity| quantity.printed(&experiment.paper).is_some();
        Quantity::PRINTED.into_iter().filter(printed).collect()
    }

    /// What one is of a distance from a printed number.
    pub fn unit(&self, experiment: &str, quantity: Quantity) -> f64 {
        let units = self.spread.get(experiment);
        units
            .and_then(|units| units.get(&quantity))
            .copied()
            .unwrap_or(0.0)
    }

    /// What the paper printed of an experiment.
    pub(crate) fn printed(&self, experiment: &str) -> Printed {
        let found = self.experiments.iter().find(|it| it.id == experiment);
        found.map(|it| it.paper).unwrap_or_default()
    }

    /// All cells in the order in which they are run. The combinations of the first three choices take turns, each with
    /// its other combinations in random order, so that of any beginning all of them have as many, but for one.
    pub fn order(&self) -> Vec<Cell> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.order_seed);
        let mut strata: BTreeMap<Cell, Vec<Cell>> = BTreeMap::new();
        for at in 0..self.cells() {
            let cell = self.cell(at);
            let stratum = cell.iter().take(3).copied().collect();
            strata.entry(stratum).or_default().push(cell);
        }
        let mut strata: Vec<Vec<Cell>> = strata.into_values().collect();
        for stratum in &mut strata {
            stratum.shuffle(&mut rng);
        }
        let rounds = strata.iter().map(Vec::len).max().unwrap_or(0);
        let mut order = Vec::new();
        for round in 0..rounds {
            strata.shuffle(&mut rng);
            order.extend(
                strata
                    .iter()
                    .filter_map(|stratum| stratum.get(round))
                    .cloned(),
            );
        }
        order
    }

    /// The run of a cell.
    ///
    /// # Errors
    /// Settings that are unknown or unusable.
    pub fn trajectory(&self, experiment: &Experiment, cell: Cell) -> Result<Trajectory> {
        let mut overrides = Table::new();
        for (axis, &at) in self.trained.iter().zip(&cell) {
            let value = &axis.values[at];
            if axis.key != SCALE {
                overrides.insert(axis.key.clone(), value.clone());
                continue;
            }
            let Some(scale) = value.as_float() else {
                bail!("{SCALE} is {value}; expected numbers with a point, as 1.0");
            };
            for (key, lambda) in [
                ("l1", experiment.settings.l1),
                ("l2", experiment.settings.l2),
            ] {
                overrides.insert(key.to_owned(), Value::Float(scale * lambda));
            }
        }
        overrides.insert(STOPPING.to_owned(), Value::String("never".to_owned()));
        let settings = experiment.settings.with(&overrides);
        Ok(Trajectory {
            experiment: experiment.id.clone(),
            settings: settings
                .with_context(|| format!("grid: {}", self.words(&cell).join(", ")))?,
            cell,
        })
    }

    /// A cell's values, as people write them.
    pub fn words(&self, cell: &Cell) -> Vec<String> {
        self.trained
            .iter()
            .zip(cell)
            .map(|(axis, &at)| axis.word(at))
            .collect()
    }

    /// The cell with these values.
    pub(crate) fn find(&self, words: &[&str]) -> Option<Cell> {
        let axes = self.trained.iter().zip(words);
        let at = |(axis, word): (&Axis, &&str)| {
            (0..axis.values.len()).find(|&at| axis.word(at) == *word)
        };
        (words.len() == self.trained.len()).then(|| axes.map(at).collect())?
    }

    /// The cell of this number; the last choice varies fastest.
    fn cell(&self, mut number: usize) -> Cell {
        let mut cell = vec![0; self.trained.len()];
        for (at, axis) in cell.iter_mut().zip(&self.trained).rev() {
            (*at, number) = (number % axis.values.len(), number / axis.values.len());
        }
        cell
    }
}
