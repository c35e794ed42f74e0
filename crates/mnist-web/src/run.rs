//! A run that is trained a few steps at a time.

use std::ops::ControlFlow;

use anyhow::{Context, Result, ensure};
use experiments::job::{Job, Planned};
use experiments::run::prepare::prepare;
use experiments::run::result::{self, ended, epoch_row};
use lab_results::store::RunResult;
use lab_results::suite::Settings;
use lab_results::tables::{EpochRow, RunEnd};
use mnist_data::Images;
use mnist_samples::{PixelData, Prepared};
use nn_core::{Params, Workspace};
use nn_train::{Event, Samples, State, observe};
use serde::Serialize;

/// The settings of a run, and what follows from them.
#[derive(Serialize)]
pub(crate) struct Begun<'a> {
    settings: &'a Settings,
    sizes: &'a [usize],
    /// The steps of an epoch.
    steps: usize,
    train: usize,
    validation: usize,
}

/// The progress of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Progress {
    /// The losses of the steps just done.
    losses: Vec<f64>,
    /// The epochs just finished.
    epochs: Vec<EpochRow>,
    epochs_done: u32,
    /// The steps of the present epoch.
    steps_done: usize,
    best_epoch: Option<u32>,
    end: Option<RunEnd>,
    divergence: Option<String>,
}

/// A run with its state.
pub(crate) struct Run {
    experiment: Planned,
    seed: u64,
    prepared: Prepared<'static, f32>,
    /// `None` after an error of the trainer, which has no cause in a run that could begin.
    state: Option<State<f32>>,
    end: Option<(RunEnd, Option<String>)>,
}

impl Run {
    pub(crate) fn new(experiment: Planned, seed: u64, data: &'static PixelData) -> Result<Self> {
        let prepared = prepare::<f32>(&experiment.settings, seed, data, None)?;
        Ok(Self {
            state: Some(prepared.trainer()?.into_state()),
            experiment,
            seed,
            prepared,
            end: None,
        })
    }

    fn state(&self) -> Result<&State<f32>> {
        self.state.as_ref().context("the run has failed")
    }

    /// The present weights or those of the best epoch, with the number of epochs that were finished then.
    fn params(&self, best: bool) -> Result<(u32, &Params<f32>)> {
        let state = self.state()?;
        if !best {
            return Ok((state.epochs_done(), &state.params));
        }
        let best = state.best.as_ref();
        let best = best.context("no epoch is finished, so none is the best")?;
        Ok((best.epoch, &best.params))
    }

    fn job(&self) -> Job<'_> {
        Job {
            experiment: &self.experiment,
            seed: self.seed,
        }
    }

    fn steps_per_epoch(&self) -> usize {
        let batch_size = self.experiment.settings.batch_size;
        self.prepared.train.len().div_ceil(batch_size)
    }

    /// Adds the position of the run.
    fn complete(&self, mut progress: Progress) -> Result<Progress> {
        let state = self.state()?;
        progress.epochs_done = state.epochs_done();
        progress.steps_done = state.steps_done;
        progress.best_epoch = state.best.as_ref().map(|best| best.epoch);
        let (end, divergence) = self.end.clone().unzip();
        (progress.end, progress.divergence) = (end, divergence.flatten());
        Ok(progress)
    }

    pub(crate) fn begun(&self) -> Begun<'_> {
        Begun {
            settings: &self.experiment.settings,
            sizes: self.prepared.network.sizes(),
            steps: self.steps_per_epoch(),
            train: self.prepared.train.len(),
            validation: self.prepared.validation.len(),
        }
    }

    pub(crate) fn train(&mut self, steps: usize) -> Result<Progress> {
        let mut progress = Progress::default();
        if steps > 0 && self.end.is_none() {
            let state = self.state.take().context("the run has failed")?;
            let per_epoch = self.steps_per_epoch();
            // Making a trainer takes about a millisecond.
            let mut trainer = self.prepared.resume(state)?;
            let outcome = trainer.run(observe(|event| {
                let may_stop = match *event {
                    Event::Step { step, loss, .. } => {
                        progress.losses.push(loss);
                        // The last step of an epoch includes the evaluation.
                        step < per_epoch
                    }
                    Event::EpochFinished { metrics, .. } => {
                        progress.epochs.push(epoch_row(&metrics));
                        true
                    }
                    _ => false,
                };
                match may_stop && progress.losses.len() >= steps {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            }));
            let state = trainer.into_state();
            (self.state, self.end) = (Some(state), ended(outcome)?);
        }
        self.complete(progress)
    }

    pub(crate) fn model(&self, best: bool) -> Result<Vec<u8>> {
        let (epoch, params) = self.params(best)?;
        result::model(&self.prepared, &self.job(), epoch, params)
    }

    pub(crate) fn classify(&self, best: bool, images: Vec<u8>) -> Result<Vec<u8>> {
        let (_, params) = self.params(best)?;
        let Prepared {
            network,
            normalizer,
            ..
        } = &self.prepared;
        let pixels = network.features();
        ensure!(
            images.len().is_multiple_of(pixels),
            "images have {} bytes; expected a multiple of {pixels}",
            images.len()
        );
        let images = Images::new(images.len() / pixels, 1, pixels, images)?;
        let mut workspace = Workspace::new();
        let x = normalizer.transform::<f32>(&images);
        let probabilities = network.predict_proba(params, &x, &mut workspace)?;
        let probabilities = probabilities.iter();
        Ok(probabilities.flat_map(|p| p.to_le_bytes()).collect())
    }

    /// The settings, and the result of a run that has ended.
    pub(crate) fn result(&self) -> Result<(&Settings, RunResult)> {
        let (end, divergence) = self.end.clone().context("the run has not ended")?;
        let (job, state) = (self.job(), self.state()?);
        let result = result::result(&self.prepared, &job, state, end, divergence)?;
        Ok((&self.experiment.settings, result))
    }
}
