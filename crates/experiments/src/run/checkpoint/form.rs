//! The form of a checkpoint's file.
//!
//! It is a safetensors file: `params` and `velocity`, flat and in the run's precision, `best` once an epoch is
//! done; `history`, a row an epoch; `times`, seconds of each epoch; `steps`, rows of epoch, step and loss, if
//! every step is logged. The rest is JSON under the metadata key `mnist-lab-checkpoint`. That has the SHA-256 of
//! the whole file with 64 zeros in its own place.

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::tensors::{self, Tensor};
use lab_results::disk::whole::sha256;
use lab_results::tables::{StepRow, TimingRow};
use nn_core::{Float, Mlp, Params, Score};
use nn_train::{Best, EpochMetrics, State};
use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::run::timing::Clock;

/// The version of the format that this code writes, the only one that it reads.
pub(super) const FORMAT: u32 = 2;

const HEADER: &str = "mnist-lab-checkpoint";

/// A run between two steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<F> {
    /// What the run is made from, as a hash.
    pub identity: String,
    /// All that determines how it goes on.
    pub state: State<F>,
    /// The loss of every step so far, if it is logged.
    pub log: Option<Vec<StepRow>>,
    /// What it has cost so far.
    pub clock: Clock,
}

/// A checkpoint's metadata.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    format: u32,
    sha256: String,
    identity: String,
    steps_done: usize,
    best_epoch: Option<u32>,
    /// Epochs done.
    epochs: usize,
    /// Epochs timed.
    times: usize,
    /// Seconds of the steps after those.
    seconds: f64,
    /// Steps logged.
    log: Option<usize>,
}

/// An epoch's figures as numbers; sums, since means would be rounded. Counts are below 2⁵³.
fn epoch_numbers(metrics: &EpochMetrics) -> [f64; 7] {
    let score = |score: &Score| [score.loss_sum, score.correct as f64, score.examples as f64];
    let ([a, b, c], [d, e, f]) = (score(&metrics.train), score(&metrics.validation));
    [metrics.epoch.into(), a, b, c, d, e, f]
}

fn epoch_from(numbers: [f64; 7]) -> EpochMetrics {
    let score = |[loss_sum, correct, examples]: [f64; 3]| Score {
        loss_sum,
        correct: correct as usize,
        examples: examples as usize,
    };
    let [epoch, a, b, c, d, e, f] = numbers;
    EpochMetrics {
        epoch: epoch as u32,
        train: score([a, b, c]),
        validation: score([d, e, f]),
    }
}

fn step_numbers(row: &StepRow) -> [f64; 3] {
    [row.epoch.into(), row.step as f64, row.loss]
}

fn step_from([epoch, step, loss]: [f64; 3]) -> StepRow {
    StepRow {
        epoch: epoch as u32,
        step: step as usize,
        loss,
    }
}

fn time_numbers(row: &TimingRow) -> [f64; 3] {
    [row.epoch.into(), row.train_seconds, row.eval_seconds]
}

fn time_from([epoch, train_seconds, eval_seconds]: [f64; 3]) -> TimingRow {
    TimingRow {
        epoch: epoch as u32,
        train_seconds,
        eval_seconds,
    }
}

/// Rows of N numbers as a tensor [rows × N].
fn rows_tensor<T, const N: usize>(name: &str, rows: &[T], of: fn(&T) -> [f64; N]) -> Tensor {
    let numbers: Vec<f64> = rows.iter().flat_map(of).collect();
    Tensor::new(name, vec![rows.len(), N], &numbers)
}

/// The rows of a tensor [rows × N].
fn read_rows<T, const N: usize>(
    tensors: &SafeTensors<'_>,
    name: &str,
    rows: usize,
    from: fn([f64; N]) -> T,
) -> Result<Vec<T>> {
    let numbers: Vec<f64> = tensors::read(tensors, name, &[rows, N])?;
    let (rows, _) = numbers.as_chunks::<N>();
    Ok(rows.iter().map(|&row| from(row)).collect())
}

impl<F: Float> Checkpoint<F> {
    /// The file's bytes; the same checkpoint always gives the same.
    ///
    /// # Errors
    /// A text that JSON, or tensors that safetensors cannot hold; those of a run can be.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let state = &self.state;
        let flat = |name, params: &Params<F>| {
            Tensor::new(name, vec![params.as_slice().len()], params.as_slice())
        };
        let mut parts = vec![
            flat("params", &state.params),
            flat("velocity", &state.velocity),
        ];
        parts.extend(state.best.as_ref().map(|best| flat("best", &best.params)));
        parts.push(rows_tensor("history", &state.history, epoch_numbers));
        parts.push(rows_tensor("times", &self.clock.epochs, time_numbers));
        let log = self.log.as_deref();
        parts.extend(log.map(|log| rows_tensor("steps", log, step_numbers)));
        let mut header = Header {
            format: FORMAT,
            sha256: "0".repeat(64),
            identity: self.identity.clone(),
            steps_done: state.steps_done,
            best_epoch: state.best.as_ref().map(|best| best.epoch),
            epochs: state.history.len(),
            times: self.clock.epochs.len(),
            seconds: self.clock.seconds,
            log: log.map(<[StepRow]>::len),
        };
        let bytes =
            |header: &Header| tensors::serialise(&parts, HEADER, serde_json::to_string(header)?);
        header.sha256 = sha256(&bytes(&header)?);
        bytes(&header)
    }

    /// Reads a checkpoint of a run of `network` from a file's bytes.
    ///
    /// # Errors
    /// Bytes of which a single one is not as it was written; another format, another network.
    pub fn parse(bytes: &[u8], network: &Mlp) -> Result<Self> {
        let (tensors, header) = tensors::parse(bytes, HEADER)?;
        let header = header.with_context(|| format!("no metadata `{HEADER}`"))?;
        let header: Header =
            serde_json::from_str(&header).with_context(|| format!("metadata `{HEADER}`"))?;
        if header.format != FORMAT {
            bail!("checkpoint format {}; expected {FORMAT}", header.format);
        }
        let flat = |name| -> Result<Params<F>> {
            let numbers = tensors::read(&tensors, name, &[network.parameter_count()])?;
            Ok(Params::from_vec(network, numbers)?)
        };
        let best = |epoch| -> Result<Best<F>> {
            let params = flat("best")?;
            Ok(Best { epoch, params })
        };
        let checkpoint = Self {
            identity: header.identity,
            state: State {
                history: read_rows(&tensors, "history", header.epochs, epoch_from)?,
                steps_done: header.steps_done,
                params: flat("params")?,
                velocity: flat("velocity")?,
                best: header.best_epoch.map(best).transpose()?,
            },
            log: match header.log {
                None => None,
                Some(rows) => Some(read_rows(&tensors, "steps", rows, step_from)?),
            },
            clock: Clock {
                epochs: read_rows(&tensors, "times", header.times, time_from)?,
                seconds: header.seconds,
            },
        };
        // What was read gives these very bytes again, the checksum of the rest among them: so none of
        // them has changed, not even one that means nothing.
        ensure!(checkpoint.to_bytes()? == bytes, "its checksum does not fit");
        Ok(checkpoint)
    }
}
