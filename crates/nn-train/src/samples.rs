//! Data sets from which batches are gathered.

use ndarray::Array2;
use nn_core::{DenseBatch, Float, Input};

/// A labelled data set from which batches are gathered.
///
/// The trainer asks for examples by position and does not know how they are stored. So pixels can stay bytes until a
/// batch needs them.
pub trait Samples<F: Float>: Sync {
    /// The type of a batch, which is filled again for each step.
    type Batch: Input<F> + Send;

    /// The number of features of an example.
    fn features(&self) -> usize;

    /// The examples' labels, in the order of their positions.
    fn labels(&self) -> &[u8];

    /// An empty batch, for [`gather`](Self::gather) to fill.
    fn new_batch(&self) -> Self::Batch;

    /// Replaces the contents of the batch by the examples at these positions.
    fn gather(&self, positions: &[u32], batch: &mut Self::Batch);

    /// The number of examples.
    fn len(&self) -> usize {
        self.labels().len()
    }

    /// Whether there are no examples.
    fn is_empty(&self) -> bool {
        self.labels().is_empty()
    }
}

/// Examples in an array in memory.
#[derive(Clone, Debug)]
pub struct ArraySamples<F> {
    x: Array2<F>,
    y: Vec<u8>,
}

impl<F: Float> ArraySamples<F> {
    /// Examples x [examples × features] and their labels y.
    ///
    /// # Errors
    /// The numbers of labels and examples differ.
    pub fn new(x: Array2<F>, y: Vec<u8>) -> Result<Self, nn_core::Error> {
        if x.nrows() != y.len() {
            return Err(nn_core::Error::LabelCount {
                examples: x.nrows(),
                labels: y.len(),
            });
        }
        // Rows of a matrix in row-major order are slices, which are copied as a whole.
        let x = match x.is_standard_layout() {
            true => x,
            false => x.as_standard_layout().into_owned(),
        };
        Ok(Self { x, y })
    }
}

impl<F: Float> Samples<F> for ArraySamples<F> {
    type Batch = DenseBatch<F>;

    fn features(&self) -> usize {
        self.x.ncols()
    }

    fn labels(&self) -> &[u8] {
        &self.y
    }

    fn new_batch(&self) -> DenseBatch<F> {
        DenseBatch::new(self.features())
    }

    fn gather(&self, positions: &[u32], batch: &mut DenseBatch<F>) {
        batch.clear();
        for &position in positions {
            let row = self.x.row(position as usize);
            let row = row.to_slice().expect("the matrix is in row-major order");
            batch.push().copy_from_slice(row);
        }
    }
}

/// Replaces `batch` by the labels at these positions.
pub(crate) fn gather_labels(labels: &[u8], positions: &[u32], batch: &mut Vec<u8>) {
    batch.clear();
    batch.extend(positions.iter().map(|&position| labels[position as usize]));
}
