//! The result of a run, from the state at its end.

use anyhow::{Result, bail};
use lab_results::model::{FORMAT, Metadata, Model};
use lab_results::store::{RunResult, TestResult};
use lab_results::suite::Weights;
use lab_results::tables::{EpochRow, RunEnd, RunRow};
use mnist_samples::Prepared;
use nn_core::{Float, Params};
use nn_train::{EpochMetrics, State, StopReason};

use super::classify::{classify, near_zero};
use crate::job::Job;

/// An epoch's line in `metrics.csv`.
pub fn epoch_row(metrics: &EpochMetrics) -> EpochRow {
    EpochRow {
        epoch: metrics.epoch,
        train_loss: metrics.train.loss(),
        train_accuracy: metrics.train.accuracy(),
        val_loss: metrics.validation.loss(),
        val_accuracy: metrics.validation.accuracy(),
        stopping_penalty: Some(metrics.stopping_penalty).filter(|&it| it != 0.0),
    }
}

/// The reason why training ended, and the description of a divergence; `None` if an observer interrupted it.
///
/// # Errors
/// Those of the trainer and of the observer. Divergence is not an error.
pub fn ended<E: Into<anyhow::Error> + std::fmt::Display>(
    outcome: Result<StopReason, nn_train::Error<E>>,
) -> Result<Option<(RunEnd, Option<String>)>> {
    match outcome {
        Ok(StopReason::EarlyStopping) => Ok(Some((RunEnd::EarlyStopping, None))),
        Ok(StopReason::MaxEpochs) => Ok(Some((RunEnd::MaxEpochs, None))),
        Ok(StopReason::Interrupted) => Ok(None),
        Err(error @ nn_train::Error::Diverged { .. }) => {
            Ok(Some((RunEnd::Diverged, Some(error.to_string()))))
        }
        Err(nn_train::Error::Observer(error)) => Err(error.into()),
        Err(error) => bail!("training: {error}"),
    }
}

/// The result of a run that ended in this state. Scores the run's weights on the test set, once: the best, or the last
/// if the settings say so. There are no times, logged steps or initial weights.
///
/// # Errors
/// A state of another network.
pub fn result<F: Float>(
    prepared: &Prepared<'_, F>,
    job: &Job<'_>,
    state: &State<F>,
    end: RunEnd,
    divergence: Option<String>,
) -> Result<RunResult> {
    let (row, test) = test(prepared, job, state, end)?;
    Ok(RunResult {
        row,
        epochs: state.history.iter().map(epoch_row).collect(),
        timings: Vec::new(),
        steps: None,
        init: None,
        test,
        divergence,
    })
}

fn test<F: Float>(
    prepared: &Prepared<'_, F>,
    job: &Job<'_>,
    state: &State<F>,
    end: RunEnd,
) -> Result<(RunRow, Option<TestResult>)> {
    let mut row = RunRow {
        experiment: job.experiment.id.clone(),
        seed: job.seed,
        epochs_run: state.epochs_done(),
        best_epoch: state.best.as_ref().map_or(0, |best| best.epoch),
        stop_reason: end,
        ..RunRow::default()
    };
    let best = state.best.as_ref();
    let Some((epoch, params)) = best.and_then(|best| match job.experiment.settings.weights {
        Weights::Best => Some((best.epoch, &best.params)),
        // The last weights of a diverged run are not from the end of an epoch.
        Weights::Last if end == RunEnd::Diverged => None,
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
    let (score, confusion, mistakes) = classify(&prepared.network, params, &prepared.test_set())?;
    row.test_loss = Some(score.loss());
    row.test_accuracy = Some(score.accuracy());
    row.near_zero = Some(near_zero(params));
    let test = TestResult {
        model: model(prepared, job, epoch, params)?,
        confusion,
        mistakes,
    };
    Ok((row, Some(test)))
}

/// The bytes of a model file with the run's weights after `epoch`.
///
/// # Errors
/// Metadata that does not fit JSON; that of an experiment does.
pub fn model<F: Float>(
    prepared: &Prepared<'_, F>,
    job: &Job<'_>,
    epoch: u32,
    params: &Params<F>,
) -> Result<Vec<u8>> {
    let dataset = prepared.data.dataset();
    let images = dataset.train().images();
    // The data set's name is needed only for class names; digits have none.
    let named = dataset.name().filter(|_| dataset.class_names().is_some());
    let model = Model {
        metadata: Metadata {
            format: FORMAT,
            experiment: job.experiment.id.clone(),
            seed: job.seed,
            epoch,
            image: [images.rows(), images.cols()],
            dataset: named.map(str::to_owned),
            settings: job.experiment.settings.clone(),
        },
        params: params.clone(),
        normalizer: prepared.normalizer.clone(),
    };
    model.to_bytes()
}
