//! A dense batch that is filled row by row and reused.

use std::ops::Range;

use ndarray::ArrayView2;

use crate::input::{Factor, Input, Room, Scratch};
use crate::scalar::Scalar;

/// A batch [examples × features] that keeps its room from batch to batch.
///
/// A whole [`ndarray`] array is an [`Input`] as well; this one is for a training loop, whose last
/// batch is shorter.
#[derive(Clone, Debug)]
pub struct DenseBatch<F> {
    features: usize,
    rows: usize,
    data: Vec<F>,
}

impl<F: Scalar> DenseBatch<F> {
    /// An empty batch of examples with `features` features.
    pub fn new(features: usize) -> Self {
        Self {
            features,
            rows: 0,
            data: Vec::new(),
        }
    }

    /// Empties the batch; its room stays.
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

impl<F: Scalar> Input<F> for DenseBatch<F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn features(&self) -> usize {
        self.features
    }

    fn ready_mul<'a>(
        &self,
        weights: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F> {
        self.view().ready_mul(weights, width, scratch)
    }

    fn mul(&self, rows: Range<usize>, weights: &Factor<'_, F>, out: &mut [F]) {
        self.view().mul(rows, weights, out);
    }

    fn ready_tr_mul<'a>(
        &self,
        d: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F> {
        self.view().ready_tr_mul(d, width, scratch)
    }

    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &Factor<'_, F>,
        room: &mut Room<F>,
        take: &mut impl FnMut(Range<usize>, &mut [F]),
    ) {
        self.view().tr_mul(features, d, room, take);
    }
}
