//! What the trainer does, on data small enough to follow.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Mutex;

use ndarray::{Array2, Axis, array};
use nn_core::{Activation, DenseBatch, Grads, Init, Mlp, Params, Scalar, Workspace};
use nn_train::{
    ArraySamples, Config, EpochMetrics, Error, Event, Observer, Penalty, Samples, Silent, State,
    StopReason, Stopping, Stream, Trainer, ValidConfig, evaluate, objective, sgd_step,
};
use proptest::prelude::*;

/// Three overlapping clouds; every `wrong`-th label is another cloud's, none with 0.
fn clouds<F: Scalar>(count: usize, phase: f64, wrong: usize) -> ArraySamples<F> {
    let x = Array2::from_shape_fn((count, 2), |(i, j)| {
        let centre = [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]][i % 3][j];
        F::of(centre + (phase + 12.9898 * i as f64 + 78.233 * j as f64).sin())
    });
    let is_wrong = |i: usize| wrong > 0 && i.is_multiple_of(wrong);
    let y = (0..count)
        .map(|i| ((i + usize::from(is_wrong(i))) % 3) as u8)
        .collect();
    ArraySamples::new(x, y).unwrap()
}

fn network() -> Mlp {
    Mlp::new(&[2, 5, 3], Activation::Tanh).unwrap()
}

fn initial<F: Scalar>() -> Params<F> {
    network().init(Init::LecunNormal, &mut Stream::Init.rng(0))
}

/// Batches of 4, so that 11 examples make steps of 4, 4 and 3.
fn small() -> Config {
    Config {
        learning_rate: 0.2,
        momentum: 0.5,
        batch_size: 4,
        epochs: 3,
        stopping: Stopping::Never,
        ..Config::default()
    }
}

fn trainer<'a, F: Scalar, S: Samples<F>>(
    config: Config,
    train: &'a S,
    validation: &'a S,
) -> Trainer<'a, F, S> {
    let config = config.check().unwrap();
    Trainer::new(&network(), &config, initial(), train, validation).unwrap()
}

/// An observer made of a closure that says whether to go on.
struct Watch<W>(W);

impl<F, W: FnMut(&Event<'_, F>) -> ControlFlow<()>> Observer<F> for Watch<W> {
    type Error = Infallible;

    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>, Infallible> {
        Ok((self.0)(event))
    }
}

fn watch<F>(mut look: impl FnMut(&Event<'_, F>)) -> impl Observer<F, Error = Infallible> {
    Watch(move |event: &Event<'_, F>| {
        look(event);
        ControlFlow::Continue(())
    })
}

fn break_at<F>(at: impl Fn(&Event<'_, F>) -> bool) -> impl Observer<F, Error = Infallible> {
    Watch(move |event: &Event<'_, F>| match at(event) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })
}

/// A state's numbers as bits: `==` would take −0 for 0.
fn bits<F: Scalar>(state: &State<F>) -> Vec<u64> {
    let best = state.best.iter().flat_map(|best| best.params.as_slice());
    let figures = state.history.iter().flat_map(|epoch| {
        [epoch.train, epoch.validation].map(|s| s.loss_sum.to_bits() ^ s.correct as u64)
    });
    let numbers = state.params.as_slice().iter();
    numbers
        .chain(state.velocity.as_slice())
        .chain(best)
        .map(|w| w.to_double().to_bits())
        .chain(figures)
        .collect()
}

// Batches.

/// Keeps the positions of every training batch.
struct Recorder {
    inner: ArraySamples<f64>,
    batches: Mutex<Vec<Vec<u32>>>,
}

impl Recorder {
    fn new(inner: ArraySamples<f64>) -> Self {
        let batches = Mutex::default();
        Self { inner, batches }
    }
}

impl Samples<f64> for Recorder {
    type Batch = DenseBatch<f64>;

    fn features(&self) -> usize {
        self.inner.features()
    }

    fn labels(&self) -> &[u8] {
        self.inner.labels()
    }

    fn new_batch(&self) -> DenseBatch<f64> {
        self.inner.new_batch()
    }

    fn gather(&self, positions: &[u32], batch: &mut DenseBatch<f64>) {
        // An evaluation takes all examples at once.
        if positions.len() < self.len() {
            self.batches.lock().unwrap().push(positions.to_vec());
        }
        self.inner.gather(positions, batch);
    }
}

/// The positions of three epochs of three batches, and the batches' sizes.
fn orders(shuffle: bool, seed: u64) -> Vec<Vec<u32>> {
    let (train, validation) = (clouds(11, 0.0, 0), clouds(5, 1.0, 0));
    let (train, validation) = (Recorder::new(train), Recorder::new(validation));
    let config = Config {
        shuffle,
        seed,
        ..small()
    };
    trainer(config, &train, &validation).run(Silent).unwrap();
    assert!(validation.batches.lock().unwrap().is_empty());
    let batches = train.batches.into_inner().unwrap();
    let sizes: Vec<_> = batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 4, 3, 4, 4, 3, 4, 4, 3]);
    batches.chunks(3).map(<[_]>::concat).collect()
}

