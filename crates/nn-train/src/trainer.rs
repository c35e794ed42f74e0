//! The training loop: algorithm 1, with an evaluation after each epoch and early stopping.

use std::ops::ControlFlow;
use std::sync::Arc;

use nn_core::{Float, Mlp, Params, Score, Workspace};
use rand::seq::SliceRandom;

use crate::config::ValidConfig;
use crate::early_stopping::{EarlyStopping, Outcome};
use crate::event::{Event, Observer};
use crate::samples::Samples;
use crate::sgd::Sgd;
use crate::state::{Best, EpochMetrics, State};
use crate::streams::Stream;
use crate::thread_pool::SpinningPool;

/// The batch size of an evaluation. The batch size affects results only through the order of additions.
const EVALUATION_BATCH: usize = 256;

/// A training run of a network. Training and validation examples may be of different types.
pub struct Trainer<'a, F: Float, S: Samples<F>, V: Samples<F> = S> {
    network: Mlp,
    config: ValidConfig,
    train: &'a S,
    validation: &'a V,
    state: State<F>,
    stopping: EarlyStopping,
    scratch: Scratch<F>,
    batch: S::Batch,
    validation_batch: V::Batch,
    /// The thread pool; `None` to train on the calling thread.
    threads: Option<Arc<SpinningPool>>,
}

/// The buffers of a step, which are reused, so that a step does not allocate.
struct Scratch<F> {
    workspace: Workspace<F>,
    labels: Vec<u8>,
    order: Vec<u32>,
}

impl<F: Float> Scratch<F> {
    fn new() -> Self {
        Self {
            workspace: Workspace::new(),
            labels: Vec::new(),
            order: Vec::new(),
        }
    }
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
    /// The validation set is empty.
    #[error("the validation set is empty")]
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
    /// The threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
    /// The observer failed.
    #[error("{0}")]
    Observer(E),
}

impl<'a, F: Float, S: Samples<F>, V: Samples<F>> Trainer<'a, F, S, V> {
    /// A run that starts from the given initial parameters.
    ///
    /// # Errors
    /// Weights of another network, data with another number of features, labels of no class, a batch
    /// larger than the training set, an empty validation set.
    pub fn new(
        network: &Mlp,
        config: &ValidConfig,
        initial: Params<F>,
        train: &'a S,
        validation: &'a V,
    ) -> Result<Self, Error> {
        let state = State {
            history: Vec::new(),
            steps_done: 0,
            velocity: Params::zeros(network),
            params: initial,
            best: None,
        };
        Self::resume(network, config, state, train, validation)
    }

