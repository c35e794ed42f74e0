//! One run: an experiment with one seed, from the split to the test set.

pub mod checkpoint;
pub mod classify;
mod observer;
mod prepare;
pub mod timed_epochs;
pub mod timing;
pub mod trajectory;
pub mod watch;

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail, ensure};
use lab_results::model::{AnyModel, FORMAT, Metadata, Model};
use lab_results::store::{Extras, RunResult, TestResult};
use lab_results::suite::{Precision, Settings, Weights};
use lab_results::tables::{EpochRow, RunEnd, RunRow, StepRow, TimingRow};
use mnist_data::Dataset;
use mnist_samples::{InputForm, PixelData};
use nn_core::{Params, SparseBytes};
use nn_train::{Float, State, StopReason, Stream, Trainer};

use checkpoint::{Checkpoint, Checkpoints};
use classify::{classify, near_zero};
use observer::{RunObserver, epoch_row};
use prepare::Prepared;
use timing::Stopwatch;
use watch::Watch;

use crate::sweep::plan::Job;

/// Options of a run besides its settings. Only `init_from` changes the result.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<'a> {
    /// Threads that share the work of the run.
    pub threads: usize,
    /// Initial weights; random if `None`.
    pub init_from: Option<&'a AnyModel>,
    /// Files to write besides the usual ones.
    pub extras: Extras,
    /// Becomes true when the run is to stop after its next step.
    pub stop: &'a AtomicBool,
}

