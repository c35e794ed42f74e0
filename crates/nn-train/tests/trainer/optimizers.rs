//! Optimizers other than SGD.

use std::cell::RefCell;

use crate::common::{bits, break_at, break_at_event, clouds, initial, network, small};
use nn_core::{GradientBlock, Grads, Params, Workspace};
use nn_train::{
    ArraySamples, Config, Error, Event, Float, Optimizer, Penalty, PenaltyPlace, Samples, Schedule,
    Sgd, Silent, State, StopReason, Stopping, Trainer, ValidConfig,
};

/// Adam (Kingma and Ba 2015).
#[derive(Clone, Copy)]
struct Adam;

const DECAYS: [f64; 2] = [0.9, 0.999];

impl Optimizer<f64, 2> for Adam {
    fn step(&self, learning_rate: f64, number: u64, block: GradientBlock<'_, f64, 2>) {
        let [first, second] = block.state;
        let unbias = DECAYS.map(|decay| 1.0 / (1.0 - decay.powi(number as i32)));
        for (i, w) in block.params.iter_mut().enumerate() {
            let g = block.gradient[i];
            first[i] = DECAYS[0] * first[i] + (1.0 - DECAYS[0]) * g;
            second[i] = DECAYS[1] * second[i] + (1.0 - DECAYS[1]) * g * g;
            *w -= learning_rate * first[i] * unbias[0] / ((second[i] * unbias[1]).sqrt() + 1e-8);
        }
    }
}

/// An optimizer without state: gradient descent.
#[derive(Clone, Copy)]
struct Descent;

impl<F: Float> Optimizer<F, 0> for Descent {
    fn step(&self, learning_rate: f64, _: u64, block: GradientBlock<'_, F, 0>) {
        for (w, &g) in block.params.iter_mut().zip(&*block.gradient) {
            *w -= F::of(learning_rate) * g;
        }
    }
}

fn data() -> (ArraySamples<f64>, ArraySamples<f64>) {
    (clouds(11, 0.0, 0), clouds(5, 1.0, 0))
}

fn with<'a, O: Optimizer<f64, N>, const N: usize>(
    optimizer: O,
    config: &ValidConfig,
    state: State<f64>,
    (train, validation): &'a (ArraySamples<f64>, ArraySamples<f64>),
) -> Trainer<'a, f64, ArraySamples<f64>, ArraySamples<f64>, O, N> {
    Trainer::with_optimizer(&network(), config, optimizer, state, train, validation).unwrap()
}

/// Compares the trainer with Adam as the paper has it, on complete gradients. The numbers of the steps go on from epoch to
/// epoch, and the first moments are those of the gradient.
#[test]
fn adam_trains_as_its_paper_says() {
    let config = Config {
        learning_rate: 0.01,
        shuffle: false,
        ..small()
    };
    let config = config.check().unwrap();
    let data = data();
    let mut trainer = with(Adam, &config, State::new(initial()), &data);
    assert_eq!(trainer.run(Silent), Ok(StopReason::MaxEpochs));

    let (network, mut params, train) = (network(), initial::<f64>(), &data.0);
    let (mut grads, mut ws) = (Grads::zeros(&network), Workspace::new());
    let mut m = Params::<f64>::zeros(&network);
    let mut v = m.clone();
    let (mut batch, mut t) = (train.new_batch(), 0);
    for _ in 0..3 {
        for positions in [&[0, 1, 2, 3][..], &[4, 5, 6, 7], &[8, 9, 10]] {
            train.gather(positions, &mut batch);
            let labels = positions.iter().map(|&i| train.labels()[i as usize]);
            let labels: Vec<u8> = labels.collect();
            network
                .loss_and_grad(&params, &batch, &labels, &mut ws, &mut grads)
                .unwrap();
            t += 1;
            for (i, &g) in grads.as_slice().iter().enumerate() {
                let (m, v) = (&mut m.as_mut_slice()[i], &mut v.as_mut_slice()[i]);
                (*m, *v) = (0.9 * *m + 0.1 * g, 0.999 * *v + 0.001 * g * g);
                let (m, v) = (*m / (1.0 - 0.9f64.powi(t)), *v / (1.0 - 0.999f64.powi(t)));
                params.as_mut_slice()[i] -= 0.01 * m / (v.sqrt() + 1e-8);
            }
        }
    }
    let state = trainer.state();
    let found = [
        &state.params,
        &state.optimizer_state[0],
        &state.optimizer_state[1],
    ];
    for (found, expected) in found.into_iter().zip([&params, &m, &v]) {
        for (a, b) in found.as_slice().iter().zip(expected.as_slice()) {
            assert!((a - b).abs() < 1e-12, "{a} and {b}");
        }
    }
}

