//! A run whose test set is scored after each epoch, so that what other stopping rules and other choices of weights
//! would have given can be read off it. Nothing is chosen by those scores.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use lab_results::combinations::{EpochScore, Trajectory};
use lab_results::suite::{Precision, Settings};
use mnist_samples::PixelData;
use nn_train::{Event, Float, StopReason, Stopping, Stream, Trainer, evaluate, observe};

/// Trains with these settings, but for their stopping rule, until all of `rules` have ended the run or all epochs are
/// done; `None` if it was asked to stop. The network's thread is the caller's.
///
/// # Errors
/// Data that does not fit the settings.
pub fn trajectory(
    settings: &Settings,
    seed: u64,
    rules: &[Stopping],
    data: &PixelData,
    stop: &AtomicBool,
) -> Result<Option<Trajectory>> {
    match settings.precision {
        Precision::F32 => train::<f32>(settings, seed, rules, data, stop),
        Precision::F64 => train::<f64>(settings, seed, rules, data, stop),
    }
}

fn train<F: Float>(
    settings: &Settings,
    seed: u64,
    rules: &[Stopping],
    data: &PixelData,
    stop: &AtomicBool,
) -> Result<Option<Trajectory>> {
    let (images, classes) = (data.dataset().train().images(), data.dataset().classes());
    let network = settings.network(images.pixels_per_image(), classes)?;
    let (train, validation) = settings
        .split_rule()?
        .indices(images.len(), &mut Stream::Split.rng(seed))?;
    let normalizer = settings.normalize.fit(images, &train);
    let form = settings.input;
    let train = data.training(train, &normalizer, form);
    let validation = data.training(validation, &normalizer, form);
    let test = data.testing::<F>(&normalizer, form);
    let initial = network.init(settings.init, &mut Stream::Init.rng(seed));
    let mut config = (*settings.config(seed)?).clone();
    config.stopping = Stopping::Never;
    let config = config.check()?;

    let mut epochs: Vec<EpochScore> = Vec::new();
    let (mut losses, mut failure) = (Vec::new(), None);
    let ended = |losses: &[f64]| {
        let stops = rules
            .iter()
            .map(|rule| rule.stops_after(settings.patience, losses));
        stops.collect::<Vec<Option<usize>>>()
    };
    let mut trainer = Trainer::new(&network, &config, initial, &train, &validation)?;
    let end = trainer.run(observe(|event: &Event<'_, F>| {
        if let Event::EpochFinished { metrics, state, .. } = event {
            match evaluate(&network, &state.params, &test) {
                Ok(score) => epochs.push(EpochScore {
                    val_loss: metrics.validation.loss(),
                    test_loss: score.loss(),
                    test_accuracy: score.accuracy(),
                }),
                Err(error) => failure = Some(error),
            }
            losses.push(metrics.validation.loss());
            if failure.is_some() || ended(&losses).iter().all(Option::is_some) {
                return ControlFlow::Break(());
            }
        }
        match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }));
    if let Some(error) = failure {
        return Err(error.into());
    }
    let stops = ended(&losses);
    let diverged = match end {
        Ok(StopReason::Interrupted) if stops.iter().any(Option::is_none) => return Ok(None),
        Ok(_) => false,
        Err(nn_train::Error::Diverged { .. }) => true,
        Err(error) => bail!("training: {error}"),
    };
    Ok(Some(Trajectory {
        epochs,
        stops,
        diverged,
    }))
}
