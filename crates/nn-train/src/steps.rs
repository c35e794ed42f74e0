//! The steps of an epoch (algorithm 1, lines 4 to 9).

use nn_core::{Float, Mlp, Params, Workspace};
use rand::seq::SliceRandom;

use crate::config::ValidConfig;
use crate::optimizer::Optimizer;
use crate::samples::{Samples, gather_each};
use crate::streams::Stream;

/// Does the steps of epochs. The buffers are reused, so that a step does not allocate.
pub(crate) struct Steps<'a, F: Float, S: Samples<F>, O, const N: usize> {
    network: Mlp,
    config: ValidConfig,
    optimizer: O,
    train: &'a S,
    batch: S::Batch,
    labels: Vec<u8>,
    weights: Vec<F>,
    workspace: Workspace<F>,
    /// The order of the examples in `epoch`.
    order: Vec<u32>,
    epoch: Option<u32>,
}

impl<'a, F: Float, S: Samples<F>, O: Optimizer<F, N>, const N: usize> Steps<'a, F, S, O, N> {
    pub(crate) fn new(network: &Mlp, config: &ValidConfig, optimizer: O, train: &'a S) -> Self {
        Self {
            network: network.clone(),
            config: config.clone(),
            optimizer,
            train,
            batch: train.new_batch(),
            labels: Vec::new(),
            weights: Vec::new(),
            workspace: Workspace::new(),
            order: Vec::new(),
            epoch: None,
        }
    }

    /// The number of steps of an epoch.
    pub(crate) fn per_epoch(&self) -> usize {
        self.train.len().div_ceil(self.config.batch_size)
    }

    /// Does a step, and returns the objective of its batch before the step. If the objective is not finite,
    /// nothing is changed. `epoch` and `step` are counted from 1.
    pub(crate) fn step(
        &mut self,
        epoch: u32,
        step: usize,
        params: &mut Params<F>,
        optimizer_state: &mut [Params<F>],
    ) -> Result<f64, nn_core::Error> {
        if self.epoch != Some(epoch) {
            self.draw_order(epoch);
        }
        let config = &self.config;
        let start = (step - 1) * config.batch_size;
        let end = (start + config.batch_size).min(self.order.len());
        let positions = &self.order[start..end];
        self.train.gather(positions, &mut self.batch);
        gather_each(self.train.labels(), positions, &mut self.labels);

        let number = u64::from(epoch - 1) * self.per_epoch() as u64 + step as u64;
        let (network, workspace) = (&self.network, &mut self.workspace);
        let (batch, labels) = (&self.batch, &self.labels);
        let backpropagation = match self.train.weights() {
            None => network.backpropagate(params, batch, labels, workspace)?,
            Some(weights) => {
                gather_each(weights, positions, &mut self.weights);
                network.backpropagate_weighted(params, batch, labels, &self.weights, workspace)?
            }
        };
        let total = (backpropagation.loss() + config.penalty.value(params)).to_double();
        if total.is_finite() {
            let learning_rate = config.learning_rate * config.schedule.factor(epoch, config.epochs);
            let state: &mut [Params<F>; N] = optimizer_state
                .try_into()
                .expect("the trainer checks the optimizer state");
            // Each block of the gradient is used at once and then discarded, so it never leaves the cache.
            backpropagation.update(params, state.each_mut(), |mut block| {
                let (penalty, momentum) = (&config.penalty, config.momentum);
                penalty.apply(learning_rate, momentum, &mut block);
                self.optimizer.step(learning_rate, number, block);
            });
        }
        Ok(total)
    }

    /// Draws the order of the examples in an epoch.
    fn draw_order(&mut self, epoch: u32) {
        self.epoch = Some(epoch);
        self.order.clear();
        self.order.extend(0..self.train.len() as u32);
        if self.config.shuffle {
            let mut rng = Stream::Order { epoch }.rng(self.config.seed);
            self.order.shuffle(&mut rng);
        }
    }
}