/// Neither a second thread nor an interruption after any event changes the result.
#[test]
fn every_optimizer_can_be_resumed_and_work_ahead() {
    fn check<O: Optimizer<f64, N> + Copy, const N: usize>(optimizer: O) {
        let (config, data) = (small().check().unwrap(), data());
        let begin = || with(optimizer, &config, State::new(initial()), &data);
        let mut alone = begin();
        alone.run(Silent).unwrap();
        let expected = bits(alone.state());
        assert_eq!(alone.state().optimizer_state.len(), N);

        let mut together = begin().with_threads(2);
        together.run(Silent).unwrap();
        assert_eq!(bits(together.state()), expected);

        for at in 1.. {
            let mut first = begin().with_threads(2);
            let end = first.run(break_at_event(at));
            if end != Ok(StopReason::Interrupted) {
                assert!(at > 9, "{at}");
                break;
            }
            let mut second = with(optimizer, &config, first.into_state(), &data);
            second.run(Silent).unwrap();
            assert_eq!(bits(second.state()), expected, "event {at}");
        }
    }
    check(Adam);
    check(Descent);
}

#[test]
fn without_momentum_sgd_is_gradient_descent() {
    let config = Config {
        momentum: 0.0,
        ..small()
    };
    let (config, data) = (config.check().unwrap(), data());
    let mut descent = with(Descent, &config, State::new(initial()), &data);
    let sgd = Sgd { momentum: 0.0 };
    let mut sgd = with(sgd, &config, State::new(initial()), &data);
    descent.run(Silent).unwrap();
    sgd.run(Silent).unwrap();
    assert_eq!(descent.state().params, sgd.state().params);
    assert!(descent.state().optimizer_state.is_empty());
}

/// Records what the trainer passes, once for each step, and changes nothing.
struct Recorder<'a>(&'a RefCell<Vec<(f64, u64)>>);

impl Optimizer<f64, 0> for Recorder<'_> {
    fn step(&self, learning_rate: f64, number: u64, block: GradientBlock<'_, f64, 0>) {
        if block.range.start == 0 {
            self.0.borrow_mut().push((learning_rate, number));
        }
    }
}

#[test]
fn an_optimizer_gets_the_scheduled_learning_rate_and_the_number_of_the_step() {
    let schedule = Schedule::Step {
        every: 1,
        factor: 0.5,
    };
    let config = Config {
        schedule,
        ..small()
    };
    let (config, data, steps) = (config.check().unwrap(), data(), RefCell::default());
    let state = State::new(initial());
    with(Recorder(&steps), &config, state, &data)
        .run(Silent)
        .unwrap();
    let expected =
        (1..=9).map(|number| (0.2 * [1.0, 0.5, 0.25][(number as usize - 1) / 3], number));
    assert_eq!(steps.into_inner(), expected.collect::<Vec<_>>());
}

