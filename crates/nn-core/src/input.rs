//! What the first layer asks of its input: two products, and nothing else.

use std::ops::Range;

use ndarray::{ArrayBase, Data, Ix2};

use crate::product::{Matrix, product};
use crate::scalar::Scalar;

/// A batch of examples X [examples × features] as a linear operator.
///
/// The first layer needs X·W going forward and Xᵀ·D going back; the rest of the network never sees X.
/// So a dense array and a sparse batch are interchangeable. Both products can be asked for in part,
/// so that several threads can share one; an element's value does not depend on the part.
pub trait Input<F: Scalar>: Sync {
    /// Examples in the batch.
    fn rows(&self) -> usize;

    /// Features of an example.
    fn features(&self) -> usize;

    /// `out` ← X·W for the examples in `rows`: `weights` is [features × width], `out` is
    /// [rows × width], both row-major.
    fn mul(
        &self,
        rows: Range<usize>,
        weights: &[F],
        width: usize,
        out: &mut [F],
        scratch: &mut Scratch<F>,
    );

    /// `out` ← Xᵀ·D for the features in `features`: `d` is [examples × width], `out` is
    /// [features × width], both row-major.
    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &[F],
        width: usize,
        out: &mut [F],
        scratch: &mut Scratch<F>,
    );
}

/// Room that a product needs besides its result; grows to the largest need and stays.
#[derive(Clone, Debug, Default)]
pub struct Scratch<F> {
    /// A matrix's columns, packed.
    pub(crate) panel: Vec<F>,
    /// A row that is subtracted from every row of a product.
    pub(crate) correction: Vec<F>,
}

/// A dense batch [examples × features]. One that is not in row-major order is copied.
impl<F: Scalar, S: Data<Elem = F> + Sync> Input<F> for ArrayBase<S, Ix2> {
    fn rows(&self) -> usize {
        self.nrows()
    }

    fn features(&self) -> usize {
        self.ncols()
    }

    fn mul(
        &self,
        rows: Range<usize>,
        weights: &[F],
        width: usize,
        out: &mut [F],
        scratch: &mut Scratch<F>,
    ) {
        let x = self.as_standard_layout();
        let x = Matrix::new(x.as_slice().unwrap_or(&[]), self.nrows(), self.ncols());
        let weights = Matrix::new(weights, self.ncols(), width);
        let x = x.rows(rows.start, rows.len());
        product(x, weights, out, &mut scratch.panel);
    }

    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &[F],
        width: usize,
        out: &mut [F],
        scratch: &mut Scratch<F>,
    ) {
        let x = self.as_standard_layout();
        let x = Matrix::new(x.as_slice().unwrap_or(&[]), self.nrows(), self.ncols());
        let d = Matrix::new(d, self.nrows(), width);
        let x = x.t().rows(features.start, features.len());
        product(x, d, out, &mut scratch.panel);
    }
}
