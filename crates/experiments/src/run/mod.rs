//! One run: an experiment with one seed, from the split to the test set.

pub mod checkpoint;
pub mod classify;
mod observer;
pub mod prepare;
pub mod result;
pub mod timed_epochs;
pub mod timing;
pub(crate) mod trajectory;
pub mod watch;

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail, ensure};
use lab_results::model::AnyModel;
use lab_results::store::{Extras, RunResult};
use lab_results::suite::{Precision, Settings};
use lab_results::tables::{RunEnd, StepRow, TimingRow};
use mnist_data::Dataset;
use mnist_samples::{InputForm, PixelData, Prepared};
use nn_core::SparseBytes;
use nn_train::{Float, State, Stream};

use checkpoint::{Checkpoint, Checkpoints};
use observer::RunObserver;
use prepare::prepare;
use result::{ended, model, result};
use timing::Stopwatch;
use watch::Watch;

use crate::job::Job;

/// The threads that a run may use, and the request to stop it.
#[derive(Clone, Copy, Debug)]
pub struct Threads<'a> {
    /// Number of threads.
    pub count: usize,
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

/// Trains and tests a job, from the weights of a model if there is one; `None` if the run was asked to stop and has left a
/// checkpoint. The result depends neither on the number of threads nor on where the run was stopped.
///
/// # Errors
/// Data that does not fit the settings, a checkpoint that cannot be written. A run that diverges is a result.
pub(crate) fn run(
    job: &Job<'_>,
    inputs: (&PixelData, Option<&AnyModel>),
    extras: Extras,
    threads: Threads<'_>,
    checkpoints: &Checkpoints,
    watch: &mut dyn Watch,
) -> Result<Option<RunResult>> {
    match job.experiment.settings.precision {
        Precision::F32 => Run::<f32>::new(job, inputs, extras, threads)?.finish(checkpoints, watch),
        Precision::F64 => Run::<f64>::new(job, inputs, extras, threads)?.finish(checkpoints, watch),
    }
}

/// A job that is about to be trained.
struct Run<'a, F> {
    job: &'a Job<'a>,
    extras: Extras,
    threads: Threads<'a>,
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
    fn new(
        job: &'a Job<'a>,
        (data, init_from): (&'a PixelData, Option<&AnyModel>),
        extras: Extras,
        threads: Threads<'a>,
    ) -> Result<Self> {
        Ok(Self {
            job,
            extras,
            threads,
            prepared: prepare(&job.experiment.settings, job.seed, data, init_from)?,
        })
    }

    /// Trains, then tests; `None` if the run was asked to stop.
    fn finish(self, checkpoints: &Checkpoints, watch: &mut dyn Watch) -> Result<Option<RunResult>> {
        let prepared = &self.prepared;
        let init = match self.extras.init {
            true => Some(model(prepared, self.job, 0, &prepared.initial)?),
            false => None,
        };
        let Some(trained) = self.train(checkpoints, watch)? else {
            return Ok(None);
        };
        let Trained {
            state,
            end,
            divergence,
            timings,
            steps,
        } = trained;
        Ok(Some(RunResult {
            timings,
            steps,
            init,
            ..result(prepared, self.job, &state, end, divergence)?
        }))
    }

    /// Trains, from a checkpoint if there is one; `None` if the run was asked to stop and has written one.
    fn train(
        &self,
        checkpoints: &Checkpoints,
        watch: &mut dyn Watch,
    ) -> Result<Option<Trained<F>>> {
        let log_steps = self.extras.steps;
        let (earlier, complaints) = checkpoints.newest::<F>(&self.prepared.network, log_steps)?;
        for complaint in complaints {
            watch.complaint(&complaint);
        }
        let (mut log, mut stopwatch) = (log_steps.then(Vec::new), Stopwatch::default());
        let trainer = match earlier {
            None => self.prepared.trainer()?,
            Some(Checkpoint {
                state,
                log: earlier,
                clock,
                ..
            }) => {
                watch.resumed(state.epochs_done(), state.steps_done);
                stopwatch = Stopwatch::resume(clock);
                log = log.and(earlier);
                let trainer = self.prepared.resume(state);
                trainer.with_context(|| format!("{}: resuming", checkpoints.folder.display()))?
            }
        };
        let mut trainer = trainer.with_threads(self.threads.count);
        let mut observer = RunObserver::new(watch, self.threads.stop, checkpoints, log, stopwatch);
        let Some((end, divergence)) = ended(trainer.run(&mut observer))? else {
            observer.write_checkpoint(trainer.state())?;
            return Ok(None);
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
}
