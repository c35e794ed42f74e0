//! A resumed run ends like an uninterrupted one. A state of another run is refused.

use crate::common::{bits, break_at_event, clouds, finished, initial, network, small};
use nn_core::{Activation, Mlp, Params};
use nn_train::{
    ArraySamples, Config, EpochMetrics, Float, Penalty, Silent, State, StopReason, Stopping,
    Trainer, ValidConfig,
};
use proptest::prelude::*;

/// A run that is interrupted after the given numbers of events, and each time resumed by a new trainer from a copy of
/// the state.
fn in_pieces<F: Float>(
    config: &ValidConfig,
    (train, validation): (&ArraySamples<F>, &ArraySamples<F>),
    pieces: &[usize],
) -> (StopReason, State<F>) {
    let network = network();
    let mut trainer = Trainer::new(&network, config, initial(), train, validation).unwrap();
    for &events in pieces {
        let reason = trainer.run(break_at_event(events)).unwrap();
        if reason != StopReason::Interrupted {
            return (reason, trainer.into_state());
        }
        let state = trainer.state().clone();
        trainer = Trainer::resume(&network, config, state, train, validation).unwrap();
    }
    (trainer.run(Silent).unwrap(), trainer.into_state())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_interrupted_run_ends_like_any_other(
        pieces in prop::collection::vec(1usize..25, 1..7),
        wrong in 0usize..4,
        shuffle: bool,
        l1 in prop_oneof![Just(0.0), Just(0.01)],
        stopping in prop_oneof![
            Just(Stopping::Consecutive), Just(Stopping::NoImprovement), Just(Stopping::Never),
        ],
    ) {
        let config = Config {
            penalty: Penalty { l1, ..Penalty::default() },
            momentum: 0.9,
            batch_size: 7,
            epochs: 6,
            patience: 2,
            stopping,
            shuffle,
            ..small()
        };
        let config = config.check().unwrap();
        let (train, validation) = (clouds::<f32>(30, 0.0, 0), clouds(10, 1.0, wrong));
        let whole = in_pieces(&config, (&train, &validation), &[]);
        let pieced = in_pieces(&config, (&train, &validation), &pieces);
        prop_assert_eq!(&pieced, &whole);
        prop_assert_eq!(bits(&pieced.1), bits(&whole.1));
    }
}

#[test]
fn a_state_of_another_network_is_not_taken_up() {
    let good = finished::<f64>(small());
    let other = Mlp::new(&[2, 4, 3], Activation::Tanh).unwrap();
    let foreign = || Params::<f64>::zeros(&other);
    type Spoil = fn(&mut State<f64>, Params<f64>);
    let spoils: [Spoil; 3] = [
        |state, foreign| state.params = foreign,
        |state, foreign| state.optimizer_state[0] = foreign,
        |state, foreign| state.best.as_mut().unwrap().params = foreign,
    ];
    let (train, validation) = (clouds(50, 0.0, 0), clouds(20, 1.0, 0));
    let config = small().check().unwrap();
    let resume = |state| Trainer::resume(&network(), &config, state, &train, &validation);
    assert!(resume(good.clone()).is_ok());
    for spoil in spoils {
        let mut state = good.clone();
        spoil(&mut state, foreign());
        assert_eq!(
            resume(state).err().unwrap().to_string(),
            "parameters of a network 2–4–3; expected 2–5–3"
        );
    }
}

#[test]
fn a_state_that_no_run_comes_to_is_not_taken_up() {
    let good = finished::<f64>(small());
    let (train, validation) = (clouds(50, 0.0, 0), clouds(20, 1.0, 0));
    type Spoil = fn(&mut State<f64>);
    let spoils: [(Spoil, &str); 7] = [
        (|state| state.steps_done = 1, "1 steps after the last epoch"),
        (|state| state.steps_done = 99, "99 steps of an epoch of "),
        (
            |state| {
                state.history.remove(0);
            },
            "epoch 2 where 1 is due",
        ),
        (
            |state| {
                let again = *state.history.last().unwrap();
                let epoch = again.epoch + 1;
                state.history.push(EpochMetrics { epoch, ..again });
            },
            "epoch 4 comes after the last",
        ),
        (
            |state| state.history[1].validation.loss_sum = f64::NAN,
            "epoch 2 has a validation loss of NaN",
        ),
        (|state| state.best = None, "the best epoch is none"),
        (
            |state| state.best.as_mut().unwrap().epoch += 1,
            "the best epoch is ",
        ),
    ];
    let config = small().check().unwrap();
    let resume = |state| Trainer::resume(&network(), &config, state, &train, &validation);
    for (spoil, expected) in spoils {
        let mut state = good.clone();
        spoil(&mut state);
        let message = resume(state).err().unwrap().to_string();
        assert!(
            message.starts_with("not a state of this run: ") && message.contains(expected),
            "{message}"
        );
    }
    // A state that continued after this configuration's last epoch is refused too.
    let impatient = Config {
        epochs: 2,
        ..small()
    };
    let config = impatient.check().unwrap();
    assert!(Trainer::resume(&network(), &config, good, &train, &validation).is_err());
}
