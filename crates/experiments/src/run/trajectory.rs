//! A run with the test set scored after each epoch. The results of other watched losses, stopping rules and choices of
//! weights can be read off it. The scores select nothing.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use anyhow::Result;
use lab_results::combinations::{EpochScore, Trajectory};
use lab_results::suite::{Precision, Settings, StoppingLoss};
use lab_results::tables::RunEnd;
use mnist_samples::{PixelData, Prepared};
use nn_train::{Event, Float, Stopping, evaluate, observe};

use super::Threads;
use super::prepare::prepare;
use super::result::{ended, epoch_row};
use super::watch::Watch;

/// The rules that end a run: each of the stopping rules, applied to each of the losses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// The losses that early stopping may watch.
    pub(crate) losses: &'a [StoppingLoss],
    /// The stopping rules.
    pub(crate) stopping: &'a [Stopping],
    /// The positions of the losses and stopping rules that the run goes on for.
    pub(crate) wanted: &'a [(usize, usize)],
}

impl Rules<'_> {
    /// For each loss and each stopping rule, the number of epochs after which the rule ends the run.
    fn stops(&self, patience: u32, epochs: &[EpochScore]) -> Vec<Vec<Option<usize>>> {
        let each = self.losses.iter().map(|&loss| {
            let losses: Vec<f64> = epochs.iter().map(|epoch| epoch.watched(loss)).collect();
            let stops = self.stopping.iter();
            stops
                .map(|rule| rule.stops_after(patience, &losses))
                .collect()
        });
        each.collect()
    }

    /// Whether all wanted rules have ended the run.
    fn have_ended(&self, stops: &[Vec<Option<usize>>]) -> bool {
        let mut wanted = self.wanted.iter();
        wanted.all(|&(loss, stopping)| stops[loss][stopping].is_some())
    }
}

/// Trains until all wanted `rules` have ended the run or all epochs are done; `None` if the run was asked to stop.
///
/// # Errors
/// Data that does not fit the settings.
pub(crate) fn trajectory(
    settings: &Settings,
    seed: u64,
    rules: Rules<'_>,
    data: &PixelData,
    threads: Threads<'_>,
    watch: &mut dyn Watch,
) -> Result<Option<Trajectory>> {
    let settings = &Settings {
        stopping: Stopping::Never,
        // The trainer reports the penalty of an epoch's weights only if early stopping watches it.
        stopping_loss: StoppingLoss::Objective,
        ..settings.clone()
    };
    match settings.precision {
        Precision::F32 => {
            let prepared = prepare::<f32>(settings, seed, data, None)?;
            train(&prepared, rules, threads, watch)
        }
        Precision::F64 => {
            let prepared = prepare::<f64>(settings, seed, data, None)?;
            train(&prepared, rules, threads, watch)
        }
    }
}

fn train<F: Float>(
    prepared: &Prepared<'_, F>,
    rules: Rules<'_>,
    threads: Threads<'_>,
    watch: &mut dyn Watch,
) -> Result<Option<Trajectory>> {
    let patience = prepared.config.patience;
    let test = prepared.test_set();

    let mut epochs: Vec<EpochScore> = Vec::new();
    let (mut failure, mut steps_per_epoch) = (None, 0);
    let mut trainer = prepared.trainer()?.with_threads(threads.count);
    let end = trainer.run(observe(|event: &Event<'_, F>| {
        match *event {
            Event::EpochStarted { steps, .. } => steps_per_epoch = steps,
            Event::Step { epoch, step, .. } => watch.step(epoch, step, steps_per_epoch),
            Event::EpochFinished {
                metrics,
                is_best,
                state,
                ..
            } => {
                watch.epoch(&epoch_row(&metrics), is_best);
                match evaluate(&prepared.network, &state.params, &test) {
                    Ok(score) => epochs.push(EpochScore {
                        val_loss: metrics.validation.loss(),
                        penalty: metrics.stopping_penalty,
                        test_loss: score.loss(),
                        test_accuracy: score.accuracy(),
                    }),
                    Err(error) => failure = Some(error),
                }
                let stops = rules.stops(patience, &epochs);
                if failure.is_some() || rules.have_ended(&stops) {
                    return ControlFlow::Break(());
                }
            }
            _ => {}
        }
        match threads.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }));
    if let Some(error) = failure {
        return Err(error.into());
    }
    let stops = rules.stops(patience, &epochs);
    let end = ended(end)?;
    if end.is_none() && !rules.have_ended(&stops) {
        return Ok(None);
    }
    Ok(Some(Trajectory {
        epochs,
        stops,
        diverged: matches!(end, Some((RunEnd::Diverged, _))),
    }))
}
