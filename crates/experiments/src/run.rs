//! One run: an experiment with one seed, from the split to the test set.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mnist_data::Dataset;
use nn_core::{Mlp, Params, Scalar, Score, Workspace, softmax};
use nn_train::{Event, Observer, Samples, State, StopReason, Stream, Trainer};

use crate::checkpoint::{Checkpoint, Checkpoints};
use crate::model::{AnyModel, Card, FORMAT, Model};
use crate::pixels::{PixelData, PixelSamples};
use crate::settings::{Precision, Settings, Weights};
use crate::suite::Experiment;
use crate::tables::{ConfusionRow, EpochRow, MistakeRow, RunRow, StepRow, TimingRow};
use crate::tensors::Stored;
use crate::timing::Stopwatch;

/// What a run is asked for besides its settings. Only `init_from` changes its result.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<'a> {
    /// Threads that share its work.
    pub threads: usize,
    /// Weights to start from, instead of drawn ones.
    pub init_from: Option<&'a AnyModel>,
    /// Whether to keep the weights that it starts from.
    pub save_init: bool,
    /// Whether to keep the loss of every step.
    pub log_steps: bool,
    /// Becomes true when it is to stop after its next step.
    pub stop: &'a AtomicBool,
}

/// All that a run gives, in the shape of its files.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// Its line in `runs.csv`.
    pub row: RunRow,
    /// `metrics.csv`.
    pub epochs: Vec<EpochRow>,
    /// `timings.csv`.
    pub timings: Vec<TimingRow>,
    /// `steps.csv`, if asked for.
    pub steps: Option<Vec<StepRow>>,
    /// `init.safetensors`, if asked for.
    pub init: Option<Vec<u8>>,
    /// What is missing from a run that diverged in its first epoch.
    pub test: Option<TestResult>,
    /// Why it diverged, if it did.
    pub divergence: Option<String>,
}

/// What the run's weights, the best or the last, do on the test set.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// `model.safetensors`.
    pub model: Vec<u8>,
    /// `confusion.csv`.
    pub confusion: Vec<ConfusionRow>,
    /// `mistakes.csv`.
    pub mistakes: Vec<MistakeRow>,
}

/// Hears how far a run is.
pub trait Watch: Send {
    /// It goes on from a checkpoint, with these epochs and steps done.
    fn resumed(&mut self, epochs: u32, steps: usize);
    /// Something is not as it should be, but no reason to fail.
    fn complaint(&mut self, complaint: &str);
    /// A step is done, of so many in an epoch.
    fn step(&mut self, epoch: u32, step: usize, steps: usize);
    /// An epoch is done.
    fn epoch(&mut self, row: &EpochRow, is_best: bool);
}

/// Trains and tests an experiment with one seed; `None` if it was asked to stop and has left a
/// checkpoint. The result depends neither on the number of threads nor on where it was stopped.
///
/// # Errors
/// Data that does not fit the settings, a checkpoint that cannot be written. A run that diverges is a
/// result.
pub fn run(
    experiment: &Experiment,
    seed: u64,
    data: &PixelData,
    options: &RunOptions<'_>,
    checkpoints: &Checkpoints,
    watch: &mut dyn Watch,
) -> Result<Option<RunResult>> {
    match experiment.settings.precision {
        Precision::F32 => run_in::<f32>(experiment, seed, data, options, checkpoints, watch),
        Precision::F64 => run_in::<f64>(experiment, seed, data, options, checkpoints, watch),
    }
}

/// Checks that an experiment's settings fit a data set, before any time is spent.
///
/// # Errors
/// A split that leaves a part empty, a batch larger than the training part, a network that is too
/// large, weights to start from that are another network's.
pub fn check(
    experiment: &Experiment,
    dataset: &Dataset,
    init_from: Option<&AnyModel>,
) -> Result<()> {
    let settings = &experiment.settings;
    let images = dataset.train().images();
    let network = settings.network(images.pixels_per_image(), dataset.classes())?;
    if let Some(model) = init_from {
        let found = model.network();
        if found.sizes() != network.sizes() {
            bail!("weights to start from are of a network {found}; expected {network}");
        }
    }
    if dataset.test().images().is_empty() {
        bail!("the test set has no images; expected at least one");
    }
    let (train, _) = settings
        .split_rule()?
        .indices(images.len(), &mut Stream::Split.rng(0))?;
    if settings.batch_size > train.len() {
        bail!(nn_train::Error::<Infallible>::BatchSize {
            batch_size: settings.batch_size,
            examples: train.len(),
        });
    }
    Ok(())
}

