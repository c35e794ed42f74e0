//! Grids: every combination of some values of settings, each as an experiment.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};
use toml::{Spanned, Table, Value};

use super::experiment::{Cell, Experiment, LONGEST_ID, MOST_EXPERIMENTS, Varied};
use super::settings::Settings;
use super::value::{shown, value};
use crate::printed::Printed;
use crate::quote::quoted;

/// Values for each of some settings, and combinations that are left out.
///
/// The cells are all combinations of the values, except those left out. The settings keep their order, and the last one
/// varies fastest.
///
/// ```
/// use lab_results::suite::{Grid, Settings};
///
/// let grid = Grid::from_assignments(&["lr=0.05,0.1", "hidden=[[128],[256,64]]"])?;
/// let cells = grid.over(&Settings::default())?;
/// let ids: Vec<&str> = cells.iter().map(|cell| cell.id.as_str()).collect();
/// assert_eq!(ids[..2], ["lr-0.05_hidden-128", "lr-0.05_hidden-256-64"]);
/// assert_eq!(cells[3].title, "lr = 0.1, hidden = [256, 64]");
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Grid {
    axes: Vec<Axis>,
    /// For each combination that is left out, the positions of settings and of their values.
    exclude: Vec<Vec<(usize, usize)>>,
}

#[derive(Clone, Debug)]
struct Axis {
    key: String,
    values: Vec<Value>,
}

/// A setting that the paper leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The setting's name.
    pub setting: String,
    /// The setting's values, the literal reading first.
    pub values: Vec<String>,
}

/// The table `[grid]` of a file; each key has its position in the file.
pub type GridTable = BTreeMap<String, Spanned<Value>>;

