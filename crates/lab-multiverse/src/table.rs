//! `readings.csv`: one row for each reading of each trajectory.

use anyhow::{Context, Result, ensure};
use lab_results::suite::Weights;

use crate::grid::{Cell, Multiverse};

/// The name of the file of readings.
pub const READINGS: &str = "readings.csv";

/// What one combination of all choices gave with one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The experiment's id.
    pub experiment: String,
    /// The root of the run's randomness.
    pub seed: u64,
    /// Which values of the choices that change steps.
    pub cell: Cell,
    /// The stopping rule, by its place in the grid.
    pub stopping: usize,
    /// The choice of weights, by its place in the grid.
    pub weights: usize,
    /// The last epoch; that before it diverged, if it did.
    pub stop_epoch: u32,
    /// The epoch of the lowest validation loss up to there; 0 if there is none.
    pub best_epoch: u32,
    /// Of these weights on the test set; `None` if the run diverged before it had any.
    pub test_accuracy: Option<f64>,
    /// As the accuracy.
    pub test_loss: Option<f64>,
}

/// An epoch of a trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// On the validation set, in nats.
    pub val_loss: f64,
    /// On the test set, in nats.
    pub test_loss: f64,
    /// On the test set.
    pub test_accuracy: f64,
}

/// Reads all combinations of stopping and weights off a trajectory. `stops` are the numbers of epochs after which each
/// stopping rule ends it; `None` if none did, and then it is all of them. The last weights of a trajectory that
/// diverged before its rule ended it are none.
pub fn read_off(
    multiverse: &Multiverse,
    (experiment, seed, cell): (&str, u64, &Cell),
    epochs: &[Epoch],
    stops: &[Option<usize>],
    diverged: bool,
) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (stopping, stop) in stops.iter().enumerate() {
        let run = &epochs[..stop.unwrap_or(epochs.len())];
        let best = best_epoch(run);
        for (weights, choice) in multiverse.weights.iter().enumerate() {
            let epoch = match choice {
                Weights::Best => best.checked_sub(1),
                Weights::Last if diverged && stop.is_none() => None,
                Weights::Last => run.len().checked_sub(1),
            };
            let scored = epoch.map(|at| run[at]);
            readings.push(Reading {
                experiment: experiment.to_owned(),
                seed,
                cell: cell.clone(),
                stopping,
                weights,
                stop_epoch: run.len() as u32,
                best_epoch: best as u32,
                test_accuracy: scored.map(|it| it.test_accuracy),
                test_loss: scored.map(|it| it.test_loss),
            });
        }
    }
    readings
}

/// The first epoch of the lowest validation loss, from 1; 0 for no epochs.
fn best_epoch(run: &[Epoch]) -> usize {
    let mut best = 0;
    for (at, epoch) in run.iter().enumerate() {
        if best == 0 || epoch.val_loss < run[best - 1].val_loss {
            best = at + 1;
        }
    }
    best
}

const FIRST: [&str; 2] = ["experiment", "seed"];
const LAST: [&str; 6] = [
    "stopping",
    "weights",
    "stop_epoch",
    "best_epoch",
    "test_accuracy",
    "test_loss",
];

fn header(multiverse: &Multiverse) -> Vec<String> {
    let axes = multiverse
        .trained
        .iter()
        .map(|axis| axis.key.replace('-', "_"));
    let first = FIRST.into_iter().map(str::to_owned);
    first
        .chain(axes)
        .chain(LAST.into_iter().map(str::to_owned))
        .collect()
}

/// The table's bytes.
///
/// # Errors
/// None but the library's.
pub fn to_csv(multiverse: &Multiverse, readings: &[Reading]) -> Result<Vec<u8>> {
    let mut table = csv::WriterBuilder::new().from_writer(Vec::new());
    table.write_record(header(multiverse))?;
    let number = |x: Option<f64>| x.map(|x| x.to_string()).unwrap_or_default();
    for it in readings {
        let weights = match multiverse.weights[it.weights] {
            Weights::Best => "best",
            Weights::Last => "last",
        };
        let first = [it.experiment.clone(), it.seed.to_string()];
        let last = [
            multiverse.stopping[it.stopping].clone(),
            weights.to_owned(),
            it.stop_epoch.to_string(),
            it.best_epoch.to_string(),
            number(it.test_accuracy),
            number(it.test_loss),
        ];
        table.write_record(
            first
                .into_iter()
                .chain(multiverse.words(&it.cell))
                .chain(last),
        )?;
    }
    Ok(table.into_inner()?)
}

/// Reads the table.
///
/// # Errors
/// The line, and what is wrong there.
pub fn parse_csv(multiverse: &Multiverse, bytes: &[u8]) -> Result<Vec<Reading>> {
    let mut table = csv::Reader::from_reader(bytes);
    let found: Vec<&str> = table.headers()?.iter().collect();
    let expected = header(multiverse);
    ensure!(
        found == expected,
        "the columns are {}; expected {}",
        found.join(","),
        expected.join(",")
    );
    let mut readings = Vec::new();
    for (at, record) in table.records().enumerate() {
        let record = record?;
        let fields: Vec<&str> = record.iter().collect();
        let reading = parse(multiverse, &fields);
        readings.push(reading.with_context(|| {
            format!(
                "line {}: {} is no reading of this grid",
                at + 2,
                fields.join(",")
            )
        })?);
    }
    Ok(readings)
}

fn parse(multiverse: &Multiverse, fields: &[&str]) -> Option<Reading> {
    let ([experiment, seed], rest) = fields.split_first_chunk()?;
    let (cell, [stopping, weights, stop_epoch, best_epoch, accuracy, loss]) =
        rest.split_last_chunk()?;
    let number = |text: &str| match text {
        "" => Some(None),
        text => text.parse::<f64>().ok().map(Some),
    };
    let weights = match *weights {
        "best" => Weights::Best,
        "last" => Weights::Last,
        _ => return None,
    };
    let known = multiverse.experiments.iter().any(|it| it.id == *experiment);
    known.then_some(Reading {
        experiment: (*experiment).to_owned(),
        seed: seed.parse().ok()?,
        cell: multiverse.find(cell)?,
        stopping: multiverse.stopping.iter().position(|it| it == stopping)?,
        weights: multiverse.weights.iter().position(|it| *it == weights)?,
        stop_epoch: stop_epoch.parse().ok()?,
        best_epoch: best_epoch.parse().ok()?,
        test_accuracy: number(accuracy)?,
        test_loss: number(loss)?,
    })
}