fn run_in<F: Scalar + Stored>(
    experiment: &Experiment,
    seed: u64,
    data: &PixelData,
    options: &RunOptions<'_>,
    checkpoints: &Checkpoints,
    watch: &mut dyn Watch,
) -> Result<Option<RunResult>> {
    let settings = &experiment.settings;
    let dataset = data.dataset();
    let images = dataset.train().images();
    let config = settings.config(seed)?;
    let network = settings.network(images.pixels_per_image(), dataset.classes())?;

    let (train, validation) = settings
        .split_rule()?
        .indices(images.len(), &mut Stream::Split.rng(seed))?;
    let normalizer = settings.normalize.fit(images, &train);
    let train = data.training::<F>(train, &normalizer, settings.input);
    let validation = data.training::<F>(validation, &normalizer, settings.input);
    let initial = match options.init_from {
        None => network.init(settings.init, &mut Stream::Init.rng(seed)),
        Some(model) => model.params(),
    };
    let model = |epoch, params: &Params<F>| {
        let image = [images.rows(), images.cols()];
        let model = Model {
            card: card(experiment, seed, epoch, image),
            params: params.clone(),
            normalizer: normalizer.clone(),
        };
        model.to_bytes()
    };
    let init = options.save_init.then(|| model(0, &initial)).transpose()?;

    let (earlier, complaints) = checkpoints.newest::<F>(&network)?;
    for complaint in complaints {
        watch.complaint(&complaint);
    }
    let mut stopwatch = Stopwatch::default();
    let mut log = options.log_steps.then(Vec::new);
    let trainer = match earlier {
        None => Trainer::new(&network, &config, initial, &train, &validation)?,
        Some(Checkpoint {
            state,
            log: earlier,
            clock,
            ..
        }) => {
            watch.resumed(state.epochs_done(), state.steps_done);
            stopwatch = Stopwatch::resume(clock);
            log = log.and(earlier);
            Trainer::resume(&network, &config, state, &train, &validation)
                .with_context(|| format!("{}: going on", checkpoints.folder.display()))?
        }
    };
    let mut trainer = trainer.with_threads(options.threads)?;
    let mut observer = RunObserver {
        watch,
        stop: options.stop,
        checkpoints,
        written: Instant::now(),
        steps: 0,
        log,
        stopwatch,
    };
    let end = trainer.run(&mut observer);
    let (stop_reason, divergence) = match end {
        Ok(StopReason::EarlyStopping) => ("early-stopping", None),
        Ok(StopReason::MaxEpochs) => ("max-epochs", None),
        Ok(StopReason::Interrupted) => {
            observer.write_checkpoint(trainer.state())?;
            return Ok(None);
        }
        Err(error @ nn_train::Error::Diverged { .. }) => ("diverged", Some(error.to_string())),
        Err(nn_train::Error::Observer(error)) => return Err(error),
        Err(error) => bail!("training: {error}"),
    };
    let (timings, steps) = (observer.stopwatch.into_rows(), observer.log);

    let state = trainer.into_state();
    let mut row = RunRow {
        experiment: experiment.id.clone(),
        seed,
        epochs_run: state.epochs_done(),
        best_epoch: 0,
        stop_reason: stop_reason.to_owned(),
        val_loss: None,
        val_accuracy: None,
        test_loss: None,
        test_accuracy: None,
        near_zero: None,
    };
    let epochs: Vec<EpochRow> = state.history.iter().map(epoch_row).collect();
    row.best_epoch = state.best.as_ref().map_or(0, |best| best.epoch);
    let chosen = state.best.as_ref().and_then(|best| match settings.weights {
        Weights::Best => Some((best.epoch, &best.params)),
        // Those of a run that diverged are of no epoch's end.
        Weights::Last if divergence.is_some() => None,
        Weights::Last => Some((state.epochs_done(), &state.params)),
    });
    let test = match chosen {
        None => None,
        Some((epoch, params)) => {
            if let Some(then) = epochs.iter().find(|row| row.epoch == epoch) {
                row.val_loss = Some(then.val_loss);
                row.val_accuracy = Some(then.val_accuracy);
            }
            let test_set = data.testing::<F>(&normalizer, settings.input);
            let (score, confusion, mistakes) = classify(&network, params, &test_set)?;
            row.test_loss = Some(score.loss());
            row.test_accuracy = Some(score.accuracy());
            row.near_zero = Some(near_zero(params));
            Some(TestResult {
                model: model(epoch, params)?,
                confusion,
                mistakes,
            })
        }
    };
    Ok(Some(RunResult {
        row,
        epochs,
        timings,
        steps,
        init,
        test,
        divergence,
    }))
}

fn card(experiment: &Experiment, seed: u64, epoch: u32, image: [usize; 2]) -> Card {
    Card {
        format: FORMAT,
        experiment: experiment.id.clone(),
        seed,
        epoch,
        image,
        settings: Settings::clone(&experiment.settings),
    }
}

