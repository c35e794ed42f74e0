//! The input of a network: a batch of examples, dense or sparse.
//!
//! The first layer needs two products of its input X: X·W in the forward pass and Xᵀ·δ in backpropagation.
//! Nothing else reads X, so a sparse batch never becomes dense.

pub(crate) mod dense;
mod form;
mod sorted;
mod sparse;
mod sparse_bytes;
mod sparse_product;
#[cfg(test)]
mod tests;

use std::ops::Range;

use ndarray::{ArrayBase, ArrayView2, Data, Ix2};

pub use self::dense::DenseBatch;
pub use self::form::{InputForm, UnknownInputForm};
pub use self::sparse::SparseBatch;
pub use self::sparse_bytes::SparseBytes;

pub(crate) use self::sparse_product::SparseScratch;

use crate::float::Float;
use crate::kernel::{Buffer, Matrix, PackedMatrix, pack, product};

/// A type that is a batch of examples X [examples × features]: an [`ndarray`] array, a [`DenseBatch`], a
/// [`SparseBatch`], or a type that contains one of them.
///
/// ```
/// use nn_core::{Batch, DenseBatch, Input, Float, SparseBatch};
///
/// enum Either<F> {
///     Dense(DenseBatch<F>),
///     Sparse(SparseBatch<F>),
/// }
///
/// impl<F: Float> Input<F> for Either<F> {
///     fn as_batch(&self) -> Batch<'_, F> {
///         match self {
///             Self::Dense(batch) => batch.as_batch(),
///             Self::Sparse(batch) => batch.as_batch(),
///         }
///     }
/// }
/// ```
pub trait Input<F: Float> {
    /// The batch, dense or sparse.
    fn as_batch(&self) -> Batch<'_, F>;

    /// The number of examples in the batch.
    fn rows(&self) -> usize {
        self.as_batch().shape().0
    }

    /// The number of features of an example.
    fn features(&self) -> usize {
        self.as_batch().shape().1
    }
}

/// A batch [examples × features], dense or sparse; both forms give the same results up to rounding.
#[derive(Clone, Copy, Debug)]
pub enum Batch<'a, F> {
    /// An array of all numbers. An array that is not in row-major order is copied at each use.
    Dense(ArrayView2<'a, F>),
    /// Bytes that are mostly zeros, with a normalisation.
    Sparse(&'a SparseBatch<F>),
}

impl<F> Batch<'_, F> {
    /// The numbers of examples and features.
    pub(crate) fn shape(&self) -> (usize, usize) {
        match self {
            Self::Dense(x) => x.dim(),
            Self::Sparse(x) => x.shape(),
        }
    }
}

impl<F: Float, S: Data<Elem = F>> Input<F> for ArrayBase<S, Ix2> {
    fn as_batch(&self) -> Batch<'_, F> {
        Batch::Dense(self.view())
    }
}

impl<F: Float> Input<F> for DenseBatch<F> {
    fn as_batch(&self) -> Batch<'_, F> {
        Batch::Dense(self.view())
    }
}

impl<F: Float> Input<F> for SparseBatch<F> {
    fn as_batch(&self) -> Batch<'_, F> {
        Batch::Sparse(self)
    }
}

/// The right-hand factor of a product, packed for a dense or a sparse left-hand factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor<'a, F> {
    pub(crate) matrix: PackedMatrix<'a, F>,
    /// A row that is scaled and subtracted from every row of a sparse product; empty for a dense product.
    pub(crate) correction: &'a [F],
}

impl<'a, F: Float> Factor<'a, F> {
    /// Packs the factor of a dense product.
    pub(crate) fn dense(matrix: Matrix<'_, F>, scratch: &'a mut FactorScratch<F>) -> Self {
        Self {
            matrix: pack(matrix, &mut scratch.matrix),
            correction: &[],
        }
    }
}

/// Memory for one [`Factor`], which grows to the largest factor and is reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct FactorScratch<F> {
    matrix: Buffer<F>,
    correction: Buffer<F>,
}

