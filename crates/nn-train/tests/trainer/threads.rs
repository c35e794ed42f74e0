//! With two threads, an epoch is evaluated while the next begins. Nothing but the time may depend on it, however many
//! steps are done meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Array2;
use nn_train::{
    ArraySamples, Config, Error, Event, Samples, Silent, State, StopReason, Stopping, Trainer,
};

use crate::common::{
    Hooked, bits, break_at, clouds, diverging, initial, misled, network, small, trainer, watch,
};

const STEPS: usize = 3;

/// Training examples that count the steps for which they are gathered.
fn counting<'a>(samples: &'a ArraySamples<f32>, steps: &'a AtomicUsize) -> Hooked<'a, f32> {
    let before = move |positions: &[u32]| {
        // An evaluation gathers all examples at once.
        if positions.len() < samples.labels().len() {
            steps.fetch_add(1, Ordering::SeqCst);
        }
    };
    Hooked {
        samples,
        before: Box::new(before),
    }
}

/// Validation examples for which an evaluation waits until some steps of the next epoch are done: `until` is the number of
/// steps done at the end of each evaluation, counted from 1.
fn waiting<'a>(
    samples: &'a ArraySamples<f32>,
    steps: &'a AtomicUsize,
    until: impl Fn(usize) -> usize + Sync + 'a,
) -> Hooked<'a, f32> {
    let evaluations = AtomicUsize::new(0);
    let before = move |_: &[u32]| {
        let until = until(evaluations.fetch_add(1, Ordering::SeqCst) + 1);
        while steps.load(Ordering::SeqCst) < until {
            std::thread::yield_now();
        }
    };
    Hooked {
        samples,
        before: Box::new(before),
    }
}

/// What an observer can tell of an event. The state of a step that is done ahead is not there.
fn told(event: &Event<'_, f32>) -> String {
    match event {
        Event::Step {
            epoch,
            step,
            loss,
            state,
        } => {
            if let Some(state) = state {
                assert_eq!((state.epochs_done() + 1, state.steps_done), (*epoch, *step));
            }
            format!("step {epoch}.{step}: {loss}")
        }
        Event::EpochFinished {
            metrics,
            is_best,
            state,
        } => {
            format!("finished: {metrics:?}, {is_best}, {:?}", bits(state))
        }
        other => format!("{other:?}"),
    }
}

/// The end of a run.
#[derive(Debug, PartialEq)]
struct End {
    reason: Result<StopReason, Error>,
    events: Vec<String>,
    state: Vec<u64>,
}

/// Runs with one thread, from a state if there is one.
fn alone(
    config: &Config,
    train: &ArraySamples<f32>,
    validation: &ArraySamples<f32>,
    from: Option<State<f32>>,
) -> End {
    let trainer = match from {
        None => trainer(config.clone(), train, validation),
        Some(state) => {
            let config = config.clone().check().unwrap();
            Trainer::resume(&network(), &config, state, train, validation).unwrap()
        }
    };
    end(trainer, usize::MAX).0
}

/// Runs with two threads, of which the first does `ahead` steps while the second evaluates, but no more than `most` steps
/// in all, and interrupts the run at an event.
fn together(
    config: &Config,
    train: &ArraySamples<f32>,
    validation: &ArraySamples<f32>,
    (ahead, most): (usize, usize),
    interrupt: usize,
) -> (End, State<f32>) {
    let (steps, per_epoch, epochs) = (
        AtomicUsize::new(0),
        train.labels().len().div_ceil(4),
        config.epochs as usize,
    );
    let train = counting(train, &steps);
    let validation = waiting(validation, &steps, move |epoch| match epoch < epochs {
        true => most.min(epoch * per_epoch + ahead),
        false => 0,
    });
    let config = config.clone().check().unwrap();
    let trainer = Trainer::new(&network(), &config, initial(), &train, &validation).unwrap();
    end(trainer.with_threads(2), interrupt)
}

fn end<S: Samples<f32>, V: Samples<f32>>(
    mut trainer: Trainer<'_, f32, S, V>,
    interrupt: usize,
) -> (End, State<f32>) {
    let mut events = Vec::new();
    let reason = trainer.run(break_at(|event| {
        events.push(told(event));
        events.len() >= interrupt
    }));
    let state = trainer.into_state();
    let end = End {
        reason,
        events,
        state: bits(&state),
    };
    (end, state)
}

