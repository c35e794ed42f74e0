//! The steps of an epoch (algorithm 1, lines 4 to 9).

use nn_core::{Float, Mlp, Params, Workspace};
use rand::seq::SliceRandom;

use crate::config::ValidConfig;
use crate::samples::{Samples, gather_labels};
use crate::sgd::Sgd;
use crate::streams::Stream;

/// Does the steps of epochs. The buffers are reused, so that a step does not allocate.
pub(crate) struct Steps<'a, F: Float, S: Samples<F>> {
    network: Mlp,
    config: ValidConfig,
    train: &'a S,
    batch: S::Batch,
    labels: Vec<u8>,
    workspace: Workspace<F>,
    /// The order of the examples in `epoch`.
    order: Vec<u32>,
    epoch: Option<u32>,
}

impl<'a, F: Float, S: Samples<F>> Steps<'a, F, S> {
    pub(crate) fn new(network: &Mlp, config: &ValidConfig, train: &'a S) -> Self {
        Self {
            network: network.clone(),
            config: config.clone(),
            train,
            batch: train.new_batch(),
            labels: Vec::new(),
            workspace: Workspace::new(),
            order: Vec::new(),
            epoch: None,
        }
    }

    /// The number of steps of an epoch.
    pub(crate) fn per_epoch(&self) -> usize {
        self.train.len().div_ceil(self.config.batch_size)
    }

    /// Does a step of SGD, and returns the objective of its batch before the step. If the objective is not finite,
    /// nothing is changed. `epoch` and `step` are counted from 1.
    pub(crate) fn step(
        &mut self,
        epoch: u32,
        step: usize,
        params: &mut Params<F>,
        velocity: &mut Params<F>,
    ) -> Result<f64, nn_core::Error> {
        if self.epoch != Some(epoch) {
            self.draw_order(epoch);
        }
        let config = &self.config;
        let start = (step - 1) * config.batch_size;
        let end = (start + config.batch_size).min(self.order.len());
        let positions = &self.order[start..end];
        self.train.gather(positions, &mut self.batch);
        gather_labels(self.train.labels(), positions, &mut self.labels);

        let (batch, labels, workspace) = (&self.batch, &self.labels, &mut self.workspace);
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
