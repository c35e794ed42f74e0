//! Examples that are stored as sparse bytes, like images.

use std::sync::Arc;

use nn_core::{Float, SparseBatch, SparseBytes};
use nn_train::Samples;

/// Rows of bytes, normalised as (u − 33) / 79: near MNIST's mean and deviation.
pub(crate) struct SparseSamples {
    /// The pixels.
    pub(crate) bytes: Arc<SparseBytes>,
    /// One label for each row.
    pub(crate) labels: Vec<u8>,
}

impl<F: Float> Samples<F> for SparseSamples {
    type Batch = SparseBatch<F>;

    fn features(&self) -> usize {
        self.bytes.columns()
    }

    fn labels(&self) -> &[u8] {
        &self.labels
    }

    fn new_batch(&self) -> SparseBatch<F> {
        SparseBatch::new(Arc::clone(&self.bytes), None, None)
    }

    fn gather(&self, positions: &[u32], batch: &mut SparseBatch<F>) {
        let (scale, shift) = (F::of(1.0 / 79.0), F::of(33.0 / 79.0));
        batch.clear();
        for &position in positions {
            batch.push(position, scale, shift);
        }
    }
}