#[test]
fn an_epoch_sees_each_example_once_in_a_new_order() {
    let in_order: Vec<u32> = (0..11).collect();
    let orders = orders(true, 7);
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, in_order);
        assert_ne!(*order, in_order);
    }
    assert!(orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2]);
    assert_ne!(orders, self::orders(true, 8));
    assert_eq!(orders, self::orders(true, 7));
}

#[test]
fn without_shuffling_the_order_is_the_given_one() {
    let in_order: Vec<u32> = (0..11).collect();
    assert_eq!(orders(false, 7), vec![in_order; 3]);
}

/// One epoch written out: algorithm 1 by `loss_and_grad` on the rows of each batch.
#[test]
fn a_short_batch_has_its_own_mean() {
    let (train, validation) = (clouds::<f64>(9, 0.0, 0), clouds(5, 1.0, 0));
    let config = Config {
        momentum: 0.0,
        epochs: 1,
        shuffle: false,
        ..small()
    };
    let mut losses = Vec::new();
    let mut trainer = trainer(config, &train, &validation);
    let observer = watch(|event| {
        if let Event::Step { loss, .. } = event {
            losses.push(*loss);
        }
    });
    trainer.run(observer).unwrap();

    let (network, mut params, mut ws) = (network(), initial::<f64>(), Workspace::new());
    let mut grads = Grads::zeros(&network);
    let mut batch = train.new_batch();
    let mut expected = Vec::new();
    // The last batch is a single example, whose step is as long as any.
    for positions in [&[0, 1, 2, 3][..], &[4, 5, 6, 7], &[8]] {
        train.gather(positions, &mut batch);
        let y: Vec<u8> = positions.iter().map(|p| (p % 3) as u8).collect();
        let loss = network
            .loss_and_grad(&params, &batch, &y, &mut ws, &mut grads)
            .unwrap();
        expected.push(loss);
        for (w, d) in params.as_mut_slice().iter_mut().zip(grads.as_slice()) {
            *w -= 0.2 * d;
        }
    }
    assert_eq!(losses, expected);
    for (a, b) in params
        .as_slice()
        .iter()
        .zip(trainer.state().params.as_slice())
    {
        assert!((a - b).abs() < 1e-14, "{a} and {b}");
    }
}

/// 300 examples are two batches of an evaluation; each example counts the same all the same.
#[test]
fn an_evaluation_is_the_mean_over_all_examples() {
    let (train, validation) = (clouds::<f64>(300, 0.0, 0), clouds(7, 1.0, 0));
    let config = Config {
        epochs: 1,
        ..small()
    };
    let mut trainer = trainer(config, &train, &validation);
    trainer.run(Silent).unwrap();
    let state = trainer.state();
    let (network, mut ws) = (network(), Workspace::new());
    let found = state.history[0];
    for (score, samples) in [(found.train, &train), (found.validation, &validation)] {
        let mut batch = samples.new_batch();
        let (mut loss, mut correct) = (0.0, 0);
        for (i, &label) in samples.labels().iter().enumerate() {
            samples.gather(&[i as u32], &mut batch);
            let one = network
                .score(&state.params, &batch, &[label], &mut ws)
                .unwrap();
            loss += one.loss();
            correct += one.correct;
        }
        let count = samples.len();
        assert_eq!((score.examples, score.correct), (count, correct));
        assert!((score.loss() - loss / count as f64).abs() < 1e-12);
        assert_eq!(score.accuracy(), correct as f64 / count as f64);
        assert_eq!(evaluate(&network, &state.params, samples), Ok(score));
    }
}

// Seeds and precisions.

fn finished<F: Scalar>(config: Config) -> State<F> {
    let (train, validation) = (clouds(50, 0.0, 0), clouds(20, 1.0, 0));
    let mut trainer = trainer(config, &train, &validation);
    assert_eq!(trainer.run(Silent), Ok(StopReason::MaxEpochs));
    trainer.into_state()
}