/// An optimizer that does nothing leaves only the penalty's own update; a penalty in the gradient reaches the optimizer.
#[test]
fn the_penalty_is_applied_before_the_optimizer() {
    struct Nothing;
    impl Optimizer<f64, 0> for Nothing {
        fn step(&self, _: f64, _: u64, _: GradientBlock<'_, f64, 0>) {}
    }
    let config = |place, momentum| {
        let penalty = Penalty {
            l2: 0.5,
            biases: true,
            place,
            ..Penalty::default()
        };
        let config = Config {
            penalty,
            learning_rate: 0.1,
            momentum,
            epochs: 1,
            ..small()
        };
        config.check().unwrap()
    };
    let data = data();
    let after = |place| {
        let mut trainer = with(Nothing, &config(place, 0.25), State::new(initial()), &data);
        trainer.run(Silent).unwrap();
        trainer.into_state().params
    };
    assert_eq!(after(PenaltyPlace::Gradient), initial());
    // Three steps, each of which multiplies by 1 − αλ or 1 − (1 − γ)αλ.
    for (place, factor) in [
        (PenaltyPlace::Update, 0.95_f64),
        (PenaltyPlace::DampedUpdate, 0.9625),
    ] {
        let after = after(place);
        let pairs = after.as_slice().iter().zip(initial::<f64>().into_vec());
        for (w, start) in pairs {
            assert!(
                (w - start * factor.powi(3)).abs() < 1e-15,
                "{place}: {w} from {start}"
            );
        }
    }
    let config = config(PenaltyPlace::Gradient, 0.0);
    let mut descent = with(Descent, &config, State::new(initial()), &data);
    descent.run(Silent).unwrap();
    let (network, (train, validation)) = (network(), &data);
    let mut sgd = Trainer::new(&network, &config, initial(), train, validation).unwrap();
    sgd.run(Silent).unwrap();
    assert_eq!(descent.state().params, sgd.state().params);
}

#[test]
fn the_state_of_another_optimizer_is_refused() {
    let (config, data) = (small().check().unwrap(), data());
    let mut adam = with(Adam, &config, State::new(initial()), &data);
    let first_step = break_at(|event| matches!(event, Event::Step { .. }));
    adam.run(first_step).unwrap();
    let state = adam.into_state();
    let network = network();
    let refused = Trainer::resume(&network, &config, state.clone(), &data.0, &data.1).err();
    assert_eq!(
        refused.unwrap().to_string(),
        "not a state of this run: 2 arrays of optimizer state; expected 1"
    );
    // Nor does a state whose steps are done begin with an optimizer state of zeros.
    let lost = State {
        optimizer_state: Vec::new(),
        ..state
    };
    let refused = Trainer::with_optimizer(&network, &config, Adam, lost, &data.0, &data.1).err();
    assert_eq!(
        refused.unwrap().to_string(),
        "not a state of this run: 0 arrays of optimizer state; expected 2"
    );
}

/// An optimizer that divides 0 by 0 in its fifth step.
struct Dividing;

impl<F: Float> Optimizer<F, 1> for Dividing {
    fn step(&self, _: f64, number: u64, block: GradientBlock<'_, F, 1>) {
        if number == 5 && block.is_bias {
            block.params[0] = F::zero() / block.state[0][0];
        }
    }
}

#[test]
fn an_optimizer_that_gives_nan_ends_the_run_at_the_next_loss() {
    let data = data();
    for threads in [1, 2] {
        // The fifth step is the second of three steps in the second epoch.
        let config = small().check().unwrap();
        let state = State::new(initial());
        let mut trainer = with(Dividing, &config, state, &data).with_threads(threads);
        let error = trainer.run(Silent).unwrap_err();
        assert_eq!(
            error.to_string(),
            "diverged at epoch 2, step 3: the loss is NaN"
        );
        assert_eq!(trainer.state().epochs_done(), 1);

        // With one step per epoch, the evaluation finds it.
        let config = Config {
            batch_size: 11,
            epochs: 9,
            stopping: Stopping::Never,
            ..small()
        };
        let (config, state) = (config.check().unwrap(), State::new(initial()));
        let mut trainer = with(Dividing, &config, state, &data).with_threads(threads);
        let error = trainer.run(Silent).unwrap_err();
        let place = (5, 2);
        assert!(
            matches!(error, Error::Diverged { epoch, step, .. } if (epoch, step) == place),
            "{error}"
        );
        assert_eq!(trainer.state().best_params(), &initial());
    }
}