impl Grid {
    /// The grid in a table of a file, with the settings in the file's order.
    ///
    /// # Errors
    /// A key without a list of different values, or an excluded combination that is not in the grid.
    pub fn from_table(mut table: GridTable) -> Result<Self> {
        let exclude = table.remove("exclude").map(Spanned::into_inner);
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(_, value)| value.span().start);
        let lists = entries
            .into_iter()
            .map(|(key, value)| match value.into_inner() {
                Value::Array(values) => Ok((key, values)),
                found => {
                    let (key, found) = (quoted(&key), quoted(&found.to_string()));
                    bail!("{key} is {found}; expected a list of values")
                }
            });
        let mut grid = Self::new(lists.collect::<Result<_>>()?)?;
        let excluded = match exclude {
            None => Vec::new(),
            Some(Value::Array(excluded)) => excluded,
            Some(_) => bail!("`exclude` is not a list; expected one, as in [{{ lr = 0.1 }}]"),
        };
        for settings in excluded {
            let settings = grid.find(&settings)?;
            grid.exclude.push(settings);
        }
        Ok(grid)
    }

    /// The grid of some assignments `KEY=VALUES`, in their order. The values are a TOML list, or separated by commas:
    /// `hidden=[[128],[256,64]]`, `lr=0.05,0.1`.
    ///
    /// # Errors
    /// An assignment without `=`, a repeated setting, a list that is empty or repeats a value.
    pub fn from_assignments<S: AsRef<str>>(assignments: &[S]) -> Result<Self> {
        let lists = assignments.iter().map(|assignment| {
            let assignment = assignment.as_ref();
            let (key, values) = assignment.split_once('=').with_context(|| {
                let found = quoted(assignment);
                format!(
                    "{found} is not a list of values; expected KEY=VALUE,VALUE,… as in lr=0.05,0.1"
                )
            })?;
            Ok((key.trim().replace('_', "-"), split(values.trim())))
        });
        Self::new(lists.collect::<Result<_>>()?)
    }

    fn new(lists: Vec<(String, Vec<Value>)>) -> Result<Self> {
        ensure!(
            !lists.is_empty(),
            "no setting; expected at least one, as in lr = [0.05, 0.1]"
        );
        let mut axes: Vec<Axis> = Vec::new();
        for (key, values) in lists {
            let name = quoted(&key);
            ensure!(
                axes.iter().all(|axis| axis.key != key),
                "{name} is there twice; expected one list of all its values"
            );
            ensure!(
                !values.is_empty(),
                "{name} has no values; expected at least one"
            );
            let mut words: Vec<String> = values.iter().map(word).collect();
            words.sort_unstable();
            if let Some(twice) = words.windows(2).find(|pair| pair[0] == pair[1]) {
                let twice = quoted(&twice[0]);
                bail!("{name} has the value {twice} twice; expected each once");
            }
            axes.push(Axis { key, values });
        }
        let cells = axes
            .iter()
            .try_fold(1_usize, |cells, axis| cells.checked_mul(axis.values.len()));
        if cells.is_none_or(|cells| cells > MOST_EXPERIMENTS) {
            let sizes: Vec<_> = axes.iter().map(|it| it.values.len().to_string()).collect();
            let found = sizes.join(" × ");
            bail!("{found} cells; a suite has at most {MOST_EXPERIMENTS} experiments");
        }
        Ok(Self {
            axes,
            exclude: Vec::new(),
        })
    }

    /// The positions of excluded settings and values in the grid.
    fn find(&self, settings: &Value) -> Result<Vec<(usize, usize)>> {
        let no_cell = || {
            let found = quoted(&settings.to_string());
            anyhow!("exclude {found} matches no cell; expected settings and values of the grid")
        };
        let table = settings.as_table().ok_or_else(no_cell)?;
        let found = table.iter().map(|(key, value)| {
            let axis = self.axes.iter().position(|axis| axis.key == *key)?;
            let mut values = self.axes[axis].values.iter();
            let value = values.position(|other| word(other) == word(value))?;
            Some((axis, value))
        });
        found.collect::<Option<_>>().ok_or_else(no_cell)
    }

    /// The names of the settings, in the grid's order.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.axes.iter().map(|axis| axis.key.as_str())
    }

    /// The cells that vary some default settings, with ids like `lr-0.05_hidden-256-64`.
    ///
    /// # Errors
    /// A cell with an unknown or invalid setting or a long id; the message names the cell. No cells.
    pub fn over(&self, defaults: &Settings) -> Result<Vec<Experiment>> {
        self.cells(None, defaults)
    }

    /// The cells that vary the settings of some experiments, with ids like `relu_lr-0.05_hidden-256-64`. Cells have no
    /// numbers of the paper.
    ///
    /// # Errors
    /// As [`over`](Self::over), or too many cells.
    pub fn over_experiments(&self, experiments: &[&Experiment]) -> Result<Vec<Experiment>> {
        let each = self
            .axes
            .iter()
            .map(|it| it.values.len())
            .product::<usize>();
        let found = experiments.len().saturating_mul(each);
        ensure!(
            found <= MOST_EXPERIMENTS,
            "{found} cells; a suite has at most {MOST_EXPERIMENTS} experiments"
        );
        let cells = experiments
            .iter()
            .map(|of| self.cells(Some(of), &of.settings));
        Ok(cells.collect::<Result<Vec<_>>>()?.concat())
    }

    /// For each cell, in order, the positions of its values.
    pub fn positions(&self) -> impl Iterator<Item = Vec<usize>> {
        let sizes = self.axes.iter().map(|axis| axis.values.len());
        let positions = (0..sizes.product()).map(|number| self.position(number));
        positions.filter(|at| {
            let leaves_out = |settings: &Vec<(usize, usize)>| {
                settings.iter().all(|&(axis, value)| at[axis] == value)
            };
            !self.exclude.iter().any(leaves_out)
        })
    }

    /// The settings and their values, as text.
    pub fn choices(&self) -> Vec<Choice> {
        let choices = self.axes.iter().map(|axis| Choice {
            setting: axis.key.clone(),
            values: axis.values.iter().map(shown).collect(),
        });
        choices.collect()
    }

    /// The settings of the cell at these positions.
    pub fn overrides(&self, at: &[usize]) -> Table {
        let axes = self.axes.iter().zip(at);
        let pairs = axes.map(|(axis, &at)| (axis.key.clone(), axis.values[at].clone()));
        pairs.collect()
    }

    fn cells(&self, of: Option<&Experiment>, base: &Settings) -> Result<Vec<Experiment>> {
        let cells = self.positions().map(|at| self.cell(&at, of, base));
        let cells = cells.collect::<Result<Vec<_>>>()?;
        ensure!(
            !cells.is_empty(),
            "exclude leaves out all cells; expected at least one to stay"
        );
        // Two forms of a value, such as normal(0.01) and normal(1e-2), would be run twice.
        let mut known = BTreeMap::new();
        for cell in &cells {
            if let Some(same) = known.insert(format!("{:?}", cell.settings), &cell.id) {
                let (a, b) = (quoted(same), quoted(&cell.id));
                bail!("{a} and {b} have the same settings; expected each value once");
            }
        }
        Ok(cells)
    }

    /// The position of each setting's value in the cell with this number. The last setting varies fastest.
    fn position(&self, mut number: usize) -> Vec<usize> {
        let mut at = vec![0; self.axes.len()];
        for (at, axis) in at.iter_mut().zip(&self.axes).rev() {
            (*at, number) = (number % axis.values.len(), number / axis.values.len());
        }
        at
    }

    fn cell(&self, at: &[usize], of: Option<&Experiment>, base: &Settings) -> Result<Experiment> {
        let pairs = || {
            let axes = self.axes.iter().zip(at);
            axes.map(|(axis, &at)| (&axis.key, &axis.values[at]))
        };
        let words = pairs().map(|(key, value)| format!("{key}-{}", word(value)));
        let id: Vec<String> = of
            .map(|of| of.id.clone())
            .into_iter()
            .chain(words)
            .collect();
        let id = id.join("_");
        let place = || format!("cell {}", quoted(&id));
        if id.len() > LONGEST_ID {
            let found = id.len();
            return Err(anyhow!(
                "its id has {found} characters; expected at most {LONGEST_ID}, so vary fewer settings"
            )
            .context(place()));
        }
        let settings = base.with(&self.overrides(at)).with_context(place)?;
        let varies = pairs().map(|(key, value)| Varied {
            setting: key.clone(),
            value: shown(value),
        });
        let varies: Vec<Varied> = varies.collect();
        let said = varies
            .iter()
            .map(|it| format!("{} = {}", it.setting, it.value));
        let title: Vec<String> = of
            .map(|of| of.title.clone())
            .into_iter()
            .chain(said)
            .collect();
        let experiment = Experiment {
            id: id.clone(),
            title: title.join(", "),
            section: None,
            figure: None,
            settings,
            paper: Printed::default(),
            reading: None,
            cell: Some(Cell {
                of: of.map(|of| of.id.clone()),
                varies,
            }),
        };
        experiment.check().with_context(place)?;
        Ok(experiment)
    }
}

