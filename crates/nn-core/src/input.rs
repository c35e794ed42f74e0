//! What the first layer asks of its input: two products, and nothing else.

use std::ops::Range;

use ndarray::{ArrayBase, Data, Ix2};

use crate::buffer::Buffer;
use crate::product::{Matrix, pack, product};
use crate::scalar::Scalar;
use crate::sparse::Columns;

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

    /// Xᵀ·D for the features in `features`, a few rows at a time: `take` gets the rows' features and
    /// the rows [features × width], row-major, which it may change. They come in ascending order.
    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &Factor<'_, F>,
        room: &mut Room<F>,
        take: &mut impl FnMut(Range<usize>, &mut [F]),
    );
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

/// Room for a few rows of Xᵀ·D, one for each thread; grows to the largest need and stays.
#[derive(Clone, Debug)]
pub struct Room<F> {
    pub(crate) block: Buffer<F>,
    pub(crate) columns: Columns,
}

impl<F> Default for Room<F> {
    fn default() -> Self {
        Self {
            block: Buffer::default(),
            columns: Columns::default(),
        }
    }
}

/// How many rows [_ × width] are computed at a time: half the nearest cache full in `f32`, and a
/// multiple of what the products compute together.
pub(crate) fn rows_at_a_time(width: usize) -> usize {
    (4096 / width / 12).max(1) * 12
}

/// `range` in pieces of `len`.
pub(crate) fn pieces(range: Range<usize>, len: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range
        .step_by(len)
        .map(move |start| start..end.min(start + len))
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

    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &Factor<'_, F>,
        room: &mut Room<F>,
        take: &mut impl FnMut(Range<usize>, &mut [F]),
    ) {
        let x = self.as_standard_layout();
        let x = Matrix::new(x.as_slice().unwrap_or(&[]), self.nrows(), self.ncols());
        for rows in pieces(features, rows_at_a_time(d.width)) {
            let out = room.block.sized(rows.len() * d.width);
            product(x.t(), rows.clone(), d, out);
            take(rows, out);
        }
    }
}
