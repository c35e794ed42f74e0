//! How long an epoch of training takes: the task that benchmarks time.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result};
use mnist_data::Normalize;
use nn_core::{Activation, Init, Mlp};
use nn_train::{Config, EpochMetrics, Event, Observer, Stopping, Stream, Trainer};

use mnist_samples::{InputForm, PixelData};

/// Examples in the training part: the first of the data set's.
pub const TRAINING: u32 = 48_000;

/// What is trained, in `f32` with tanh, each image normalised for itself.
#[derive(Clone, Debug)]
pub struct Task {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Examples in a step.
    pub batch: usize,
    /// How many examples to train on, at most [`TRAINING`].
    pub examples: u32,
    /// Epochs that are timed, after one more to warm up.
    pub epochs: u32,
    /// Threads that share each step.
    pub threads: usize,
    /// How the first layer sees its input.
    pub input: InputForm,
}

/// What was timed.
#[derive(Clone, Debug)]
pub struct Timed {
    /// Seconds of training in each epoch.
    pub training: Vec<f64>,
    /// Seconds of the evaluation after each, on the training and the validation part.
    pub evaluation: Vec<f64>,
    /// The last epoch's figures.
    pub last: EpochMetrics,
}

/// Trains and tells how long that took.
///
/// # Errors
/// Data of another shape than MNIST's, a batch larger than the examples, no threads.
pub fn timed_epochs(data: &PixelData, task: &Task) -> Result<Timed> {
    let images = data.dataset().train().images();
    let train: Vec<u32> = (0..task.examples.min(TRAINING)).collect();
    let validation: Vec<u32> = (TRAINING..images.len() as u32).collect();
    let normalizer = Normalize::PerImage.fit(images, &train);
    let train = data.training::<f32>(train, &normalizer, task.input);
    let validation = data.training::<f32>(validation, &normalizer, task.input);

    let mut sizes = vec![images.pixels_per_image()];
    sizes.extend(&task.hidden);
    sizes.push(data.dataset().classes());
    let network = Mlp::new(&sizes, Activation::Tanh)?;
    let config = Config {
        learning_rate: 0.1,
        momentum: 0.9,
        batch_size: task.batch,
        epochs: 1 + task.epochs,
        stopping: Stopping::Never,
        ..Config::default()
    }
    .check()?;
    let initial = network.init(Init::GlorotUniform, &mut Stream::Init.rng(config.seed));

    let mut trainer = Trainer::new(&network, &config, initial, &train, &validation)?
        .with_threads(task.threads)?;
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

/// Times an epoch from the evaluation before it to its own, so that drawing the order counts.
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
