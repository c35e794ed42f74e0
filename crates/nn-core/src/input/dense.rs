//! A dense batch, filled row by row and reused.

use ndarray::ArrayView2;

use crate::float::Float;

/// A dense batch [examples × features] that keeps its memory when it is filled again.
///
/// A whole [`ndarray`] array is an [`Input`](crate::Input) too. This type is for training loops, whose last batch is
/// shorter.
#[derive(Clone, Debug)]
pub struct DenseBatch<F> {
    features: usize,
    rows: usize,
    data: Vec<F>,
}

impl<F: Float> DenseBatch<F> {
    /// An empty batch of examples with `features` features.
    pub fn new(features: usize) -> Self {
        Self {
            features,
            rows: 0,
            data: Vec::new(),
        }
    }

    /// Empties the batch; its memory stays.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.data.clear();
    }

    /// Appends an example of zeros and returns its features to be filled in.
    pub fn push(&mut self) -> &mut [F] {
        let start = self.data.len();
        self.data.resize(start + self.features, F::zero());
        self.rows += 1;
        &mut self.data[start..]
    }

    /// The batch as an array [examples × features].
    pub fn view(&self) -> ArrayView2<'_, F> {
        ArrayView2::from_shape((self.rows, self.features), &self.data)
            .expect("the buffer holds examples × features numbers")
    }
}
