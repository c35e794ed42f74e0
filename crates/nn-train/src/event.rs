//! The events of a run, and their observers.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use crate::state::{EpochMetrics, State};

/// An event in a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a, F> {
    /// An epoch begins, or continues after an interruption.
    EpochStarted {
        /// The epoch, counted from 1.
        epoch: u32,
        /// The number of steps of the epoch.
        steps: usize,
    },
    /// An SGD step is done.
    Step {
        /// The epoch, counted from 1.
        epoch: u32,
        /// The step, counted from 1 in each epoch.
        step: usize,
        /// The objective (loss plus penalty) of the step's batch, before the step.
        loss: f64,
        /// The state after the step; `None` if the step was done beside the evaluation of the epoch before, because then
        /// the state is already that of a later step.
        state: Option<&'a State<F>>,
    },
    /// All steps of an epoch are done; its evaluation begins.
    EvaluationStarted {
        /// The epoch, counted from 1.
        epoch: u32,
    },
    /// An epoch is done and evaluated.
    EpochFinished {
        /// The metrics of the epoch.
        metrics: EpochMetrics,
        /// Whether its validation loss is the lowest so far.
        is_best: bool,
        /// The state after the epoch.
        state: &'a State<F>,
    },
}

/// An observer of a run, such as a progress bar, a metrics file or a checkpoint. It cannot change the run, only end
/// it.
pub trait Observer<F> {
    /// The observer's error, which ends the run.
    type Error;

    /// Receives an event. [`ControlFlow::Break`] ends the run as interrupted. Before the end, the observer receives the
    /// other steps that are already done, if any were done beside an evaluation.
    ///
    /// # Errors
    /// An error ends the run as failed.
    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>, Self::Error>;
}

/// An observer made from a closure, which receives events and decides whether the run continues.
///
/// ```
/// use std::ops::ControlFlow;
/// use nn_train::{ArraySamples, Config, Event, Init, Mlp, Activation, Trainer, observe};
///
/// let samples = ArraySamples::new(ndarray::array![[0.0_f32], [1.0]], vec![0, 1])?;
/// let network = Mlp::new(&[1, 2], Activation::Tanh)?;
/// let config = Config { batch_size: 1, epochs: 9, ..Config::default() }.check()?;
/// let initial = network.init_from_seed(Init::Zeros, 0);
/// let mut trainer = Trainer::new(&network, &config, initial, &samples, &samples)?;
/// let mut losses = Vec::new();
/// trainer.run(observe(|event| {
///     if let Event::EpochFinished { metrics, .. } = event {
///         losses.push(metrics.validation.loss());
///     }
///     ControlFlow::Continue(())
/// }))?;
/// assert!(losses.last() < losses.first());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn observe<F>(
    closure: impl FnMut(&Event<'_, F>) -> ControlFlow<()>,
) -> impl Observer<F, Error = Infallible> {
    Closure(closure, PhantomData)
}

struct Closure<F, C>(C, PhantomData<F>);

impl<F, C: FnMut(&Event<'_, F>) -> ControlFlow<()>> Observer<F> for Closure<F, C> {
    type Error = Infallible;

    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>, Infallible> {
        Ok((self.0)(event))
    }
}

/// An observer that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl<F> Observer<F> for Silent {
    type Error = Infallible;

    fn event(&mut self, _: &Event<'_, F>) -> Result<ControlFlow<()>, Infallible> {
        Ok(ControlFlow::Continue(()))
    }
}

impl<F, O: Observer<F> + ?Sized> Observer<F> for &mut O {
    type Error = O::Error;

    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>, O::Error> {
        (**self).event(event)
    }
}

/// Two observers. The first receives each event first; if it ends the run, the second does not receive the event.
impl<F, A: Observer<F>, B: Observer<F, Error = A::Error>> Observer<F> for (A, B) {
    type Error = A::Error;

    fn event(&mut self, event: &Event<'_, F>) -> Result<ControlFlow<()>, A::Error> {
        match self.0.event(event)? {
            ControlFlow::Break(()) => Ok(ControlFlow::Break(())),
            ControlFlow::Continue(()) => self.1.event(event),
        }
    }
}
