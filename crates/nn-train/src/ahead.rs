//! The first steps of an epoch, done while the epoch before is evaluated.

use nn_core::{Float, Mlp, Params};

use crate::optimizer::Optimizer;
use crate::samples::Samples;
use crate::state::State;
use crate::steps::Steps;

/// Steps that are done ahead of the run's state. The state takes them over once early stopping has decided that there is
/// another epoch; otherwise they are thrown away.
pub(crate) struct Ahead<F> {
    /// The epoch of the steps; 0 if there are none.
    epoch: u32,
    /// The objective of each step. After one that is not finite, there are no more.
    losses: Vec<f64>,
    params: Params<F>,
    optimizer_state: Vec<Params<F>>,
}

impl<F: Float> Ahead<F> {
    /// For a network and an optimizer that keeps `numbers` numbers for each parameter.
    pub(crate) fn new(network: &Mlp, numbers: usize) -> Self {
        Self {
            epoch: 0,
            losses: Vec::new(),
            params: Params::zeros(network),
            optimizer_state: vec![Params::zeros(network); numbers],
        }
    }

    /// Does the first steps of `epoch`, which comes after `state`, until `enough`.
    pub(crate) fn run<S: Samples<F>, O: Optimizer<F, N>, const N: usize>(
        &mut self,
        epoch: u32,
        state: &State<F>,
        steps: &mut Steps<'_, F, S, O, N>,
        enough: impl Fn() -> bool,
    ) {
        self.epoch = epoch;
        self.losses.clear();
        copy(&mut self.params, &state.params);
        for (to, from) in self.optimizer_state.iter_mut().zip(&state.optimizer_state) {
            copy(to, from);
        }
        while self.losses.len() < steps.per_epoch() && !enough() {
            let step = self.losses.len() + 1;
            match steps.step(epoch, step, &mut self.params, &mut self.optimizer_state) {
                Ok(loss) => self.losses.push(loss),
                // The run's own step will fail too.
                Err(_) => return,
            }
            if !self.losses[step - 1].is_finite() {
                return;
            }
        }
    }

    /// Moves the steps of `epoch` to `state`, which is at its beginning, and returns the objective of each.
    pub(crate) fn take(&mut self, epoch: u32, state: &mut State<F>) -> Vec<f64> {
        if self.epoch != epoch || state.steps_done > 0 {
            return Vec::new();
        }
        self.epoch = 0;
        std::mem::swap(&mut state.params, &mut self.params);
        std::mem::swap(&mut state.optimizer_state, &mut self.optimizer_state);
        // A step whose objective is not finite has changed nothing.
        state.steps_done = self.losses.iter().filter(|loss| loss.is_finite()).count();
        std::mem::take(&mut self.losses)
    }
}

fn copy<F: Float>(to: &mut Params<F>, from: &Params<F>) {
    to.as_mut_slice().copy_from_slice(from.as_slice());
}