fn the_seed_decides<F: Scalar>() {
    let run = |seed| finished::<F>(Config { seed, ..small() });
    let (first, again, other) = (run(1), run(1), run(2));
    assert_eq!(first, again);
    assert_eq!(bits(&first), bits(&again));
    assert_ne!(first.params, other.params);
    assert_ne!(first.history, other.history);
}

#[test]
fn the_seed_decides_every_bit() {
    the_seed_decides::<f32>();
    the_seed_decides::<f64>();
}

#[test]
fn both_precisions_learn_the_same() {
    let config = Config {
        epochs: 30,
        ..small()
    };
    let (single, double) = (finished::<f32>(config.clone()), finished::<f64>(config));
    let accuracy = |history: &[nn_train::EpochMetrics]| history[29].validation.accuracy();
    assert!(accuracy(&single.history) > 0.8 && accuracy(&double.history) > 0.8);
    for (a, b) in single
        .params
        .as_slice()
        .iter()
        .zip(double.params.as_slice())
    {
        assert!((f64::from(*a) - b).abs() < 1e-3, "{a} and {b}");
    }
}

// Early stopping.

#[test]
fn the_best_weights_are_those_of_the_lowest_validation_loss() {
    // A high rate and some wrong labels, so that the validation loss goes down and up.
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

/// Data on which the validation loss only rises: what is learnt is wrong there.
fn misled() -> (ArraySamples<f32>, ArraySamples<f32>) {
    (clouds(50, 0.0, 0), clouds(20, 1.0, 1))
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
    for (stopping, reason, epochs) in [
        (Stopping::Consecutive, StopReason::EarlyStopping, 4),
        (Stopping::Never, StopReason::MaxEpochs, 4),
        (Stopping::NoImprovement, StopReason::EarlyStopping, 3),
    ] {
        let config = Config {
            stopping,
            patience: if stopping == Stopping::NoImprovement {
                2
            } else {
                3
            },
            epochs: 4,
            ..small()
        };
        let mut first = trainer(config.clone(), &train, &validation);
        // A checkpoint made at the very last event.
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
    // The run is at its end anyway.
    let last =
        stopped(|e| matches!(e, Event::EpochFinished { state, .. } if state.epochs_done() == 3));
    assert_eq!(last, (MaxEpochs, 3, 0));
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

// Interruption.

/// Breaks at the given event, counted from 1.
fn break_at_event<F>(mut left: usize) -> impl Observer<F, Error = Infallible> {
    Watch(move |_: &Event<'_, F>| {
        left -= 1;
        match left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    })
}

/// A run broken off after so many events each time, and taken up by a new trainer from a copy.
fn in_pieces<F: Scalar>(
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

// Divergence.

/// With α λ = 10 the L2 penalty multiplies each weight by about −9 a step, until its square is too
/// large: in `f32` after some 20 steps.
fn diverges<F: Scalar>(at_least: u32) {
    let config = Config {
        learning_rate: 1.0,
        momentum: 0.0,
        penalty: Penalty {
            l2: 10.0,
            ..Penalty::default()
        },
        epochs: 100,
        ..small()
    };
    let (train, validation) = (clouds::<F>(11, 0.0, 0), clouds(5, 1.0, 0));
    let mut trainer = trainer(config, &train, &validation);
    let error = trainer.run(Silent).unwrap_err();
    let Error::Diverged { epoch, step, loss } = error else {
        panic!("{error}");
    };
    assert!(epoch > at_least && !loss.is_finite(), "{error}");
    assert_eq!(
        error.to_string(),
        format!("diverged at epoch {epoch}, step {step}: the loss is {loss}")
    );
    let state = trainer.state();
    assert_eq!(
        (state.epochs_done(), state.steps_done),
        (epoch - 1, step - 1)
    );
    assert_eq!(state.history.len() as u32, epoch - 1);
    let best = &state.best.as_ref().unwrap().params;
    for params in [&state.params, &state.velocity, best] {
        assert!(params.as_slice().iter().all(|w| w.is_finite()));
    }
}

#[test]
fn a_diverging_run_says_where_and_keeps_its_history() {
    diverges::<f32>(4);
    diverges::<f64>(40);
}

#[test]
fn a_loss_that_is_not_finite_stops_before_the_first_step_too() {
    let x = array![[1e30f32, 1e30], [-1e30, 1e30], [1e30, -1e30], [1.0, 1.0]];
    let train = ArraySamples::new(x, vec![0, 1, 2, 0]).unwrap();
    let network = Mlp::new(&[2, 3], Activation::Relu).unwrap();
    let initial = Params::from_vec(&network, (1..10).map(|i| 1e20 * i as f32).collect()).unwrap();
    let config = small().check().unwrap();
    let mut trainer = Trainer::new(&network, &config, initial.clone(), &train, &train).unwrap();
    let error = trainer.run(Silent).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                epoch: 1,
                step: 1,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(trainer.state().params, initial);
    assert!(
        trainer
            .state()
            .velocity
            .as_slice()
            .iter()
            .all(|&v| v == 0.0)
    );
}

/// Every step is fine, but the validation set is far out: the step named is one more than there are.
#[test]
fn an_evaluation_can_diverge() {
    let train = clouds::<f32>(8, 0.0, 0);
    let x = array![[1e30f32, -1e30], [1e30, 1e30]];
    let validation = ArraySamples::new(x, vec![0, 1]).unwrap();
    let network = Mlp::new(&[2, 3], Activation::Relu).unwrap();
    let config = Config {
        learning_rate: 1e20,
        ..small()
    };
    let config = config.check().unwrap();
    let initial = Params::zeros(&network);
    let mut trainer = Trainer::new(&network, &config, initial, &train, &validation).unwrap();
    let error = trainer.run(Silent).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                epoch: 1,
                step: 3,
                ..
            }
        ),
        "{error}"
    );
    let state = trainer.state();
    assert!(state.history.is_empty() && state.best.is_none());
    assert!(state.params.as_slice().iter().all(|w| w.is_finite()));
}