/// The input A [examples × fan-in] of a layer. Above the first layer, A is always dense.
///
/// A product with A has two steps: the first packs the right-hand factor, and the second computes the result.
impl<'a, F: Float> Batch<'a, F> {
    /// The batch in row-major order. `copy` is memory for arrays in another order.
    pub(crate) fn in_row_major<'x: 'a>(batch: Batch<'x, F>, copy: &'a mut Buffer<F>) -> Self {
        match batch {
            Batch::Dense(x) if !x.is_standard_layout() => {
                let numbers = copy.sized(x.len());
                numbers.iter_mut().zip(x).for_each(|(to, &from)| *to = from);
                Self::dense(numbers, x.nrows(), x.ncols())
            }
            Batch::Dense(x) => Self::Dense(x.reborrow()),
            Batch::Sparse(x) => Self::Sparse(x),
        }
    }

    /// A dense batch in row-major order.
    pub(crate) fn dense(numbers: &'a [F], examples: usize, features: usize) -> Self {
        let view = ArrayView2::from_shape((examples, features), numbers);
        Self::Dense(view.expect("examples × features numbers"))
    }

    /// Packs W [fan-in × width], row-major, for [`mul`](Self::mul).
    pub(crate) fn pack_weights<'p>(
        self,
        w: &'p [F],
        width: usize,
        scratch: &'p mut FactorScratch<F>,
    ) -> Factor<'p, F> {
        match self {
            Self::Dense(a) => Factor::dense(Matrix::new(w, a.ncols(), width), scratch),
            Self::Sparse(x) => sparse_product::pack_weights(x, w, width, scratch),
        }
    }

    /// Computes `out` ← A·W; `out` is [examples × width], row-major. Afterwards, `scratch` has the data of the examples
    /// for [`tr_mul`](Self::tr_mul).
    pub(crate) fn mul(self, w: &Factor<'_, F>, scratch: &mut SparseScratch<F>, out: &mut [F]) {
        match self {
            Self::Dense(a) => product(matrix(a), 0..a.nrows(), &w.matrix, out),
            Self::Sparse(x) => sparse_product::mul(x, w, scratch, out),
        }
    }

    /// Packs δ [examples × width], row-major, for [`tr_mul`](Self::tr_mul).
    pub(crate) fn pack_delta<'p>(
        self,
        delta: &'p [F],
        width: usize,
        scratch: &'p mut FactorScratch<F>,
    ) -> Factor<'p, F> {
        match self {
            Self::Dense(a) => Factor::dense(Matrix::new(delta, a.nrows(), width), scratch),
            Self::Sparse(x) => sparse_product::pack_delta(x, delta, width, scratch),
        }
    }

    /// Computes Aᵀ·δ block by block. `take` gets the features of a block and its rows [features × width], row-major,
    /// which it may change. Blocks are in ascending order. `sorted` is the scratch of A·W.
    pub(crate) fn tr_mul(
        self,
        delta: &Factor<'_, F>,
        sorted: &SparseScratch<F>,
        block: &mut Buffer<F>,
        mut take: impl FnMut(Range<usize>, &mut [F]),
    ) {
        for rows in blocks(self.shape().1, block_rows(delta.matrix.columns)) {
            let block = block.sized(rows.len() * delta.matrix.columns);
            match self {
                Self::Dense(a) => product(matrix(a).t(), rows.clone(), &delta.matrix, block),
                Self::Sparse(x) => sparse_product::tr_mul(x, sorted, rows.clone(), delta, block),
            }
            take(rows, block);
        }
    }
}

/// A view in row-major order as the kernel's matrix.
fn matrix<F: Float>(view: ArrayView2<'_, F>) -> Matrix<'_, F> {
    let numbers = view.to_slice().expect("a view in row-major order");
    Matrix::new(numbers, view.nrows(), view.ncols())
}

/// The number of rows [_ × width] in a block: half of a 32 KiB cache in `f32`, and a multiple of the rows that the
/// products compute together.
fn block_rows(width: usize) -> usize {
    const TOGETHER: usize = 12;
    (4096 / width / TOGETHER).max(1) * TOGETHER
}

/// Divides `0..end` into blocks of `len`.
fn blocks(end: usize, len: usize) -> impl Iterator<Item = Range<usize>> {
    let starts = (0..end).step_by(len);
    starts.map(move |start| start..end.min(start + len))
}
