//! Sparse input with an affine normalisation.
//!
//! Four in five pixels of MNIST are 0, but normalised pixels are not, since x = (u − m)/s moves the zeros.
//! Every normalisation here is affine: x_nj = a_n u_nj b_j − c_n d_j, with a and c for each image and b and d
//! for each pixel. So, with U the bytes and ∘ scaling rows,
//!
//! X·W = a ∘ (U·(b ∘ W)) − c·(dᵀW)  and  Xᵀ·D = b ∘ (Uᵀ·(a ∘ D)) − d·(cᵀD).
//!
//! The cost of both products is that of the non-zero bytes, plus one row. The batch is a list of images; the pixels are
//! not copied.

use std::sync::Arc;

use crate::float::Float;

use super::sparse_bytes::SparseBytes;

/// A batch X [examples × features] of rows of a [`SparseBytes`]. It keeps its memory when it is filled again.
#[derive(Clone, Debug)]
pub struct SparseBatch<F> {
    pub(super) bytes: Arc<SparseBytes>,
    pub(super) rows: Vec<u32>,
    /// The coefficient a of each example.
    pub(super) scales: Vec<F>,
    /// The coefficient c of each example.
    pub(super) shifts: Vec<F>,
    /// The coefficient b of each feature; `None` means ones.
    pub(super) feature_scale: Option<Arc<[F]>>,
    /// The coefficient d of each feature; `None` means ones.
    pub(super) feature_shift: Option<Arc<[F]>>,
}

impl<F> SparseBatch<F> {
    /// The numbers of examples and features.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.rows.len(), self.bytes.columns())
    }
}

impl<F: Float> SparseBatch<F> {
    /// An empty batch of rows of `bytes`, normalised as x_j = u_j·a·b_j − c·d_j. Each example has a and c; `scale` is b
    /// and `shift` is d, with `None` for ones.
    ///
    /// # Panics
    /// If `scale` or `shift` does not have one number per column.
    pub fn new(bytes: Arc<SparseBytes>, scale: Option<Arc<[F]>>, shift: Option<Arc<[F]>>) -> Self {
        for given in [&scale, &shift].into_iter().flatten() {
            assert_eq!(given.len(), bytes.columns(), "one coefficient a feature");
        }
        Self {
            bytes,
            rows: Vec::new(),
            scales: Vec::new(),
            shifts: Vec::new(),
            feature_scale: scale,
            feature_shift: shift,
        }
    }

    /// Empties the batch; its memory stays.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.scales.clear();
        self.shifts.clear();
    }

    /// Appends row `row` of the bytes, with a = `scale` and c = `shift`.
    ///
    /// # Panics
    /// If the row does not exist.
    pub fn push(&mut self, row: u32, scale: F, shift: F) {
        assert!((row as usize) < self.bytes.rows(), "row {row}");
        self.rows.push(row);
        self.scales.push(scale);
        self.shifts.push(shift);
    }

    /// The examples, normalised and dense [examples × features], for tests and inspection.
    pub fn to_dense(&self) -> ndarray::Array2<F> {
        let coefficient = |all: &Option<Arc<[F]>>, j: usize| {
            all.as_ref()
                .map_or(F::one(), |coefficients| coefficients[j])
        };
        let mut dense = ndarray::Array2::<F>::zeros(self.shape());
        for (n, mut x) in dense.rows_mut().into_iter().enumerate() {
            for (j, u) in self.bytes.row(self.rows[n] as usize) {
                x[j] = F::of_byte(u) * self.scales[n] * coefficient(&self.feature_scale, j);
            }
            for (j, x) in x.iter_mut().enumerate() {
                *x -= self.shifts[n] * coefficient(&self.feature_shift, j);
            }
        }
        dense
    }
}
