//! A small problem, a trainer for it, and observers, for all tests of the trainer.

#![allow(dead_code, reason = "each file of tests uses some of it")]

pub(crate) mod whole;

use std::convert::Infallible;
use std::ops::ControlFlow;

use ndarray::Array2;
use nn_core::{Activation, DenseBatch, Init, Mlp, Params};
use nn_train::{
    ArraySamples, Config, Event, Float, Observer, Penalty, Samples, Silent, State, StopReason,
    Stopping, Stream, Trainer, observe,
};

/// Three overlapping clouds. Every `wrong`-th label is that of another cloud; with 0, all labels are correct.
pub(crate) fn clouds<F: Float>(count: usize, phase: f64, wrong: usize) -> ArraySamples<F> {
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

/// Two inputs, five hidden units, three classes.
pub(crate) fn network() -> Mlp {
    Mlp::new(&[2, 5, 3], Activation::Tanh).unwrap()
}

/// The weights that every run starts from.
pub(crate) fn initial<F: Float>() -> Params<F> {
    network().init(Init::LecunNormal, &mut Stream::Init.rng(0))
}

/// Batches of 4, so that 11 examples make steps of 4, 4 and 3.
pub(crate) fn small() -> Config {
    Config {
        learning_rate: 0.2,
        momentum: 0.5,
        batch_size: 4,
        epochs: 3,
        stopping: Stopping::Never,
        ..Config::default()
    }
}

/// With α λ = 10, the L2 penalty multiplies each weight by about −9 in each step, until the square overflows: in `f32`
/// after about 20 steps.
pub(crate) fn diverging() -> Config {
    Config {
        learning_rate: 1.0,
        momentum: 0.0,
        penalty: Penalty {
            l2: 10.0,
            ..Penalty::default()
        },
        epochs: 100,
        ..small()
    }
}

/// A trainer of `network` from `initial`.
pub(crate) fn trainer<'a, F: Float, S: Samples<F>>(
    config: Config,
    train: &'a S,
    validation: &'a S,
) -> Trainer<'a, F, S> {
    let config = config.check().unwrap();
    Trainer::new(&network(), &config, initial(), train, validation).unwrap()
}

/// The state after a complete run on fifty examples.
pub(crate) fn finished<F: Float>(config: Config) -> State<F> {
    let (train, validation) = (clouds(50, 0.0, 0), clouds(20, 1.0, 0));
    let mut trainer = trainer(config, &train, &validation);
    assert_eq!(trainer.run(Silent), Ok(StopReason::MaxEpochs));
    trainer.into_state()
}

/// Data on which the validation loss only rises, because the labels of the validation set are wrong.
pub(crate) fn misled() -> (ArraySamples<f32>, ArraySamples<f32>) {
    (clouds(50, 0.0, 0), clouds(20, 1.0, 1))
}

/// A function of the positions of a batch.
type Hook<'a> = Box<dyn Fn(&[u32]) + Sync + 'a>;

/// Examples that call a function with the positions of each batch before gathering it.
pub(crate) struct Hooked<'a, F> {
    pub(crate) samples: &'a ArraySamples<F>,
    pub(crate) before: Hook<'a>,
}

impl<F: Float> Samples<F> for Hooked<'_, F> {
    type Batch = DenseBatch<F>;

    fn features(&self) -> usize {
        self.samples.features()
    }

    fn labels(&self) -> &[u8] {
        self.samples.labels()
    }

    fn new_batch(&self) -> DenseBatch<F> {
        self.samples.new_batch()
    }

    fn gather(&self, positions: &[u32], batch: &mut DenseBatch<F>) {
        (self.before)(positions);
        self.samples.gather(positions, batch);
    }
}

/// An observer that never ends the run.
pub(crate) fn watch<F>(
    mut look: impl FnMut(&Event<'_, F>),
) -> impl Observer<F, Error = Infallible> {
    observe(move |event| {
        look(event);
        ControlFlow::Continue(())
    })
}

/// An observer that ends the run at each event for which `at` is true.
pub(crate) fn break_at<F>(
    mut at: impl FnMut(&Event<'_, F>) -> bool,
) -> impl Observer<F, Error = Infallible> {
    observe(move |event| match at(event) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })
}

/// An observer that ends the run at the given event, counted from 1.
pub(crate) fn break_at_event<F>(event: usize) -> impl Observer<F, Error = Infallible> {
    let mut events = 0;
    break_at(move |_| {
        events += 1;
        events == event
    })
}

/// The bits of a state's numbers, because −0 == 0.
pub(crate) fn bits<F: Float>(state: &State<F>) -> Vec<u64> {
    let best = state.best.iter().flat_map(|best| best.params.as_slice());
    let figures = state.history.iter().flat_map(|epoch| {
        [epoch.train, epoch.validation].map(|s| s.loss_sum.to_bits() ^ s.correct as u64)
    });
    let numbers = state.params.as_slice().iter();
    numbers
        .chain(state.optimizer_state.iter().flat_map(Params::as_slice))
        .chain(best)
        .map(|w| w.to_double().to_bits())
        .chain(figures)
        .collect()
}