// Events.

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
fn a_step_tells_the_objective_before_it() {
    let (train, validation) = (clouds::<f64>(4, 0.0, 0), clouds(5, 1.0, 0));
    let penalty = Penalty {
        l1: 0.1,
        l2: 0.2,
        biases: true,
        ..Penalty::default()
    };
    let config = Config {
        penalty,
        shuffle: false,
        ..small()
    };
    let mut first = None;
    let observer = watch(|event| {
        if let Event::Step { loss, .. } = event {
            first.get_or_insert(*loss);
        }
    });
    trainer(config, &train, &validation).run(observer).unwrap();

    let network = network();
    let mut batch = train.new_batch();
    train.gather(&[0, 1, 2, 3], &mut batch);
    let (mut ws, mut grads) = (Workspace::new(), Grads::zeros(&network));
    let y = train.labels();
    let before = objective(
        &network,
        &initial(),
        &batch,
        y,
        &penalty,
        &mut ws,
        &mut grads,
    )
    .unwrap();
    assert!(before.penalty > 0.0);
    assert_eq!(first, Some(before.loss + before.penalty));
}

/// The trainer uses the gradient block by block; here it is whole, then penalised, then used.
#[test]
fn steps_have_the_bits_of_gradient_penalty_and_update_one_after_the_other() {
    let (train, validation) = (clouds::<f32>(11, 0.0, 0), clouds(5, 1.0, 0));
    for biases in [false, true] {
        let penalty = Penalty {
            l1: 0.01,
            l2: 0.02,
            biases,
            ..Penalty::default()
        };
        let config = Config {
            penalty,
            shuffle: false,
            epochs: 1,
            ..small()
        };
        let (rate, momentum) = (config.learning_rate, config.momentum);
        let mut trainer = trainer(config, &train, &validation);
        trainer.run(Silent).unwrap();

        let network = network();
        let mut params = initial();
        let (mut velocity, mut grads) = (Params::zeros(&network), Grads::zeros(&network));
        let (mut batch, mut ws) = (train.new_batch(), Workspace::new());
        for positions in [&[0, 1, 2, 3][..], &[4, 5, 6, 7], &[8, 9, 10]] {
            train.gather(positions, &mut batch);
            let labels: Vec<u8> = positions
                .iter()
                .map(|&i| train.labels()[i as usize])
                .collect();
            let (ws, grads) = (&mut ws, &mut grads);
            objective(&network, &params, &batch, &labels, &penalty, ws, grads).unwrap();
            sgd_step(&mut params, &mut velocity, grads, rate, momentum);
        }
        assert_eq!(trainer.state().params, params);
        assert_eq!(trainer.state().velocity, velocity);
    }
}

