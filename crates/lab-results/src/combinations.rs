//! Combinations of the choices that a paper leaves open. `multiverse.json` describes the combinations, and
//! `readings.csv` has a row for each combination, experiment and seed.
//!
//! The loss that early stopping watches, the stopping rule and the choice of weights do not change the steps of a run. So
//! one run gives the rows for all values of these choices: [`Combinations::read_off`] computes them from the scores after
//! each epoch.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::data_set::DataFile;
use crate::disk::atomic_file::{is_there, read_if_there, read_json, sha256};
use crate::names::{COMBINATIONS, READINGS, SHA256SUMS};
use crate::printed::Printed;
use crate::stats::Quantity;
use crate::store::Writer;
use crate::suite::{Choice, Experiment, StoppingLoss, Weights};
use crate::tables::best_epoch;

/// The content of `multiverse.json`: everything that the rows depend on, and everything that a report on them needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combinations {
    /// The version of mnist-lab that ran the combinations.
    pub version: String,
    /// The title of the report.
    pub title: String,
    /// The SHA-256 of each data file.
    pub data: Vec<DataFile>,
    /// The experiments before any choice, with the numbers that the paper printed.
    pub experiments: Vec<Experiment>,
    /// The choices. Those that do not change the steps of a run come last.
    pub choices: Vec<Choice>,
    /// The number of combinations of the choices that change the steps of a run.
    pub cells: usize,
    /// The suite whose report has the verdicts on the paper's claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<String>,
    /// For each experiment and printed number, the standard deviation over seeds, which is the unit of distances.
    pub spread: BTreeMap<String, BTreeMap<Quantity, f64>>,
}

/// The settings that do not change the steps of a run, in the order of their columns.
pub const READ_OFF: [&str; 3] = ["stopping-loss", "stopping", "weights"];

/// A row of `readings.csv`: the results of one combination with one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinationRow {
    /// The experiment's id.
    pub experiment: String,
    /// The run's seed.
    pub seed: u64,
    /// For each choice, the position of the chosen value.
    pub chosen: Vec<usize>,
    /// The last epoch; for a diverged run, the last epoch before the divergence.
    pub stop_epoch: u32,
    /// The epoch of the lowest watched loss up to the last epoch; 0 for a run without epochs.
    pub best_epoch: u32,
    /// The accuracy of the chosen weights on the test set; `None` if the run diverged before it had such weights.
    pub test_accuracy: Option<f64>,
    /// The loss of the chosen weights on the test set; `None` as for the accuracy.
    pub test_loss: Option<f64>,
}

/// A run's scores after one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochScore {
    /// Mean cross-entropy on the validation set, in nats.
    pub val_loss: f64,
    /// The penalty of the weights, with the coefficients as the experiment has them.
    pub penalty: f64,
    /// Mean cross-entropy on the test set, in nats.
    pub test_loss: f64,
    /// Accuracy on the test set, as a fraction.
    pub test_accuracy: f64,
}

impl EpochScore {
    /// The loss that early stopping watches.
    pub fn watched(&self, loss: StoppingLoss) -> f64 {
        match loss {
            StoppingLoss::Data => self.val_loss,
            StoppingLoss::Objective => self.val_loss + self.penalty,
        }
    }
}

/// A run that was trained until the last of some rules ended it. A rule is a watched loss and a stopping rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Scores after each epoch.
    pub epochs: Vec<EpochScore>,
    /// For each watched loss and each stopping rule, the number of epochs after which the rule ends the run; `None` if it
    /// does not.
    pub stops: Vec<Vec<Option<usize>>>,
    /// Whether a loss or a weight was no longer finite.
    pub diverged: bool,
}

impl Combinations {
    /// Reads `multiverse.json` and `readings.csv` in a folder.
    ///
    /// # Errors
    /// A file that cannot be read; a table that is not as [`write_rows`](Self::write_rows) left it.
    pub fn open(folder: &Path) -> Result<(Self, Vec<CombinationRow>)> {
        let combinations: Self = read_json(&folder.join(COMBINATIONS))?;
        let rows = combinations.read_rows(folder)?;
        let rows = rows.with_context(|| format!("{}: not found", folder.join(READINGS).display()));
        Ok((combinations, rows?))
    }

    /// The rows of these combinations in a folder; none in a new folder.
    ///
    /// # Errors
    /// Rows of other combinations; as of [`open`](Self::open).
    pub fn rows_in(&self, folder: &Path) -> Result<Vec<CombinationRow>> {
        let record = folder.join(COMBINATIONS);
        if is_there(&record)? {
            let there: Self = read_json(&record)?;
            self.expect_same(&there)
                .with_context(|| folder.display().to_string())?;
        } else {
            ensure!(
                !is_there(&folder.join(READINGS))?,
                "{}: not found beside {READINGS}; expected the combinations that its rows are of",
                record.display()
            );
        }
        Ok(self.read_rows(folder)?.unwrap_or_default())
    }

