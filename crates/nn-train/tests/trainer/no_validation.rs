//! Without early stopping, a run needs no validation set.

use crate::common::{bits, break_at_event, clouds, initial, network, small, watch};
use nn_train::{
    ArraySamples, Config, Event, Penalty, Silent, State, StopReason, Stopping, Trainer,
};

fn run(config: &Config, threads: usize, state: State<f32>, break_at: usize) -> State<f32> {
    let (config, train) = (config.clone().check().unwrap(), clouds::<f32>(11, 0.0, 0));
    let mut trainer = Trainer::resume(&network(), &config, state, &train, &())
        .unwrap()
        .with_threads(threads);
    let no_best = watch(|event| {
        if let Event::EpochFinished { is_best, .. } = event {
            assert!(!is_best);
        }
    });
    let end = trainer.run((no_best, break_at_event(break_at)));
    assert!(
        matches!(end, Ok(StopReason::MaxEpochs | StopReason::Interrupted)),
        "{end:?}"
    );
    trainer.into_state()
}

#[test]
fn a_run_without_validation_takes_the_same_steps_and_selects_the_last_weights() {
    let config = Config {
        stopping_penalty: Penalty {
            l2: 1.0,
            ..Penalty::default()
        },
        ..small()
    };
    let state = run(&config, 1, State::new(initial()), usize::MAX);
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    let checked = config.clone().check().unwrap();
    let mut with = Trainer::new(&network(), &checked, initial(), &train, &validation).unwrap();
    with.run(Silent).unwrap();
    assert_eq!(state.params, with.state().params);
    assert_eq!(state.best, None);
    assert_eq!(state.best_params(), &state.params);
    assert_eq!(state.history.len(), 3);
    for (without, with) in state.history.iter().zip(&with.state().history) {
        assert_eq!(without.train, with.train);
        assert_eq!(without.validation.examples, 0);
        assert!(without.validation.loss().is_nan() && without.watched_loss().is_nan());
    }
    for break_at in 1..18 {
        let half = run(&config, 2, State::new(initial()), break_at);
        let whole = run(&config, 1, half, usize::MAX);
        assert_eq!(bits(&whole), bits(&state), "event {break_at}");
    }
}

#[test]
fn early_stopping_needs_validation() {
    let (network, train) = (network(), clouds::<f32>(11, 0.0, 0));
    let none = ArraySamples::new(ndarray::Array2::zeros((0, 2)), vec![]).unwrap();
    for stopping in Stopping::ALL {
        let config = Config {
            stopping,
            ..small()
        };
        let config = config.check().unwrap();
        let trainer = Trainer::new(&network, &config, initial(), &train, &none);
        let expected = "the validation set is empty; expected at least one example, or the stopping rule never";
        match stopping {
            Stopping::Never => assert!(trainer.is_ok()),
            _ => assert_eq!(trainer.err().unwrap().to_string(), expected),
        }
        // Nor does a run with early stopping continue one without validation.
        let state = run(&small(), 1, State::new(initial()), 7);
        let validation = clouds(5, 1.0, 0);
        let resumed = Trainer::resume(&network, &config, state, &train, &validation);
        match stopping {
            Stopping::Never => assert!(resumed.is_ok()),
            _ => assert_eq!(
                resumed.err().unwrap().to_string(),
                "not a state of this run: epoch 1 has a validation loss of NaN"
            ),
        }
    }
}
