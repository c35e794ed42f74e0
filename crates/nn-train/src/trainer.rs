//! The training loop: algorithm 1, with an evaluation after each epoch and early stopping.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::thread;

use nn_core::{Float, Mlp, Params, check_weights};

use crate::ahead::Ahead;
use crate::config::ValidConfig;
use crate::early_stopping::{EarlyStopping, Outcome, Stopping};
use crate::evaluation::Evaluation;
use crate::event::{Event, Observer};
use crate::optimizer::{Optimizer, Sgd};
use crate::samples::Samples;
use crate::state::{Best, EpochMetrics, State};
use crate::steps::Steps;

/// A training run of a network. Training and validation examples may be of different types. The optimizer O, which
/// keeps N numbers for each parameter, is [`Sgd`] unless [`with_optimizer`](Self::with_optimizer) is given another.
pub struct Trainer<'a, F: Float, S: Samples<F>, V: Samples<F> = S, O = Sgd, const N: usize = 1> {
    network: Mlp,
    config: ValidConfig,
    state: State<F>,
    stopping: EarlyStopping,
    steps: Steps<'a, F, S, O, N>,
    evaluation: Evaluation<'a, F, S, V>,
    /// The steps done beside an evaluation; `None` to train and evaluate on one thread.
    ahead: Option<Ahead<F>>,
}

/// The reason why a run ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Early stopping ended the run.
    EarlyStopping,
    /// The maximum number of epochs is done.
    MaxEpochs,
    /// An observer ended the run, which can be resumed from its state.
    Interrupted,
}

/// The reason why a run could not begin or failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E = std::convert::Infallible> {
    /// The data or the parameters do not fit the network.
    #[error(transparent)]
    Network(#[from] nn_core::Error),
    /// The batch is larger than the training set.
    #[error("batch size is {batch_size}; the training set has {examples} examples")]
    BatchSize {
        /// Examples in a batch, as configured.
        batch_size: usize,
        /// Examples in the training set.
        examples: usize,
    },
    /// The validation set is empty, but early stopping needs one.
    #[error(
        "the validation set is empty; expected at least one example, or the stopping rule never"
    )]
    NoValidation,
    /// The loss is not finite. The state keeps the metrics of the epochs before.
    #[error("diverged at epoch {epoch}, step {step}: the loss is {loss}")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: u32,
        /// The step, counted from 1 in each epoch. For the evaluation, one more than the number of steps.
        step: usize,
        /// The loss, which is infinite or NaN.
        loss: f64,
    },
    /// The state is not one of a run with this configuration and data.
    #[error("not a state of this run: {0}")]
    State(String),
    /// The observer failed.
    #[error("{0}")]
    Observer(E),
}

impl<'a, F: Float, S: Samples<F>, V: Samples<F>> Trainer<'a, F, S, V> {
    /// A run of [`Sgd`] that starts from the given initial parameters. [`Stopping::Never`] needs no validation set: the
    /// set may be empty, such as `&()`. Then no epoch is the best.
    ///
    /// # Errors
    /// As [`with_optimizer`](Self::with_optimizer).
    pub fn new(
        network: &Mlp,
        config: &ValidConfig,
        initial: Params<F>,
        train: &'a S,
        validation: &'a V,
    ) -> Result<Self, Error> {
        Self::resume(network, config, State::new(initial), train, validation)
    }

    /// A run of [`Sgd`] that continues from a state, with the same result as if it had not been interrupted.
    ///
    /// # Errors
    /// As [`with_optimizer`](Self::with_optimizer).
    pub fn resume(
        network: &Mlp,
        config: &ValidConfig,
        state: State<F>,
        train: &'a S,
        validation: &'a V,
    ) -> Result<Self, Error> {
        let momentum = config.momentum;
        Self::with_optimizer(network, config, Sgd { momentum }, state, train, validation)
    }
}

