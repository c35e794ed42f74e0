//! Data sets from which batches are gathered.

use ndarray::Array2;
use nn_core::{DenseBatch, Float, Input, check_weights};

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

    /// The examples' weights in the mean loss of a batch, in the order of their positions; `None` for equal weights. See
    /// [`ArraySamples::with_weights`].
    fn weights(&self) -> Option<&[F]> {
        None
    }

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
    weights: Option<Vec<F>>,
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
        let weights = None;
        Ok(Self { x, y, weights })
    }

    /// The same examples with these weights s. The loss of a batch is then the weighted mean Σ s_n E_n / Σ s_n of the
    /// examples' losses, so an example with weight 2 counts like two equal examples of the batch. The weights change only
    /// the steps of training: a [`Score`](crate::Score) counts each example once.
    ///
    /// ```
    /// use nn_train::ArraySamples;
    ///
    /// let samples = ArraySamples::new(ndarray::array![[0.0_f32], [1.0]], vec![0, 1])?;
    /// let error = samples.with_weights(vec![1.0, f32::NAN]).unwrap_err();
    /// assert_eq!(error.to_string(), "weight NaN at position 1; expected a finite number of at least 0");
    /// # Ok::<(), nn_train::nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Another number of weights than of examples, a weight that is negative, infinite or NaN, no weight above 0.
    pub fn with_weights(self, weights: Vec<F>) -> Result<Self, nn_core::Error> {
        check_weights(&weights, self.y.len())?;
        let weights = Some(weights);
        Ok(Self { weights, ..self })
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

    fn weights(&self) -> Option<&[F]> {
        self.weights.as_deref()
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

/// No examples, with any number of features: the validation set of a run without one.
impl<F: Float> Samples<F> for () {
    type Batch = DenseBatch<F>;

    fn features(&self) -> usize {
        0
    }

    fn labels(&self) -> &[u8] {
        &[]
    }

    fn new_batch(&self) -> DenseBatch<F> {
        DenseBatch::new(0)
    }

    fn gather(&self, _: &[u32], batch: &mut DenseBatch<F>) {
        batch.clear();
    }
}

/// Replaces `batch` by the labels or weights at these positions.
pub(crate) fn gather_each<T: Copy>(all: &[T], positions: &[u32], batch: &mut Vec<T>) {
    batch.clear();
    batch.extend(positions.iter().map(|&position| all[position as usize]));
}
