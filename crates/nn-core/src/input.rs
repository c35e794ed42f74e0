//! What the first layer asks of its input: two products, and nothing else.

use std::ops::Range;

use ndarray::{ArrayBase, Data, Ix2};

use crate::buffer::Buffer;
use crate::product::{Matrix, pack, product};
use crate::scalar::Scalar;

/// A batch of examples X [examples × features] as a linear operator.
///
/// The first layer needs X·W going forward and Xᵀ·D going back; the rest of the network never sees X.
/// So a dense array and a sparse batch are interchangeable.
///
/// Each product comes in two steps. One makes the right-hand factor ready; the other multiplies any
/// part of X with it, so that several threads can share the work. An element's value does not depend
/// on the part.
pub trait Input<F: Scalar>: Sync {
    /// Examples in the batch.
    fn rows(&self) -> usize;

    /// Features of an example.
    fn features(&self) -> usize;

    /// Makes W [features × width], row-major, ready for [`mul`](Self::mul).
    fn ready_mul<'a>(
        &self,
        weights: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F>;

    /// `out` ← X·W for the examples in `rows`; `out` is [rows × width], row-major.
    fn mul(&self, rows: Range<usize>, weights: &Factor<'_, F>, out: &mut [F]);

    /// Makes D [examples × width], row-major, ready for [`tr_mul`](Self::tr_mul).
    fn ready_tr_mul<'a>(
        &self,
        d: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F>;

    /// `out` ← Xᵀ·D for the features in `features`; `out` is [features × width], row-major.
    fn tr_mul(&self, features: Range<usize>, d: &Factor<'_, F>, out: &mut [F]);
}

/// The right-hand factor of a product, made ready.
#[derive(Clone, Copy, Debug)]
pub struct Factor<'a, F> {
    /// The matrix, packed as the product wants it, or as it came.
    pub(crate) matrix: &'a [F],
    pub(crate) packed: bool,
    pub(crate) rows: usize,
    pub(crate) width: usize,
    /// A row that is subtracted, scaled, from every row of the product; empty for none.
    pub(crate) correction: &'a [F],
}

/// Room that a [`Factor`] needs; grows to the largest need and stays.
#[derive(Clone, Debug)]
pub struct Scratch<F> {
    pub(crate) packed: Buffer<F>,
    pub(crate) correction: Buffer<F>,
}

impl<F> Default for Scratch<F> {
    fn default() -> Self {
        Self {
            packed: Buffer::default(),
            correction: Buffer::default(),
        }
    }
}

/// A dense batch [examples × features]. One that is not in row-major order is copied.
impl<F: Scalar, S: Data<Elem = F> + Sync> Input<F> for ArrayBase<S, Ix2> {
    fn rows(&self) -> usize {
        self.nrows()
    }

    fn features(&self) -> usize {
        self.ncols()
    }

    fn ready_mul<'a>(
        &self,
        weights: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F> {
        let weights = Matrix::new(weights, self.ncols(), width);
        pack(weights, &mut scratch.packed)
    }

    fn mul(&self, rows: Range<usize>, weights: &Factor<'_, F>, out: &mut [F]) {
        let x = self.as_standard_layout();
        let x = Matrix::new(x.as_slice().unwrap_or(&[]), self.nrows(), self.ncols());
        product(x, rows, weights, out);
    }

    fn ready_tr_mul<'a>(
        &self,
        d: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F> {
        let d = Matrix::new(d, self.nrows(), width);
        pack(d, &mut scratch.packed)
    }

    fn tr_mul(&self, features: Range<usize>, d: &Factor<'_, F>, out: &mut [F]) {
        let x = self.as_standard_layout();
        let x = Matrix::new(x.as_slice().unwrap_or(&[]), self.nrows(), self.ncols());
        product(x.t(), features, d, out);
    }
}