/// Whether a run ends like one with one thread, with each of these numbers of steps ahead.
fn ahead_changes_nothing(
    config: &Config,
    (train, validation): (ArraySamples<f32>, ArraySamples<f32>),
    reason: StopReason,
    numbers: impl IntoIterator<Item = usize>,
) {
    let alone = alone(config, &train, &validation, None);
    assert_eq!(alone.reason, Ok(reason));
    for ahead in numbers {
        let limits = (ahead, usize::MAX);
        let (together, _) = together(config, &train, &validation, limits, usize::MAX);
        assert_eq!(together, alone, "{ahead} steps");
    }
}

#[test]
fn steps_done_during_an_evaluation_change_nothing() {
    let data = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    ahead_changes_nothing(&small(), data, StopReason::MaxEpochs, 0..=STEPS);
}

#[test]
fn a_step_done_during_an_evaluation_is_not_done_again() {
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    let steps = AtomicUsize::new(0);
    let train = counting(&train, &steps);
    let validation = waiting(&validation, &steps, |epoch| match epoch < 3 {
        true => epoch * STEPS + 2,
        false => 0,
    });
    let config = small().check().unwrap();
    let trainer = Trainer::new(&network(), &config, initial(), &train, &validation).unwrap();
    trainer.with_threads(2).run(Silent).unwrap();
    assert_eq!(steps.load(Ordering::SeqCst), 3 * STEPS);
}

#[test]
fn steps_after_the_end_are_thrown_away() {
    let config = Config {
        epochs: 9,
        stopping: Stopping::NoImprovement,
        patience: 2,
        ..small()
    };
    ahead_changes_nothing(&config, misled(), StopReason::EarlyStopping, [0, 1, 13]);
}

#[test]
fn an_interruption_loses_no_step_and_tells_none_twice() {
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    let complete = alone(&small(), &train, &validation, None);
    let steps = |events: &[String]| -> Vec<String> {
        events
            .iter()
            .filter(|event| event.starts_with("step"))
            .cloned()
            .collect()
    };
    for ahead in 0..=STEPS {
        for interrupt in 1..complete.events.len() {
            let (first, state) = together(
                &small(),
                &train,
                &validation,
                (ahead, usize::MAX),
                interrupt,
            );
            assert_eq!(
                first.reason,
                Ok(StopReason::Interrupted),
                "{ahead} steps, event {interrupt}"
            );
            let second = alone(&small(), &train, &validation, Some(state));
            assert_eq!(
                second.state, complete.state,
                "{ahead} steps, event {interrupt}"
            );
            let told = [steps(&first.events), steps(&second.events)].concat();
            assert_eq!(
                told,
                steps(&complete.events),
                "{ahead} steps, event {interrupt}"
            );
        }
    }
}

#[test]
fn a_step_ahead_that_diverges_is_told_in_its_turn_or_thrown_away() {
    let config = diverging();
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    let diverged = alone(&config, &train, &validation, None);
    let Err(Error::Diverged { epoch, step, .. }) = diverged.reason else {
        panic!("{:?}", diverged.reason);
    };
    let most = (epoch as usize - 1) * STEPS + step;
    // Early stopping ends this run after the epoch before, because the loss only rises.
    let stopping = Config {
        stopping: Stopping::NoImprovement,
        patience: epoch - 2,
        ..config.clone()
    };
    let stopped = alone(&stopping, &train, &validation, None);
    assert_eq!(stopped.reason, Ok(StopReason::EarlyStopping));
    for ahead in 0..=STEPS {
        let both = |config| together(config, &train, &validation, (ahead, most), usize::MAX).0;
        assert_eq!(both(&config), diverged, "{ahead} steps");
        assert_eq!(both(&stopping), stopped, "{ahead} steps");
    }
}

#[test]
fn a_panic_on_either_thread_ends_the_run() {
    let data = clouds::<f32>(11, 0.0, 0);
    let (steps, wrong) = (AtomicUsize::new(0), Array2::zeros((5, 2)));
    let validation = ArraySamples::new(wrong, vec![0; 5]).unwrap();
    let train = counting(&data, &steps);
    let validation = waiting(&validation, &steps, |_| panic!("as planned"));
    let config = small().check().unwrap();
    let trainer = || {
        Trainer::new(&network(), &config, initial(), &train, &validation)
            .unwrap()
            .with_threads(2)
    };
    let evaluation = catch_unwind(AssertUnwindSafe(|| trainer().run(Silent)));
    let observer = catch_unwind(AssertUnwindSafe(|| {
        trainer().run(watch(|event| {
            if let Event::Step { .. } = event {
                panic!("as planned");
            }
        }))
    }));
    assert!(evaluation.is_err() && observer.is_err());
}
