//! The evaluation of weights on whole data sets.

use nn_core::{Float, Mlp, Params, Score, Workspace};

use crate::config::ValidConfig;
use crate::samples::{Samples, gather_each};
use crate::state::EpochMetrics;

/// The batch size of an evaluation. The batch size affects results only through the order of additions.
const BATCH: usize = 256;

/// Evaluates epochs on the training and the validation set. The buffers are reused.
pub(crate) struct Evaluation<'a, F: Float, S: Samples<F>, V: Samples<F>> {
    network: Mlp,
    config: ValidConfig,
    train: Scorer<'a, F, S>,
    validation: Scorer<'a, F, V>,
    workspace: Workspace<F>,
}

impl<'a, F: Float, S: Samples<F>, V: Samples<F>> Evaluation<'a, F, S, V> {
    pub(crate) fn new(
        network: &Mlp,
        config: &ValidConfig,
        train: &'a S,
        validation: &'a V,
    ) -> Self {
        Self {
            network: network.clone(),
            config: config.clone(),
            train: Scorer::new(train),
            validation: Scorer::new(validation),
            workspace: Workspace::new(),
        }
    }

    /// The metrics of an epoch that ended with these parameters.
    pub(crate) fn metrics(
        &mut self,
        epoch: u32,
        params: &Params<F>,
    ) -> Result<EpochMetrics, nn_core::Error> {
        let (network, workspace) = (&self.network, &mut self.workspace);
        Ok(EpochMetrics {
            epoch,
            train: self.train.score(network, params, workspace)?,
            validation: self.validation.score(network, params, workspace)?,
            stopping_penalty: self.config.stopping_penalty.value(params).to_double(),
        })
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
    Scorer::new(samples).score(network, params, &mut Workspace::new())
}

/// Scores parameters on a data set.
struct Scorer<'a, F: Float, S: Samples<F>> {
    samples: &'a S,
    batch: S::Batch,
    positions: Vec<u32>,
    labels: Vec<u8>,
}

impl<'a, F: Float, S: Samples<F>> Scorer<'a, F, S> {
    fn new(samples: &'a S) -> Self {
        Self {
            samples,
            batch: samples.new_batch(),
            positions: (0..samples.len() as u32).collect(),
            labels: Vec::new(),
        }
    }

    fn score(
        &mut self,
        network: &Mlp,
        params: &Params<F>,
        workspace: &mut Workspace<F>,
    ) -> Result<Score, nn_core::Error> {
        let mut total = Score::default();
        for positions in self.positions.chunks(BATCH) {
            self.samples.gather(positions, &mut self.batch);
            gather_each(self.samples.labels(), positions, &mut self.labels);
            total += network.score(params, &self.batch, &self.labels, workspace)?;
        }
        Ok(total)
    }
}
