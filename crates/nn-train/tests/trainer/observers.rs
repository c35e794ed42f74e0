//! The events that observers receive, their order, and the end of a run by an observer.

use std::ops::ControlFlow;
use std::sync::Mutex;

use crate::common::{break_at, clouds, small, trainer, watch};
use nn_train::{Config, Error, Event, Observer, StopReason};

#[test]
fn events_come_in_the_documented_order() {
    let (train, validation) = (clouds::<f64>(11, 0.0, 0), clouds(5, 1.0, 0));
    let mut log = Vec::new();
    let mut seen = Vec::new();
    let observer = watch(|event: &Event<'_, f64>| match event {
        Event::EpochStarted { epoch, steps } => log.push(format!("epoch {epoch} of {steps} steps")),
        Event::Step {
            epoch, step, state, ..
        } => {
            let state = state.unwrap();
            assert_eq!((state.epochs_done(), state.steps_done), (epoch - 1, *step));
            seen.push(state.params.clone());
            log.push(format!("step {epoch}.{step}"));
        }
        Event::EvaluationStarted { epoch } => log.push(format!("evaluation {epoch}")),
        Event::EpochFinished { metrics, state, .. } => {
            assert_eq!((state.epochs_done(), state.steps_done), (metrics.epoch, 0));
            assert_eq!(Some(&state.params), seen.last());
            log.push(format!("finished {}", metrics.epoch));
        }
        other => panic!("{other:?}"),
    });
    let config = Config {
        epochs: 2,
        ..small()
    };
    trainer(config, &train, &validation).run(observer).unwrap();
    let expected = [
        "epoch 1 of 3 steps",
        "step 1.1",
        "step 1.2",
        "step 1.3",
        "evaluation 1",
        "finished 1",
        "epoch 2 of 3 steps",
        "step 2.1",
        "step 2.2",
        "step 2.3",
        "evaluation 2",
        "finished 2",
    ];
    assert_eq!(log, expected);
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn an_observer_may_end_the_run_anywhere() {
    let (train, validation) = (clouds::<f32>(11, 0.0, 0), clouds(5, 1.0, 0));
    let stopped = |at: fn(&Event<'_, f32>) -> bool| {
        let mut trainer = trainer(small(), &train, &validation);
        let reason = trainer.run(break_at(at)).unwrap();
        let state = trainer.state();
        (reason, state.epochs_done(), state.steps_done)
    };
    use StopReason::{Interrupted, MaxEpochs};
    let started = stopped(|e| matches!(e, Event::EpochStarted { epoch: 2, .. }));
    assert_eq!(started, (Interrupted, 1, 0));
    let step = stopped(|e| {
        matches!(
            e,
            Event::Step {
                epoch: 2,
                step: 2,
                ..
            }
        )
    });
    assert_eq!(step, (Interrupted, 1, 2));
    let evaluation = stopped(|e| matches!(e, Event::EvaluationStarted { epoch: 2 }));
    assert_eq!(evaluation, (Interrupted, 1, 3));
    let finished =
        stopped(|e| matches!(e, Event::EpochFinished { state, .. } if state.epochs_done() == 2));
    assert_eq!(finished, (Interrupted, 2, 0));
    // The run ends here in any case.
    let last =
        stopped(|e| matches!(e, Event::EpochFinished { state, .. } if state.epochs_done() == 3));
    assert_eq!(last, (MaxEpochs, 3, 0));
}

#[test]
fn of_two_observers_the_first_hears_first() {
    let (train, validation) = (clouds::<f32>(11, 0.0, 0), clouds(5, 1.0, 0));
    let log = Mutex::new(Vec::new());
    let hear = |name, patience: usize| {
        let log = &log;
        let mut heard = 0;
        break_at(move |_| {
            log.lock().unwrap().push(name);
            heard += 1;
            heard == patience
        })
    };
    let reason = trainer(small(), &train, &validation).run((hear("a", 3), hear("b", 9)));
    assert_eq!(reason, Ok(StopReason::Interrupted));
    let heard = || std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(heard(), ["a", "b", "a", "b", "a"]);

    let reason = trainer(small(), &train, &validation).run((hear("a", 9), hear("b", 2)));
    assert_eq!(reason, Ok(StopReason::Interrupted));
    assert_eq!(heard(), ["a", "b", "a", "b"]);
}

#[test]
fn an_observer_that_fails_ends_the_run() {
    struct Fails(usize);
    impl Observer<f32> for Fails {
        type Error = &'static str;

        fn event(&mut self, _: &Event<'_, f32>) -> Result<ControlFlow<()>, &'static str> {
            self.0 -= 1;
            match self.0 {
                0 => Err("no room for a checkpoint"),
                _ => Ok(ControlFlow::Continue(())),
            }
        }
    }
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    // The events of an epoch: its start, three steps, the evaluation's start, its end.
    for (event, epochs, steps) in [(1, 0, 0), (3, 0, 2), (5, 0, 3), (6, 1, 0), (9, 1, 2)] {
        let mut trainer = trainer(small(), &train, &validation);
        let error = trainer.run(Fails(event)).unwrap_err();
        assert_eq!(error, Error::Observer("no room for a checkpoint"));
        assert_eq!(error.to_string(), "no room for a checkpoint");
        let state = trainer.state();
        assert_eq!((state.epochs_done(), state.steps_done), (epochs, steps));
        assert_eq!(state.history.len() as u32, epochs);
    }
}