    /// A run that continues from a state, with the same result as if it had not been interrupted.
    ///
    /// # Errors
    /// Weights of another network, data with another number of features, labels of no class, a batch
    /// larger than the training set, an empty validation set, a state that a run of this configuration cannot
    /// have.
    pub fn resume(
        network: &Mlp,
        config: &ValidConfig,
        state: State<F>,
        train: &'a S,
        validation: &'a V,
    ) -> Result<Self, Error> {
        let foreign = [&state.params, &state.velocity]
            .into_iter()
            .chain(state.best.as_ref().map(|best| &best.params))
            .map(Params::network)
            .find(|found| found.sizes() != network.sizes());
        if let Some(found) = foreign {
            return Err(Error::Network(nn_core::Error::Architecture {
                expected: network.to_string(),
                found: found.to_string(),
            }));
        }
        for found in [train.features(), validation.features()] {
            if found != network.features() {
                let expected = network.features();
                return Err(Error::Network(nn_core::Error::Features { expected, found }));
            }
        }
        for labels in [train.labels(), validation.labels()] {
            network.check_labels(labels)?;
        }
        if config.batch_size > train.len() {
            return Err(Error::BatchSize {
                batch_size: config.batch_size,
                examples: train.len(),
            });
        }
        if validation.is_empty() {
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
            train,
            validation,
            state,
            stopping,
            scratch: Scratch::new(),
            batch: train.new_batch(),
            validation_batch: validation.new_batch(),
            threads: None,
        })
    }

    /// Starts a thread pool that shares the work of each step and each evaluation. The results have the same bits.
    /// Without a thread pool, [`run`](Self::run) uses only the calling thread.
    ///
    /// # Errors
    /// The threads cannot be started.
    pub fn with_threads(mut self, threads: usize) -> Result<Self, Error> {
        self.scratch.workspace = Workspace::with_threads(threads);
        self.threads = match threads {
            0 | 1 => None,
            _ => {
                let pool = SpinningPool::new(threads).map_err(|e| Error::Threads(e.to_string()))?;
                Some(Arc::new(pool))
            }
        };
        Ok(self)
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
    pub fn run<O>(&mut self, mut observer: O) -> Result<StopReason, Error<O::Error>>
    where
        O: Observer<F> + Send,
        O::Error: Send,
    {
        match self.threads.clone() {
            None => self.epochs(&mut observer),
            Some(pool) => pool.run(|| self.epochs(&mut observer)),
        }
    }

    /// Runs the remaining epochs.
    fn epochs<O: Observer<F>>(&mut self, observer: &mut O) -> Result<StopReason, Error<O::Error>> {
        // The state may be that of a run that has ended.
        if self.stopping.exhausted() {
            return Ok(StopReason::EarlyStopping);
        }
        while self.state.epochs_done() < self.config.epochs {
            let epoch = self.state.epochs_done() + 1;
            if let ControlFlow::Break(reason) = self.epoch(epoch, observer)? {
                return Ok(reason);
            }
        }
        Ok(StopReason::MaxEpochs)
    }

    /// Runs the rest of one epoch, and evaluates it.
    fn epoch<O: Observer<F>>(
        &mut self,
        epoch: u32,
        observer: &mut O,
    ) -> Result<ControlFlow<StopReason>, Error<O::Error>> {
        const INTERRUPTED: ControlFlow<StopReason> = ControlFlow::Break(StopReason::Interrupted);
        let mut tell = |event: Event<'_, F>| observer.event(&event).map_err(Error::Observer);

        draw_order(
            &mut self.scratch.order,
            self.train.len(),
            &self.config,
            epoch,
        );
        let steps = self.train.len().div_ceil(self.config.batch_size);
        if tell(Event::EpochStarted { epoch, steps })?.is_break() {
            return Ok(INTERRUPTED);
        }
        while self.state.steps_done < steps {
            let step = self.state.steps_done + 1;
            let loss = self.step()?;
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch, step, loss });
            }
            self.state.steps_done = step;
            let state = &self.state;
            let event = Event::Step {
                epoch,
                step,
                loss,
                state,
            };
            if tell(event)?.is_break() {
                return Ok(INTERRUPTED);
            }
        }

        if tell(Event::EvaluationStarted { epoch })?.is_break() {
            return Ok(INTERRUPTED);
        }
        let (network, params) = (&self.network, &self.state.params);
        let (scratch, train, validation) = (&mut self.scratch, self.train, self.validation);
        let metrics = EpochMetrics {
            epoch,
            train: score_in(network, params, train, &mut self.batch, scratch)?,
            validation: score_in(
                network,
                params,
                validation,
                &mut self.validation_batch,
                scratch,
            )?,
            stopping_penalty: self.config.stopping_penalty.value(params).to_double(),
        };
        for loss in [metrics.train.loss(), metrics.watched_loss()] {
            if !loss.is_finite() {
                let step = steps + 1;
                return Err(Error::Diverged { epoch, step, loss });
            }
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

    /// Does a step of SGD on the next batch, and returns the objective before the step. If the objective is not finite,
    /// nothing is changed.
    fn step(&mut self) -> Result<f64, nn_core::Error> {
        let Scratch {
            workspace,
            labels,
            order,
        } = &mut self.scratch;
        let batch = &mut self.batch;
        let config = &self.config;
        let epoch = self.state.epochs_done() + 1;
        let start = self.state.steps_done * config.batch_size;
        let end = (start + config.batch_size).min(order.len());
        let positions = &order[start..end];
        self.train.gather(positions, batch);
        gather_labels(self.train.labels(), positions, labels);

        let State {
            params, velocity, ..
        } = &mut self.state;
        let backpropagation = self
            .network
            .backpropagate(params, batch, labels, workspace)?;
        let total = (backpropagation.loss() + config.penalty.value(params)).to_double();
        if total.is_finite() {
            let learning_rate = config.learning_rate * config.schedule.factor(epoch, config.epochs);
            let sgd = Sgd::new(learning_rate, config.momentum, config.penalty);
            // Each block of the gradient is used at once and then discarded, so it never leaves the cache.
            backpropagation.update(params, [velocity], |block| sgd.step(block));
        }
        Ok(total)
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

/// Draws the order of the examples in an epoch (algorithm 1, line 4).
fn draw_order(order: &mut Vec<u32>, examples: usize, config: &ValidConfig, epoch: u32) {
    order.clear();
    order.extend(0..examples as u32);
    if config.shuffle {
        order.shuffle(&mut Stream::Order { epoch }.rng(config.seed));
    }
}

/// The score of `params` on a whole data set.
///
/// # Errors
/// Weights of another network, data with another number of features, labels of no class.
pub fn evaluate<F: Float, S: Samples<F>>(
    network: &Mlp,
    params: &Params<F>,
    samples: &S,
) -> Result<Score, nn_core::Error> {
    let mut batch = samples.new_batch();
    score_in(network, params, samples, &mut batch, &mut Scratch::new())
}

fn score_in<F: Float, S: Samples<F>>(
    network: &Mlp,
    params: &Params<F>,
    samples: &S,
    batch: &mut S::Batch,
    scratch: &mut Scratch<F>,
) -> Result<Score, nn_core::Error> {
    let Scratch {
        workspace,
        labels,
        order,
    } = scratch;
    let mut total = Score::default();
    order.clear();
    order.extend(0..samples.len() as u32);
    for positions in order.chunks(EVALUATION_BATCH) {
        samples.gather(positions, batch);
        gather_labels(samples.labels(), positions, labels);
        total += network.score(params, batch, labels, workspace)?;
    }
    Ok(total)
}

fn gather_labels(labels: &[u8], positions: &[u32], batch: &mut Vec<u8>) {
    batch.clear();
    batch.extend(positions.iter().map(|&position| labels[position as usize]));
}