#[test]
fn threads_change_no_bit_of_a_run() {
    let (train, validation) = (clouds::<f32>(41, 0.0, 3), clouds(5, 1.0, 0));
    let run = |threads| {
        let mut trainer = trainer(small(), &train, &validation);
        trainer = trainer.with_threads(threads).unwrap();
        assert_eq!(trainer.run(Silent), Ok(StopReason::MaxEpochs));
        bits(trainer.state())
    };
    let alone = run(1);
    for threads in 2..6 {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}

#[test]
fn of_two_observers_the_first_hears_first() {
    let (train, validation) = (clouds::<f32>(11, 0.0, 0), clouds(5, 1.0, 0));
    let log = Mutex::new(Vec::new());
    let hear = |name, patience: usize| {
        let log = &log;
        let mut heard = 0;
        Watch(move |_: &Event<'_, f32>| {
            log.lock().unwrap().push(name);
            heard += 1;
            match heard == patience {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
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

// Errors.

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

#[test]
fn what_does_not_fit_is_refused_before_the_run() {
    type Given = ArraySamples<f64>;
    fn refused(config: Config, initial: Params<f64>, train: &Given, validation: &Given) -> String {
        let config = config.check().unwrap();
        let trainer = Trainer::new(&network(), &config, initial, train, validation);
        trainer.err().unwrap().to_string()
    }
    let train = || clouds(11, 0.0, 0);
    let none = ArraySamples::new(Array2::zeros((0, 2)), vec![]).unwrap();
    let wide = ArraySamples::new(Array2::zeros((11, 3)), vec![0; 11]).unwrap();

    let large = Config {
        batch_size: 12,
        ..small()
    };
    assert_eq!(
        refused(large, initial(), &train(), &train()),
        "batch size is 12; the training set has 11 examples"
    );
    assert_eq!(
        refused(small(), initial(), &none, &train()),
        "batch size is 4; the training set has 0 examples"
    );
    assert_eq!(
        refused(small(), initial(), &train(), &none),
        "the validation set is empty"
    );
    for (train, validation) in [(&wide, &train()), (&train(), &wide)] {
        assert_eq!(
            refused(small(), initial(), train, validation),
            "input has 3 features an example, the network expects 2"
        );
    }
    let other = Mlp::new(&[2, 4, 3], Activation::Tanh).unwrap();
    let foreign = Params::zeros(&other);
    assert_eq!(
        refused(small(), foreign.clone(), &train(), &train()),
        "parameters of a network 2–4–3, expected 2–5–3"
    );
    assert_eq!(
        evaluate(&network(), &foreign, &train())
            .unwrap_err()
            .to_string(),
        "parameters of a network 2–4–3, expected 2–5–3"
    );
    assert_eq!(
        ArraySamples::new(Array2::<f32>::zeros((3, 2)), vec![0; 2])
            .unwrap_err()
            .to_string(),
        "2 labels for 3 examples"
    );
}

#[test]
fn a_state_of_another_network_is_not_taken_up() {
    let good = finished::<f64>(small());
    let other = Mlp::new(&[2, 4, 3], Activation::Tanh).unwrap();
    let foreign = || Params::<f64>::zeros(&other);
    type Spoil = fn(&mut State<f64>, Params<f64>);
    let spoils: [Spoil; 3] = [
        |state, foreign| state.params = foreign,
        |state, foreign| state.velocity = foreign,
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
            "parameters of a network 2–4–3, expected 2–5–3"
        );
    }
}

#[test]
fn a_state_that_no_run_comes_to_is_not_taken_up() {
    let good = finished::<f64>(small());
    let (train, validation) = (clouds(50, 0.0, 0), clouds(20, 1.0, 0));
    type Spoil = fn(&mut State<f64>);
    let spoils: [(Spoil, &str); 6] = [
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
    // Nor one that went on after this configuration's last epoch.
    let impatient = Config {
        epochs: 2,
        ..small()
    };
    let config = impatient.check().unwrap();
    assert!(Trainer::resume(&network(), &config, good, &train, &validation).is_err());
}

#[test]
fn a_label_of_no_class_ends_the_run() {
    let good = clouds::<f64>(8, 0.0, 0);
    let mut labels = good.labels().to_vec();
    labels[5] = 3;
    let x = Array2::zeros((8, 2));
    let bad = ArraySamples::new(x, labels).unwrap();
    let config = Config {
        shuffle: false,
        ..small()
    };
    for (train, validation, position, steps) in [(&bad, &good, 1, 1), (&good, &bad, 5, 2)] {
        let mut trainer = trainer(config.clone(), train, validation);
        assert_eq!(
            trainer.run(Silent).unwrap_err().to_string(),
            format!("label 3 at position {position} of the batch; the network has 3 classes")
        );
        assert_eq!(trainer.state().steps_done, steps);
    }
}

// The objective.

/// Weights of both signs, none nearer to 0, where |w| has its kink, than 0.05.
fn away_from_kinks(network: &Mlp) -> Params<f64> {
    let numbers = (0..network.parameter_count()).map(|i| {
        let w = 0.5 * (1.7 * i as f64 + 0.3).sin();
        w + 0.05f64.copysign(w)
    });
    Params::from_vec(network, numbers.collect()).unwrap()
}

const PENALTIES: [(f64, f64); 4] = [(0.0, 0.0), (0.3, 0.0), (0.0, 0.7), (0.3, 0.7)];

#[test]
fn the_objective_and_its_gradient_agree() {
    let network = Mlp::new(&[2, 4, 6, 3], Activation::Sigmoid).unwrap();
    let params = away_from_kinks(&network);
    let samples = clouds::<f64>(6, 0.0, 0);
    let mut batch = samples.new_batch();
    samples.gather(&[0, 1, 2, 3, 4, 5], &mut batch);
    let (mut ws, mut grads) = (Workspace::new(), Grads::zeros(&network));
    for (l1, l2) in PENALTIES {
        for biases in [false, true] {
            let penalty = Penalty {
                l1,
                l2,
                biases,
                ..Penalty::default()
            };
            let mut at = |params: &Params<f64>| {
                let y = samples.labels();
                let (ws, grads) = (&mut ws, &mut grads);
                objective(&network, params, &batch, y, &penalty, ws, grads).unwrap()
            };
            let found = at(&params);
            let mut expected = 0.0;
            for layer in network.layers() {
                for i in layer.offset..layer.biases().end {
                    if biases || layer.weights().contains(&i) {
                        let w = params.as_slice()[i];
                        expected += l1 * w.abs() + l2 / 2.0 * w * w;
                    }
                }
            }
            assert!((found.penalty - expected).abs() < 1e-13, "{penalty:?}");
            assert_eq!(found.total(), found.loss + found.penalty);

            let (mut ws, mut grads_at) = (Workspace::new(), Grads::zeros(&network));
            let f = |params: &Params<f64>| {
                let (y, ws, grads) = (samples.labels(), &mut ws, &mut grads_at);
                objective(&network, params, &batch, y, &penalty, ws, grads)
                    .unwrap()
                    .total()
            };
            let options = gradcheck::Options {
                floor: 1e-4,
                ..Default::default()
            };
            let report = gradcheck::check(f, &params, grads.as_slice(), &options).unwrap();
            assert!(
                report.max_relative() < 1e-6,
                "{penalty:?}: {:?}",
                report.worst()
            );
        }
    }
}

/// At its kink the L1 penalty pulls neither way: sign(0) = 0, for −0 too.
#[test]
fn no_penalty_pulls_at_zero() {
    let network = Mlp::new(&[2, 3], Activation::Tanh).unwrap();
    let samples = clouds::<f64>(6, 0.0, 0);
    let x = Array2::from_shape_fn((6, 2), |(i, j)| (i + j) as f64);
    let gradient = |w: f64, l1, l2| {
        let params = Params::from_vec(&network, vec![w; 9]).unwrap();
        let penalty = Penalty {
            l1,
            l2,
            biases: true,
            ..Penalty::default()
        };
        let mut grads = Grads::zeros(&network);
        let (y, ws) = (samples.labels(), &mut Workspace::new());
        let value = objective(&network, &params, &x, y, &penalty, ws, &mut grads).unwrap();
        assert_eq!(value.penalty, 9.0 * (l1 * w.abs() + l2 / 2.0 * w * w));
        grads
    };
    for zero in [0.0, -0.0] {
        assert_eq!(gradient(zero, 0.5, 0.5), gradient(zero, 0.0, 0.0));
    }
    let pulled = gradient(2.0, 0.5, 0.0);
    for (a, b) in pulled
        .as_slice()
        .iter()
        .zip(gradient(2.0, 0.0, 0.0).as_slice())
    {
        assert_eq!(*a, b + 0.5);
    }
    assert_eq!(x.len_of(Axis(0)), samples.len());
}
