//! Times epochs of training, for benchmarks.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result};
use lab_results::suite::Settings;
use mnist_samples::{InputForm, PixelData};
use nn_core::Init;
use nn_train::{EpochMetrics, Event, Observer, Stopping};

use super::prepare::classifier;
use crate::suites;

/// Size of the training part: the first examples of the data set.
pub const TRAINING: u32 = 48_000;

/// The training: the paper's experiment `momentum`, with these changes.
#[derive(Clone, Debug)]
pub struct Task {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// The batch size.
    pub batch: usize,
    /// Number of training examples, at most [`TRAINING`].
    pub examples: u32,
    /// Number of timed epochs, after one for warm-up; the most of them with early stopping.
    pub epochs: u32,
    /// When to stop.
    pub stopping: Stopping,
    /// Number of threads. A second one evaluates each epoch beside the next one's steps.
    pub threads: usize,
    /// Form of the first layer's input.
    pub input: InputForm,
}

/// The measured times.
#[derive(Clone, Debug)]
pub struct Timed {
    /// Seconds of each epoch until its evaluation begins.
    pub training: Vec<f64>,
    /// Seconds until each evaluation, on the training and the validation part, is done.
    pub evaluation: Vec<f64>,
    /// The last epoch's figures.
    pub last: EpochMetrics,
}

/// Trains and measures the times.
///
/// # Errors
/// Data of another shape than MNIST's, a batch larger than the examples.
pub fn timed_epochs(data: &PixelData, task: &Task) -> Result<Timed> {
    let paper = suites::load("paper")?;
    let momentum = &paper.select(&["momentum".to_owned()])?[0].settings;
    let settings = Settings {
        hidden: task.hidden.clone(),
        init: Init::GlorotUniform,
        batch_size: task.batch,
        epochs: 1 + task.epochs,
        stopping: task.stopping,
        input: task.input,
        ..momentum.clone()
    };
    let images = data.dataset().train().images().len() as u32;
    let train = (0..task.examples.min(TRAINING)).collect();
    let split = (train, (TRAINING..images).collect());
    let prepared = classifier(&settings, 0)?.prepare_parts::<f32>(data, split)?;

    let mut trainer = prepared.trainer()?.with_threads(task.threads);
    let mut clock = EpochTimer {
        since: Instant::now(),
        training: Vec::new(),
        evaluation: Vec::new(),
    };
    trainer.run(&mut clock)?;
    let last = trainer.state().history.last().context("no epoch")?;
    Ok(Timed {
        training: clock.training.split_off(1),
        evaluation: clock.evaluation.split_off(1),
        last: *last,
    })
}

/// Times an epoch from the end of the evaluation before, so that drawing the order counts.
struct EpochTimer {
    since: Instant,
    training: Vec<f64>,
    evaluation: Vec<f64>,
}

impl EpochTimer {
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let since = std::mem::replace(&mut self.since, now);
        (now - since).as_secs_f64()
    }
}

impl Observer<f32> for EpochTimer {
    type Error = Infallible;

    fn event(&mut self, event: &Event<'_, f32>) -> Result<ControlFlow<()>, Infallible> {
        match event {
            Event::EvaluationStarted { .. } => {
                let seconds = self.lap();
                self.training.push(seconds);
            }
            Event::EpochFinished { .. } => {
                let seconds = self.lap();
                self.evaluation.push(seconds);
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }
}