fn epoch_row(metrics: &nn_train::EpochMetrics) -> EpochRow {
    EpochRow {
        epoch: metrics.epoch,
        train_loss: metrics.train.loss(),
        train_accuracy: metrics.train.accuracy(),
        val_loss: metrics.validation.loss(),
        val_accuracy: metrics.validation.accuracy(),
    }
}

/// Classifies every image once: the score, the confusion matrix and the mistakes.
///
/// # Errors
/// Weights of another network than `network`, images of another size, labels of no class.
pub fn classify<F: Scalar>(
    network: &Mlp,
    params: &Params<F>,
    samples: &PixelSamples<'_, F>,
) -> Result<(Score, Vec<ConfusionRow>, Vec<MistakeRow>)> {
    let classes = network.classes();
    let mut counts = vec![0u64; classes * classes];
    let mut mistakes = Vec::new();
    let mut total = Score::default();
    let mut workspace = Workspace::new();
    let mut batch = samples.new_batch();
    let positions: Vec<u32> = (0..samples.len() as u32).collect();
    for positions in positions.chunks(256) {
        samples.gather(positions, &mut batch);
        let labels: Vec<u8> = positions
            .iter()
            .map(|&position| samples.labels()[position as usize])
            .collect();
        total += network.score(params, &batch, &labels, &mut workspace)?;
        let mut probabilities = network.forward(params, &batch, &mut workspace)?.to_owned();
        softmax(probabilities.view_mut());
        for ((row, &label), &position) in
            probabilities.rows().into_iter().zip(&labels).zip(positions)
        {
            let (predicted, probability) = most_probable(row.iter().copied());
            counts[usize::from(label) * classes + usize::from(predicted)] += 1;
            if predicted != label {
                mistakes.push(MistakeRow {
                    image: position as usize,
                    label,
                    predicted,
                    probability: probability.to_double(),
                });
            }
        }
    }
    // The sort is stable, so equal probabilities stay in the test set's order.
    mistakes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let confusion = counts
        .iter()
        .enumerate()
        .map(|(place, &count)| ConfusionRow {
            label: (place / classes) as u8,
            predicted: (place % classes) as u8,
            count,
        })
        .collect();
    Ok((total, confusion, mistakes))
}

/// The share of the weights, without biases, that are nearer to 0 than 10⁻³.
fn near_zero<F: Scalar>(params: &Params<F>) -> f64 {
    let layers = 0..params.network().depth();
    let weights = layers.flat_map(|layer| params.weight(layer).into_iter().copied());
    let (near, all) = weights.fold((0u64, 0u64), |(near, all), w| {
        (near + u64::from(w.to_double().abs() < 1e-3), all + 1)
    });
    near as f64 / all as f64
}

/// The first of the largest numbers, and its place.
pub fn most_probable<F: Scalar>(row: impl Iterator<Item = F>) -> (u8, F) {
    let mut best = (0, F::neg_infinity());
    for (k, p) in row.enumerate() {
        if p > best.1 {
            best = (k as u8, p);
        }
    }
    best
}

/// Passes the trainer's events on, times them, and writes checkpoints.
struct RunObserver<'a> {
    watch: &'a mut dyn Watch,
    stop: &'a AtomicBool,
    checkpoints: &'a Checkpoints,
    /// When the last checkpoint was.
    written: Instant,
    steps: usize,
    log: Option<Vec<StepRow>>,
    stopwatch: Stopwatch,
}

impl RunObserver<'_> {
    fn write_checkpoint<F: Scalar + Stored>(&mut self, state: &State<F>) -> Result<()> {
        let checkpoint = Checkpoint {
            identity: self.checkpoints.identity.clone(),
            state: state.clone(),
            log: self.log.clone(),
            clock: self.stopwatch.clock(),
        };
        self.checkpoints.write(&checkpoint)?;
        self.written = Instant::now();
        Ok(())
    }
}

impl<F: Scalar + Stored> Observer<F> for RunObserver<'_> {
    type Error = anyhow::Error;

    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>> {
        match *event {
            Event::EpochStarted { steps, .. } => {
                self.steps = steps;
                self.stopwatch.start();
            }
            Event::Step {
                epoch,
                step,
                loss,
                state,
            } => {
                if let Some(log) = &mut self.log {
                    log.push(StepRow { epoch, step, loss });
                }
                self.watch.step(epoch, step, self.steps);
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(ControlFlow::Break(()));
                }
                if self.written.elapsed() >= self.checkpoints.every {
                    self.write_checkpoint(state)?;
                }
            }
            Event::EvaluationStarted { .. } => self.stopwatch.steps_done(),
            Event::EpochFinished {
                metrics, is_best, ..
            } => {
                self.stopwatch.epoch_done(metrics.epoch);
                self.watch.epoch(&epoch_row(&metrics), is_best);
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }
}