impl<'a, F: Float, S: Samples<F>, V: Samples<F>, O: Optimizer<F, N>, const N: usize>
    Trainer<'a, F, S, V, O, N>
{
    /// A run of any [`Optimizer`] that continues from a state, or starts from [`State::new`].
    ///
    /// # Errors
    /// Weights of another network, data with another number of features, labels of no class, unusable weights of
    /// examples, a batch larger than the training set, an empty validation set with early stopping, a state that a run
    /// of this configuration and optimizer cannot have.
    pub fn with_optimizer(
        network: &Mlp,
        config: &ValidConfig,
        optimizer: O,
        mut state: State<F>,
        train: &'a S,
        validation: &'a V,
    ) -> Result<Self, Error> {
        if state.optimizer_state.is_empty() && state.history.is_empty() && state.steps_done == 0 {
            state.optimizer_state = vec![Params::zeros(network); N];
        }
        let arrays = state.optimizer_state.len();
        if arrays != N {
            return Err(Error::State(format!(
                "{arrays} arrays of optimizer state; expected {N}"
            )));
        }
        let foreign = std::iter::once(&state.params)
            .chain(&state.optimizer_state)
            .chain(state.best.as_ref().map(|best| &best.params))
            .map(Params::network)
            .find(|found| found.sizes() != network.sizes());
        if let Some(found) = foreign {
            return Err(Error::Network(nn_core::Error::Architecture {
                expected: network.to_string(),
                found: found.to_string(),
            }));
        }
        for (found, is_empty) in [
            (train.features(), train.is_empty()),
            (validation.features(), validation.is_empty()),
        ] {
            if found != network.features() && !is_empty {
                let expected = network.features();
                return Err(Error::Network(nn_core::Error::Features { expected, found }));
            }
        }
        for labels in [train.labels(), validation.labels()] {
            network.check_labels(labels)?;
        }
        if let Some(weights) = train.weights() {
            check_weights(weights, train.len())?;
        }
        if config.batch_size > train.len() {
            return Err(Error::BatchSize {
                batch_size: config.batch_size,
                examples: train.len(),
            });
        }
        if validation.is_empty() && config.stopping != Stopping::Never {
            return Err(Error::NoValidation);
        }
        let stopping = state.early_stopping(config).map_err(Error::State)?;
        let steps = train.len().div_ceil(config.batch_size);
        if state.steps_done > steps {
            let done = state.steps_done;
            return Err(Error::State(format!("{done} steps of an epoch of {steps}")));
        }
        let ended = stopping.exhausted() || state.epochs_done() >= config.epochs;
        if ended && state.steps_done > 0 {
            let done = state.steps_done;
            return Err(Error::State(format!("{done} steps after the last epoch")));
        }
        Ok(Self {
            network: network.clone(),
            config: config.clone(),
            state,
            stopping,
            steps: Steps::new(network, config, optimizer, train),
            evaluation: Evaluation::new(network, config, train, validation),
            ahead: None,
        })
    }

    /// Uses up to `threads` threads. A second thread evaluates each epoch while the first does steps of the next; more
    /// threads are not used. Results and events are the same with any number of threads. Without this call,
    /// [`run`](Self::run) uses only the calling thread.
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.ahead = (threads > 1).then(|| Ahead::new(&self.network, N));
        self
    }

    /// The current state.
    pub fn state(&self) -> &State<F> {
        &self.state
    }

    /// Ends the trainer and returns the state.
    pub fn into_state(self) -> State<F> {
        self.state
    }

    /// Runs epochs until early stopping, the last epoch, or a request of the observer ends the run. Afterwards
    /// [`state`](Self::state) has the history and the best parameters.
    ///
    /// # Errors
    /// Divergence, or an error of the observer. The state keeps everything before the error.
    pub fn run<W: Observer<F>>(&mut self, mut observer: W) -> Result<StopReason, Error<W::Error>> {
        // The state may be that of a run that has ended.
        if self.stopping.exhausted() {
            return Ok(StopReason::EarlyStopping);
        }
        while self.state.epochs_done() < self.config.epochs {
            let epoch = self.state.epochs_done() + 1;
            if let ControlFlow::Break(reason) = self.epoch(epoch, &mut observer)? {
                return Ok(reason);
            }
        }
        Ok(StopReason::MaxEpochs)
    }

    /// Runs the rest of one epoch, and evaluates it.
    fn epoch<W: Observer<F>>(
        &mut self,
        epoch: u32,
        observer: &mut W,
    ) -> Result<ControlFlow<StopReason>, Error<W::Error>> {
        const INTERRUPTED: ControlFlow<StopReason> = ControlFlow::Break(StopReason::Interrupted);
        let mut tell = |event: Event<'_, F>| observer.event(&event).map_err(Error::Observer);

        let steps = self.steps.per_epoch();
        if tell(Event::EpochStarted { epoch, steps })?.is_break() {
            return Ok(INTERRUPTED);
        }
        let mut interrupted = false;
        let ahead = self.ahead.as_mut();
        let losses = ahead.map(|ahead| ahead.take(epoch, &mut self.state));
        for (loss, step) in losses.unwrap_or_default().into_iter().zip(1..) {
            expect_finite(loss, epoch, step)?;
            let event = Event::Step {
                epoch,
                step,
                loss,
                state: None,
            };
            interrupted |= tell(event)?.is_break();
        }
        if interrupted {
            return Ok(INTERRUPTED);
        }
        while self.state.steps_done < steps {
            let step = self.state.steps_done + 1;
            let (params, optimizer_state) =
                (&mut self.state.params, &mut self.state.optimizer_state);
            let loss = self.steps.step(epoch, step, params, optimizer_state)?;
            expect_finite(loss, epoch, step)?;
            self.state.steps_done = step;
            let event = Event::Step {
                epoch,
                step,
                loss,
                state: Some(&self.state),
            };
            if tell(event)?.is_break() {
                return Ok(INTERRUPTED);
            }
        }

        if tell(Event::EvaluationStarted { epoch })?.is_break() {
            return Ok(INTERRUPTED);
        }
        let metrics = self.evaluate(epoch)?;
        expect_finite(metrics.train.loss(), epoch, steps + 1)?;
        if metrics.validation.examples > 0 {
            expect_finite(metrics.watched_loss(), epoch, steps + 1)?;
        }
        let outcome = self.finish_epoch(metrics);
        let event = Event::EpochFinished {
            metrics,
            is_best: outcome.is_best,
            state: &self.state,
        };
        // An epoch that ends the run anyway does not end it as interrupted.
        let flow = tell(event)?;
        Ok(if outcome.stop {
            ControlFlow::Break(StopReason::EarlyStopping)
        } else if flow.is_break() && epoch < self.config.epochs {
            INTERRUPTED
        } else {
            ControlFlow::Continue(())
        })
    }

    /// Evaluates an epoch whose steps are done; with two threads, beside the first steps of the next epoch.
    fn evaluate(&mut self, epoch: u32) -> Result<EpochMetrics, nn_core::Error> {
        let (state, params) = (&self.state, &self.state.params);
        let (steps, evaluation) = (&mut self.steps, &mut self.evaluation);
        if let Some(ahead) = &mut self.ahead
            && epoch < self.config.epochs
        {
            let metrics = thread::scope(|scope| {
                let evaluate = || evaluation.metrics(epoch, params);
                let thread = thread::Builder::new().spawn_scoped(scope, evaluate).ok()?;
                ahead.run(epoch + 1, state, steps, || thread.is_finished());
                Some(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            });
            if let Some(metrics) = metrics {
                return metrics;
            }
        }
        // On one thread, or the system has refused another.
        self.evaluation.metrics(epoch, params)
    }

    /// Records the metrics of an epoch, and keeps the parameters if they are the best.
    fn finish_epoch(&mut self, metrics: EpochMetrics) -> Outcome {
        let outcome = self.stopping.record(metrics.watched_loss());
        let state = &mut self.state;
        state.steps_done = 0;
        state.history.push(metrics);
        if outcome.is_best {
            let best = state.best.get_or_insert_with(|| Best {
                epoch: 0,
                params: Params::zeros(&self.network),
            });
            best.epoch = metrics.epoch;
            let best = best.params.as_mut_slice();
            best.copy_from_slice(state.params.as_slice());
        }
        outcome
    }
}

/// An error if the objective of a step is not finite.
fn expect_finite<E>(loss: f64, epoch: u32, step: usize) -> Result<(), Error<E>> {
    match loss.is_finite() {
        true => Ok(()),
        false => Err(Error::Diverged { epoch, step, loss }),
    }
}