/// Checks that settings fit a data set, before any time is spent.
///
/// # Errors
/// An empty part of the split, a batch larger than the training part, a network that is too large, images that do not
/// fit the form of input, or initial weights of a different network.
pub fn check(settings: &Settings, dataset: &Dataset, init_from: Option<&AnyModel>) -> Result<()> {
    let images = dataset.train().images();
    let network = settings.network(images.pixels_per_image(), dataset.classes())?;
    if let Some(model) = init_from {
        let found = model.network();
        if found.sizes() != network.sizes() {
            bail!("initial weights: expected network {network}, found {found}");
        }
        let found = &model.metadata().settings;
        ensure!(
            network.depth() == 1 || found.activation == settings.activation,
            "initial weights: expected activation = {}, found {}",
            settings.activation,
            found.activation
        );
        ensure!(
            found.normalize == settings.normalize,
            "initial weights: expected normalize = {}, found {}",
            settings.normalize,
            found.normalize
        );
    }
    if settings.input == InputForm::Sparse {
        for part in [dataset.train(), dataset.test()] {
            let (images, pixels) = (part.images(), part.images().pixels_per_image());
            SparseBytes::check(images.as_bytes().len(), pixels).with_context(|| {
                let (rows, columns) = (images.rows(), images.cols());
                format!("input=sparse with images of {rows} × {columns} pixels")
            })?;
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

/// Trains and tests a job; `None` if the run was asked to stop and has left a checkpoint. The result depends neither on
/// the number of threads nor on where the run was stopped.
///
/// # Errors
/// Data that does not fit the settings, a checkpoint that cannot be written. A run that diverges is a result.
pub fn run(
    job: &Job<'_>,
    data: &PixelData,
    options: &RunOptions<'_>,
    checkpoints: &Checkpoints,
    watch: &mut dyn Watch,
) -> Result<Option<RunResult>> {
    match job.experiment.settings.precision {
        Precision::F32 => Run::<f32>::new(job, data, options)?.finish(checkpoints, watch),
        Precision::F64 => Run::<f64>::new(job, data, options)?.finish(checkpoints, watch),
    }
}

/// A job that is about to be trained.
struct Run<'a, F> {
    job: &'a Job<'a>,
    data: &'a PixelData,
    options: &'a RunOptions<'a>,
    prepared: Prepared<'a, F>,
}

/// The result of training.
struct Trained<F> {
    state: State<F>,
    end: RunEnd,
    divergence: Option<String>,
    timings: Vec<TimingRow>,
    steps: Option<Vec<StepRow>>,
}

impl<'a, F: Float> Run<'a, F> {
    fn new(job: &'a Job<'a>, data: &'a PixelData, options: &'a RunOptions<'a>) -> Result<Self> {
        let settings = &job.experiment.settings;
        Ok(Self {
            job,
            data,
            options,
            prepared: Prepared::new(settings, job.seed, data, options.init_from)?,
        })
    }

    /// Trains, then tests; `None` if the run was asked to stop.
    fn finish(self, checkpoints: &Checkpoints, watch: &mut dyn Watch) -> Result<Option<RunResult>> {
        let init = match self.options.extras.init {
            true => Some(self.model(0, &self.prepared.initial)?),
            false => None,
        };
        let Some(trained) = self.train(checkpoints, watch)? else {
            return Ok(None);
        };
        let (row, test) = self.test(&trained)?;
        Ok(Some(RunResult {
            row,
            epochs: trained.state.history.iter().map(epoch_row).collect(),
            timings: trained.timings,
            steps: trained.steps,
            init,
            test,
            divergence: trained.divergence,
        }))
    }

    /// Trains, from a checkpoint if there is one; `None` if the run was asked to stop and has written one.
    fn train(
        &self,
        checkpoints: &Checkpoints,
        watch: &mut dyn Watch,
    ) -> Result<Option<Trained<F>>> {
        let (earlier, complaints) = checkpoints.newest::<F>(&self.prepared.network)?;
        for complaint in complaints {
            watch.complaint(&complaint);
        }
        let (mut log, mut stopwatch) = (
            self.options.extras.steps.then(Vec::new),
            Stopwatch::default(),
        );
        let Prepared {
            network,
            config,
            train,
            validation,
            initial,
            ..
        } = &self.prepared;
        let trainer = match earlier {
            None => Trainer::new(network, config, initial.clone(), train, validation)?,
            Some(Checkpoint {
                state,
                log: earlier,
                clock,
                ..
            }) => {
                watch.resumed(state.epochs_done(), state.steps_done);
                stopwatch = Stopwatch::resume(clock);
                log = log.and(earlier);
                Trainer::resume(network, config, state, train, validation)
                    .with_context(|| format!("{}: resuming", checkpoints.folder.display()))?
            }
        };
        let mut trainer = trainer.with_threads(self.options.threads);
        let mut observer = RunObserver::new(watch, self.options.stop, checkpoints, log, stopwatch);
        let (end, divergence) = match trainer.run(&mut observer) {
            Ok(StopReason::EarlyStopping) => (RunEnd::EarlyStopping, None),
            Ok(StopReason::MaxEpochs) => (RunEnd::MaxEpochs, None),
            Ok(StopReason::Interrupted) => {
                observer.write_checkpoint(trainer.state())?;
                return Ok(None);
            }
            Err(error @ nn_train::Error::Diverged { .. }) => {
                (RunEnd::Diverged, Some(error.to_string()))
            }
            Err(nn_train::Error::Observer(error)) => return Err(error),
            Err(error) => bail!("training: {error}"),
        };
        let (timings, steps) = observer.into_rows();
        Ok(Some(Trained {
            state: trainer.into_state(),
            end,
            divergence,
            timings,
            steps,
        }))
    }

    /// Scores the run's weights on the test set, once: the best, or the last if the settings say so.
    fn test(&self, trained: &Trained<F>) -> Result<(RunRow, Option<TestResult>)> {
        let state = &trained.state;
        let mut row = RunRow {
            experiment: self.job.experiment.id.clone(),
            seed: self.job.seed,
            epochs_run: state.epochs_done(),
            best_epoch: state.best.as_ref().map_or(0, |best| best.epoch),
            stop_reason: trained.end,
            ..RunRow::default()
        };
        let settings = &self.job.experiment.settings;
        let best = state.best.as_ref();
        let Some((epoch, params)) = best.and_then(|best| match settings.weights {
            Weights::Best => Some((best.epoch, &best.params)),
            // The last weights of a diverged run are not from the end of an epoch.
            Weights::Last if trained.divergence.is_some() => None,
            Weights::Last => Some((state.epochs_done(), &state.params)),
        }) else {
            return Ok((row, None));
        };
        if let Some(then) = state.history.iter().find(|then| then.epoch == epoch) {
            let EpochRow {
                val_loss,
                val_accuracy,
                ..
            } = epoch_row(then);
            row.val_loss = Some(val_loss);
            row.val_accuracy = Some(val_accuracy);
        }
        let prepared = &self.prepared;
        let (score, confusion, mistakes) =
            classify(&prepared.network, params, &prepared.test_set())?;
        row.test_loss = Some(score.loss());
        row.test_accuracy = Some(score.accuracy());
        row.near_zero = Some(near_zero(params));
        let model = self.model(epoch, params)?;
        let test = TestResult {
            model,
            confusion,
            mistakes,
        };
        Ok((row, Some(test)))
    }

    /// The bytes of a model file with the run's weights after `epoch`.
    fn model(&self, epoch: u32, params: &Params<F>) -> Result<Vec<u8>> {
        let dataset = self.data.dataset();
        let images = dataset.train().images();
        // The data set's name is needed only for class names; digits have none.
        let named = dataset.name().filter(|_| dataset.class_names().is_some());
        let model = Model {
            metadata: Metadata {
                format: FORMAT,
                experiment: self.job.experiment.id.clone(),
                seed: self.job.seed,
                epoch,
                image: [images.rows(), images.cols()],
                dataset: named.map(str::to_owned),
                settings: self.job.experiment.settings.clone(),
            },
            params: params.clone(),
            normalizer: self.prepared.normalizer.clone(),
        };
        model.to_bytes()
    }
}
