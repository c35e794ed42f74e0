//! The file format of a checkpoint.
//!
//! A checkpoint is a safetensors file with
//! * the tensors of the run's [`State`],
//! * `times` [epochs × 3]: the seconds of each epoch,
//! * `steps` [steps × 3]: epoch, step and loss, if every step is logged,
//! * JSON under the metadata key `mnist-lab-checkpoint`, with the SHA-256 of the file. The SHA-256 is computed with 64
//!   zeros in its place.

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::atomic_file::sha256;
use lab_results::tables::{StepRow, TimingRow};
use nn_core::safetensors::{File, Tensor, write};
use nn_core::{Float, Mlp};
use nn_train::State;
use serde::{Deserialize, Serialize};

use crate::run::timing::Clock;

/// The version of the format that this code writes, the only one that it reads.
pub(super) const FORMAT: u32 = 4;

const HEADER: &str = "mnist-lab-checkpoint";
const TIMES: &str = "times";
const STEPS: &str = "steps";

/// A run between two steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<F> {
    /// A hash of everything that determines the run.
    pub identity: String,
    /// The state of the training.
    pub state: State<F>,
    /// The loss of every step so far, if it is logged.
    pub log: Option<Vec<StepRow>>,
    /// The time that the run has taken so far.
    pub clock: Clock,
}

/// A checkpoint's metadata.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    format: u32,
    sha256: String,
    identity: String,
    /// Seconds of the steps after the last epoch of `times`.
    seconds: f64,
    /// Whether every step is logged.
    logged: bool,
}

/// Rows of numbers as a tensor [rows × 3].
fn rows_tensor<T>(name: &str, rows: &[T], numbers: fn(&T) -> [f64; 3]) -> Tensor {
    let numbers: Vec<f64> = rows.iter().flat_map(numbers).collect();
    Tensor::new(name, &[rows.len(), 3], &numbers)
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

impl<F: Float> Checkpoint<F> {
    /// The file's bytes; the same checkpoint always gives the same bytes.
    ///
    /// # Errors
    /// Metadata that JSON or the header cannot hold; a run has none such.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut tensors = self.state.tensors();
        tensors.push(rows_tensor(TIMES, &self.clock.epochs, time_numbers));
        let log = self.log.as_deref();
        tensors.extend(log.map(|log| rows_tensor(STEPS, log, step_numbers)));
        let mut header = Header {
            format: FORMAT,
            sha256: "0".repeat(64),
            identity: self.identity.clone(),
            seconds: self.clock.seconds,
            logged: log.is_some(),
        };
        let bytes = |header: &Header| -> Result<Vec<u8>> {
            let header = serde_json::to_string(header)?;
            Ok(write(&tensors, Some((HEADER, &header)))?)
        };
        header.sha256 = sha256(&bytes(&header)?);
        bytes(&header)
    }

    /// Reads a checkpoint of a run of `network` from a file's bytes.
    ///
    /// # Errors
    /// A checkpoint of another format or network, or bytes that differ from those written.
    pub fn parse(bytes: &[u8], network: &Mlp) -> Result<Self> {
        let file = File::parse(bytes)?;
        let header = file.metadata(HEADER);
        let header = header.with_context(|| format!("metadata `{HEADER}` not found"))?;
        let header: Header =
            serde_json::from_str(header).with_context(|| format!("metadata `{HEADER}`"))?;
        if header.format != FORMAT {
            bail!("checkpoint format {}; expected {FORMAT}", header.format);
        }
        let times = file.rows(TIMES)?.into_iter().map(time_from);
        let log = match header.logged {
            true => Some(file.rows(STEPS)?.into_iter().map(step_from).collect()),
            false => None,
        };
        let checkpoint = Self {
            identity: header.identity,
            state: State::from_tensors(&file, network)?,
            log,
            clock: Clock {
                epochs: times.collect(),
                seconds: header.seconds,
            },
        };
        // The checkpoint is written again and must give the same bytes, its checksum included. So every
        // change of the file is noticed, even of a byte that has no meaning.
        ensure!(checkpoint.to_bytes()? == bytes, "checksum mismatch");
        Ok(checkpoint)
    }
}
