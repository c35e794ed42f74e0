//! The end of a run by early stopping, and its best weights.

use crate::common::{break_at, clouds, misled, network, small, trainer, watch};
use nn_train::{Config, Event, Penalty, Silent, StopReason, Stopping, Trainer, evaluate};

#[test]
fn the_best_weights_are_those_of_the_lowest_validation_loss() {
    // A high learning rate and some wrong labels, so that the validation loss falls and rises.
    let config = Config {
        learning_rate: 3.0,
        epochs: 25,
        ..small()
    };
    let (train, validation) = (clouds::<f32>(50, 0.0, 0), clouds(20, 1.0, 4));
    let mut epochs = Vec::new();
    let mut trainer = trainer(config, &train, &validation);
    let observer = watch(|event| {
        if let Event::EpochFinished {
            metrics,
            is_best,
            state,
        } = event
        {
            epochs.push((metrics.validation.loss(), *is_best, state.params.clone()));
            assert_eq!(state.history.last(), Some(metrics));
        }
    });
    trainer.run(observer).unwrap();

    let mut lowest = f64::INFINITY;
    let mut best = 0;
    for (i, (loss, is_best, _)) in epochs.iter().enumerate() {
        assert_eq!(*is_best, *loss < lowest, "epoch {}", i + 1);
        if *loss < lowest {
            (lowest, best) = (*loss, i);
        }
    }
    assert!(
        0 < best && best < 24,
        "epoch {}: first and last prove less",
        best + 1
    );
    let state = trainer.into_state();
    let kept = state.best.unwrap();
    assert_eq!(kept.epoch as usize, best + 1);
    assert_eq!(kept.params, epochs[best].2);
    assert_ne!(kept.params, state.params);
    let score = evaluate(&network(), &kept.params, &validation).unwrap();
    assert_eq!(score, state.history[best].validation);
}

#[test]
fn the_watched_loss_may_include_a_penalty() {
    let (train, validation) = (clouds::<f64>(50, 0.0, 0), clouds(20, 0.0, 4));
    let run = |l1: f64, l2: f64| {
        let penalty = Penalty {
            l1,
            l2,
            ..Penalty::default()
        };
        let config = Config {
            epochs: 25,
            stopping: Stopping::NoImprovement,
            stopping_penalty: penalty,
            ..small()
        };
        let mut trainer = trainer(config, &train, &validation);
        let end = trainer.run(Silent).unwrap();
        (end, trainer.into_state())
    };
    let (_, without) = run(0.0, 0.0);
    let (end, with) = run(0.5, 60.0);
    // The same steps, but their weights grow, and with them the watched loss.
    assert_eq!(end, StopReason::EarlyStopping);
    assert!(with.history.len() < without.history.len());
    assert_eq!(with.history[0].validation, without.history[0].validation);
    assert_eq!(without.history[0].stopping_penalty, 0.0);
    let network = network();
    let weights = network.layers().map(|layer| layer.weights());
    let weights = weights.flat_map(|range| with.params.as_slice()[range].iter());
    let penalty: f64 = weights.map(|w| 0.5 * w.abs() + 60.0 / 2.0 * w * w).sum();
    let last = with.history.last().unwrap();
    assert!((last.stopping_penalty - penalty).abs() < 1e-9 * penalty);
    let lowest = with
        .history
        .iter()
        .min_by(|a, b| a.watched_loss().total_cmp(&b.watched_loss()));
    assert_eq!(with.best.unwrap().epoch, lowest.unwrap().epoch);
}

#[test]
fn patience_ends_a_run() {
    let (train, validation) = misled();
    for stopping in [Stopping::Consecutive, Stopping::NoImprovement] {
        for patience in 1..=3 {
            let config = Config {
                stopping,
                patience,
                epochs: 9,
                ..small()
            };
            let mut trainer = trainer(config, &train, &validation);
            assert_eq!(trainer.run(Silent), Ok(StopReason::EarlyStopping));
            let state = trainer.state();
            let losses: Vec<f64> = state.history.iter().map(|m| m.validation.loss()).collect();
            assert!(losses.is_sorted(), "{losses:?}");
            assert_eq!(state.epochs_done(), patience + 1);
            assert_eq!(state.best.as_ref().unwrap().epoch, 1);
        }
    }
}

#[test]
fn a_run_that_has_ended_stays_ended() {
    let (train, validation) = misled();
    for (stopping, patience, reason, epochs) in [
        (Stopping::Consecutive, 3, StopReason::EarlyStopping, 4),
        (Stopping::Never, 3, StopReason::MaxEpochs, 4),
        (Stopping::NoImprovement, 2, StopReason::EarlyStopping, 3),
    ] {
        let config = Config {
            stopping,
            patience,
            epochs: 4,
            ..small()
        };
        let mut first = trainer(config.clone(), &train, &validation);
        // A checkpoint at the last event.
        let mut last = None;
        let observer = watch(|event| {
            if let Event::EpochFinished { state, .. } = event {
                last = Some((*state).clone());
            }
        });
        assert_eq!(first.run(observer), Ok(reason));
        let last = last.unwrap();
        assert_eq!(first.run(Silent), Ok(reason));
        assert_eq!(first.state(), &last);
        assert_eq!(last.epochs_done(), epochs);

        let config = config.check().unwrap();
        let mut resumed =
            Trainer::resume(&network(), &config, last.clone(), &train, &validation).unwrap();
        assert_eq!(resumed.run(Silent), Ok(reason));
        assert_eq!(resumed.into_state(), last);
    }
}

#[test]
fn a_break_in_the_epoch_that_ends_patience_is_early_stopping() {
    let (train, validation) = misled();
    let config = Config {
        stopping: Stopping::Consecutive,
        patience: 1,
        ..small()
    };
    let mut trainer = trainer(config, &train, &validation);
    let at =
        break_at(|e| matches!(e, Event::EpochFinished { state, .. } if state.epochs_done() == 2));
    assert_eq!(trainer.run(at), Ok(StopReason::EarlyStopping));
}