/// The values of an assignment.
fn split(values: &str) -> Vec<Value> {
    match value(values) {
        Value::Array(values) => values,
        _ if values.is_empty() => Vec::new(),
        _ => values.split(',').map(|text| value(text.trim())).collect(),
    }
}

/// A value as part of an id. Values with equal text are equal: `1` and `1.0`, or `128` and `[128]`.
fn word(value: &Value) -> String {
    let text = match value {
        Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join("-"),
        value => shown(value),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let parts = text.split(|c| !allowed(c)).filter(|part| !part.is_empty());
    match parts.collect::<Vec<_>>().join("-") {
        word if word.is_empty() => "none".to_owned(),
        word => word.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(grid: &Grid) -> Vec<String> {
        let cells = grid.over(&Settings::default()).unwrap();
        cells.into_iter().map(|cell| cell.id).collect()
    }

    fn from_file(text: &str) -> Result<Grid> {
        Grid::from_table(toml::from_str::<GridTable>(text).unwrap())
    }

    fn refused(assignments: &[&str]) -> String {
        Grid::from_assignments(assignments).unwrap_err().to_string()
    }

    #[test]
    fn the_order_is_that_of_the_file_and_the_last_varies_fastest() {
        let grid = from_file("lr = [0.1, 0.05]\nhidden = [[], [256, 64]]").unwrap();
        let expected = [
            "lr-0.1_hidden-none",
            "lr-0.1_hidden-256-64",
            "lr-0.05_hidden-none",
            "lr-0.05_hidden-256-64",
        ];
        assert_eq!(ids(&grid), expected);
        let grid = from_file("batch-size = [128]\nactivation = [\"tanh\"]").unwrap();
        assert_eq!(ids(&grid), ["batch-size-128_activation-tanh"]);
    }

    #[test]
    fn lists_are_toml_or_split_at_commas() {
        let words = |text: &str| split(text).iter().map(word).collect::<Vec<_>>();
        assert_eq!(words("[[128],[256,64]]"), ["128", "256-64"]);
        assert_eq!(words("128,256"), ["128", "256"]);
        assert_eq!(words("tanh, relu"), ["tanh", "relu"]);
        assert_eq!(words("normal(0.01),none"), ["normal-0.01", "none"]);
        assert_eq!(words("1.0,1e-3"), ["1", "0.001"]);
        assert_eq!(words("[]"), [""; 0]);
    }

    #[test]
    fn lists_that_make_no_grid_are_refused() {
        let cases: [(&[&str], &str); 6] = [
            (&[], "no setting; expected at least one"),
            (&["lr"], "`lr` is not a list of values; expected KEY=VALUE"),
            (&["lr="], "`lr` has no values"),
            (&["lr=[]"], "`lr` has no values"),
            (&["lr=1,0.5,1.0"], "`lr` has the value `1` twice"),
            (
                &["batch_size=1", "batch-size=2"],
                "`batch-size` is there twice",
            ),
        ];
        for (assignments, expected) in cases {
            let message = refused(assignments);
            assert!(message.contains(expected), "{message}");
        }
        let many = (0..101)
            .map(|x| x.to_string())
            .collect::<Vec<_>>()
            .join(",");
        let many = [format!("lr={many}"), format!("l1={many}")];
        let message = Grid::from_assignments(&many).unwrap_err().to_string();
        assert_eq!(
            message,
            "101 × 101 cells; a suite has at most 10000 experiments"
        );
        let twice = Grid::from_assignments(&["init=normal(0.01),normal(1e-2)"]).unwrap();
        let message = twice.over(&Settings::default()).unwrap_err().to_string();
        let expected = "`init-normal-0.01` and `init-normal-1e-2` have the same settings";
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn what_is_left_out_must_be_there() {
        let grid = from_file(
            "lr = [0.1, 1]\nhidden = [[128], []]\nexclude = [{ lr = 1.0, hidden = 128 }]",
        );
        assert_eq!(grid.unwrap().exclude, [[(1, 0), (0, 1)]]);
        for (exclude, expected) in [
            ("[{ lr = 0.2 }]", "exclude `{ lr = 0.2 }` matches no cell"),
            ("[{ depth = 1 }]", "matches no cell"),
            ("[0.1]", "exclude `0.1` matches no cell"),
            ("0.1", "`exclude` is not a list"),
        ] {
            let error = from_file(&format!("lr = [0.1]\nexclude = {exclude}")).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        let grid = from_file("lr = [0.1]\nexclude = [{}]").unwrap();
        let message = grid.over(&Settings::default()).unwrap_err().to_string();
        assert!(message.contains("leaves out all cells"), "{message}");
        let message = from_file("lr = 0.1").unwrap_err().to_string();
        assert_eq!(message, "`lr` is `0.1`; expected a list of values");
    }
}