    /// Writes `readings.csv`, and before it `SHA256SUMS`: with the checksum of the new table, and with that of the table
    /// `before`, which a kill between the two would leave. Gives the checksum of the new table.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_rows(
        &self,
        store: &Writer,
        rows: &[CombinationRow],
        before: Option<&str>,
    ) -> Result<String> {
        let table = self.to_csv(rows)?;
        let sum = sha256(&table);
        let sums = [Some(sum.as_str()), before].into_iter().flatten();
        let sums: String = sums.map(sum_of_table).collect();
        store.write(SHA256SUMS, sums.as_bytes())?;
        store.write(READINGS, &table)?;
        Ok(sum)
    }

    /// The rows of `readings.csv`, if it is there and `SHA256SUMS` has its checksum. No other file says what runs gave, so
    /// a changed table is an error.
    fn read_rows(&self, folder: &Path) -> Result<Option<Vec<CombinationRow>>> {
        let path = folder.join(READINGS);
        let Some(table) = read_if_there(&path)? else {
            return Ok(None);
        };
        let rows = self.parse_csv(&table);
        let rows = rows.with_context(|| path.display().to_string())?;
        let sums = read_if_there(&folder.join(SHA256SUMS))?.unwrap_or_default();
        let sums = String::from_utf8_lossy(&sums);
        let line = sum_of_table(&sha256(&table));
        ensure!(
            sums.lines().any(|it| it == line.trim_end()),
            "{}: checksum mismatch: its SHA-256 is not in {SHA256SUMS}; restore both files, or remove both to run the \
             combinations again",
            path.display()
        );
        Ok(Some(rows))
    }

    /// Checks that the rows of both can be in one table.
    fn expect_same(&self, there: &Self) -> Result<()> {
        for (what, same) in [
            ("version", self.version == there.version),
            ("data", self.data == there.data),
            ("experiments", self.experiments == there.experiments),
            ("choices", self.choices == there.choices),
            ("cells", self.cells == there.cells),
        ] {
            ensure!(
                same,
                "this folder holds combinations with different {what}; choose another folder"
            );
        }
        Ok(())
    }

    /// The number of choices that change the steps of a run; they come first.
    pub fn step_choices(&self) -> usize {
        let changes_steps = |it: &&Choice| !READ_OFF.contains(&it.setting.as_str());
        self.choices.iter().filter(changes_steps).count()
    }

    /// The number of rows from one run.
    pub fn rows_per_run(&self) -> usize {
        let read_off = &self.choices[self.step_choices()..];
        read_off.iter().map(|choice| choice.values.len()).product()
    }

    /// The literal reading: the first value of each choice.
    pub fn literal(&self) -> Vec<usize> {
        vec![0; self.choices.len()]
    }

    /// The chosen values in words, one for each choice.
    pub fn words(&self, chosen: &[usize]) -> Vec<String> {
        let choices = self.choices.iter().zip(chosen);
        choices.map(|(it, &at)| it.values[at].clone()).collect()
    }

    /// The quantities that the paper printed for an experiment.
    pub fn quantities(&self, experiment: &Experiment) -> Vec<Quantity> {
        let printed = |quantity: &Quantity| quantity.printed(&experiment.paper).is_some();
        Quantity::PRINTED.into_iter().filter(printed).collect()
    }

    /// The unit of distances from a printed number; 0 if there is none.
    pub fn unit(&self, experiment: &str, quantity: Quantity) -> f64 {
        let units = self.spread.get(experiment);
        let unit = units.and_then(|units| units.get(&quantity));
        unit.copied().unwrap_or(0.0)
    }

    /// The numbers that the paper printed for an experiment.
    pub fn printed(&self, experiment: &str) -> Printed {
        let found = self.experiments.iter().find(|it| it.id == experiment);
        found.map(|it| it.paper).unwrap_or_default()
    }

    /// The rows of a run. `cell` has the positions of the choices that change its steps. There is a row for each of the
    /// `wanted` positions of watched loss, stopping rule and weights. If the run diverged before a rule ended it, its last
    /// weights have no scores.
    pub fn read_off(
        &self,
        (experiment, seed, cell): (&str, u64, &[usize]),
        run: &Trajectory,
        (losses, weights): (&[StoppingLoss], &[Weights]),
        wanted: &[[usize; 3]],
    ) -> Vec<CombinationRow> {
        let row = |&[watched, stopping, at]: &[usize; 3]| {
            let stop = run.stops[watched][stopping];
            let epochs = &run.epochs[..stop.unwrap_or(run.epochs.len())];
            let best = best_epoch(epochs.iter().map(|it| it.watched(losses[watched])));
            let score = match weights[at] {
                Weights::Best => (best as usize).checked_sub(1).map(|at| &epochs[at]),
                Weights::Last if run.diverged && stop.is_none() => None,
                Weights::Last => epochs.last(),
            };
            CombinationRow {
                experiment: experiment.to_owned(),
                seed,
                chosen: cell
                    .iter()
                    .copied()
                    .chain([watched, stopping, at])
                    .collect(),
                stop_epoch: epochs.len() as u32,
                best_epoch: best,
                test_accuracy: score.map(|it| it.test_accuracy),
                test_loss: score.map(|it| it.test_loss),
            }
        };
        wanted.iter().map(row).collect()
    }

    fn header(&self) -> Vec<String> {
        let choices = self.choices.iter().map(|it| it.setting.replace('-', "_"));
        let first = FIRST.into_iter().map(str::to_owned);
        let last = LAST.into_iter().map(str::to_owned);
        first.chain(choices).chain(last).collect()
    }

    /// The bytes of `readings.csv`.
    ///
    /// # Errors
    /// Errors of the CSV library; none is known to occur.
    pub fn to_csv(&self, rows: &[CombinationRow]) -> Result<Vec<u8>> {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(self.header())?;
        let number = |x: Option<f64>| x.map(|x| x.to_string()).unwrap_or_default();
        for row in rows {
            let first = [row.experiment.clone(), row.seed.to_string()];
            let last = [
                row.stop_epoch.to_string(),
                row.best_epoch.to_string(),
                number(row.test_accuracy),
                number(row.test_loss),
            ];
            let fields = first.into_iter().chain(self.words(&row.chosen));
            table.write_record(fields.chain(last))?;
        }
        Ok(table.into_inner()?)
    }

    /// Reads `readings.csv`.
    ///
    /// # Errors
    /// An invalid row; the message has its line and the expected value.
    pub fn parse_csv(&self, bytes: &[u8]) -> Result<Vec<CombinationRow>> {
        let mut table = csv::Reader::from_reader(bytes);
        let found: Vec<&str> = table.headers()?.iter().collect();
        let expected = self.header();
        ensure!(
            found == expected,
            "expected the columns {}, found {}",
            expected.join(","),
            found.join(",")
        );
        let rows = table.records().zip(2..).map(|(record, line)| {
            let record = record?;
            let fields: Vec<&str> = record.iter().collect();
            self.parse_row(&fields).with_context(|| {
                let found = fields.join(",");
                format!("line {line}: expected a combination of these choices, found {found}")
            })
        });
        let rows: Vec<CombinationRow> = rows.collect::<Result<_>>()?;
        self.expect_whole_runs(&rows)?;
        Ok(rows)
    }

    /// Checks that rows come run by run, each run once, its rows in order; with seed 0, all of them.
    fn expect_whole_runs(&self, rows: &[CombinationRow]) -> Result<()> {
        let (mut seen, mut line, steps) = (HashSet::new(), 2, self.step_choices());
        let of = |row: &CombinationRow| {
            let cell = row.chosen[..steps].to_vec();
            (row.experiment.clone(), row.seed, cell)
        };
        for run in rows.chunk_by(|a, b| of(a) == of(b)) {
            let read_off = run.iter().map(|row| &row.chosen[steps..]);
            ensure!(
                read_off.is_sorted_by(|a, b| a < b)
                    && (run.len() == self.rows_per_run() || run[0].seed != 0),
                "line {line}: expected the {} rows of one run, in their order",
                self.rows_per_run()
            );
            ensure!(
                seen.insert(of(&run[0])),
                "line {line}: the rows of this run are in the table twice"
            );
            line += run.len();
        }
        Ok(())
    }

    fn parse_row(&self, fields: &[&str]) -> Option<CombinationRow> {
        let ([experiment, seed], rest) = fields.split_first_chunk()?;
        let (words, [stop_epoch, best_epoch, accuracy, loss]) = rest.split_last_chunk()?;
        let number = |text: &str| match text {
            "" => Some(None),
            text => text.parse::<f64>().ok().map(Some),
        };
        let choices = self.choices.iter().zip(words);
        let chosen = choices.map(|(it, word)| it.values.iter().position(|value| value == word));
        let known = self.experiments.iter().any(|it| it.id == *experiment);
        known.then_some(CombinationRow {
            experiment: (*experiment).to_owned(),
            seed: seed.parse().ok()?,
            chosen: chosen.collect::<Option<_>>()?,
            stop_epoch: stop_epoch.parse().ok()?,
            best_epoch: best_epoch.parse().ok()?,
            test_accuracy: number(accuracy)?,
            test_loss: number(loss)?,
        })
    }
}

/// The line on `readings.csv` in `SHA256SUMS`.
fn sum_of_table(sum: &str) -> String {
    format!("{sum}  {READINGS}\n")
}

const FIRST: [&str; 2] = ["experiment", "seed"];
const LAST: [&str; 4] = ["stop_epoch", "best_epoch", "test_accuracy", "test_loss"];
