//! Sparse input with an affine normalisation, without ever making it dense.
//!
//! Four in five of MNIST's pixels are 0, but no normalised pixel is: x = (u − m)/s moves the zeros.
//! Every normalisation in use is affine, so X = V − c·dᵀ, where V holds the scaled non-zero pixels,
//! c belongs to the images and d to the pixels, and
//!
//! X·W = V·W − c·(dᵀW)  and  Xᵀ·D = Vᵀ·D − d·(cᵀD).
//!
//! Both products cost what V's entries cost, plus one row.

use std::ops::Range;
use std::sync::Arc;

use pulp::{Arch, Simd, WithSimd};

use crate::error::Error;
use crate::input::{Input, Scratch};
use crate::product::sized;
use crate::scalar::Scalar;

/// Rows of bytes with their zeros left out: compressed sparse rows, three bytes an entry.
#[derive(Clone, Debug)]
pub struct SparseBytes {
    columns: usize,
    /// Where each row's entries begin; one more than there are rows.
    starts: Vec<usize>,
    indices: Vec<u16>,
    values: Vec<u8>,
}

impl SparseBytes {
    /// Takes rows of `columns` bytes, one after another.
    ///
    /// # Errors
    /// More than 65,536 columns, or bytes that fill no whole number of rows.
    pub fn from_dense(bytes: &[u8], columns: usize) -> Result<Self, Error> {
        if columns > 1 << 16 {
            return Err(Error::TooManyColumns { found: columns });
        }
        if columns == 0 || !bytes.len().is_multiple_of(columns) {
            return Err(Error::RaggedRows {
                bytes: bytes.len(),
                columns,
            });
        }
        let entries = bytes.iter().filter(|&&byte| byte != 0).count();
        let mut sparse = Self {
            columns,
            starts: Vec::with_capacity(bytes.len() / columns + 1),
            indices: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
        };
        sparse.starts.push(0);
        for row in bytes.chunks_exact(columns) {
            for (column, &byte) in row.iter().enumerate() {
                if byte != 0 {
                    sparse.indices.push(column as u16);
                    sparse.values.push(byte);
                }
            }
            sparse.starts.push(sparse.indices.len());
        }
        Ok(sparse)
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The share of bytes that are not 0; 0 for an empty matrix.
    pub fn density(&self) -> f64 {
        self.values.len() as f64 / (self.rows() * self.columns).max(1) as f64
    }

    /// Row `row`'s non-zero columns, ascending, and their values.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> (&[u16], &[u8]) {
        let entries = self.starts[row]..self.starts[row + 1];
        (&self.indices[entries.clone()], &self.values[entries])
    }
}

/// V by rows or by columns: the entries of line i are `starts[i]..starts[i + 1]`.
#[derive(Clone, Debug, Default)]
struct Lines<F> {
    starts: Vec<u32>,
    entries: Vec<Entry<F>>,
}

/// A number that is not 0, with its place in the line.
#[derive(Clone, Copy, Debug, Default)]
struct Entry<F> {
    index: u32,
    value: F,
}

impl<F> Lines<F> {
    /// Each line's entries.
    fn iter(&self) -> impl Iterator<Item = &[Entry<F>]> {
        let lines = self.starts.windows(2);
        lines.map(|line| &self.entries[line[0] as usize..line[1] as usize])
    }
}

/// A batch X = V − c·dᵀ [examples × features]; reused from batch to batch, so that filling it
/// allocates nothing once it has held the largest.
#[derive(Clone, Debug)]
pub struct SparseBatch<F> {
    features: usize,
    by_example: Lines<F>,
    by_feature: Lines<F>,
    /// c, one an example.
    example_shift: Vec<F>,
    /// b and d, one a feature each; `None` stands for ones.
    feature_scale: Option<Arc<[F]>>,
    feature_shift: Option<Arc<[F]>>,
}

impl<F: Scalar> SparseBatch<F> {
    /// An empty batch of examples with `features` features: x_j = u_j·a·b_j − c·d_j, where a and c
    /// come with each example and `scale` = b and `shift` = d hold for all (`None`: ones).
    ///
    /// # Panics
    /// If `scale` or `shift` has another length than `features`.
    pub fn new(features: usize, scale: Option<Arc<[F]>>, shift: Option<Arc<[F]>>) -> Self {
        for given in [&scale, &shift].into_iter().flatten() {
            assert_eq!(given.len(), features, "one coefficient a feature");
        }
        Self {
            features,
            by_example: Lines {
                starts: vec![0],
                ..Lines::default()
            },
            by_feature: Lines::default(),
            example_shift: Vec::new(),
            feature_scale: scale,
            feature_shift: shift,
        }
    }

    /// Empties the batch; its room stays.
    pub fn clear(&mut self) {
        self.by_example.starts.truncate(1);
        self.by_example.entries.clear();
        self.by_feature.starts.clear();
        self.example_shift.clear();
    }

    /// Appends an example: the columns and values of its non-zero bytes, with a = `scale` and
    /// c = `shift`.
    ///
    /// # Panics
    /// If a column is not below the number of features, or there are not as many columns as bytes.
    pub fn push(&mut self, (columns, bytes): (&[u16], &[u8]), scale: F, shift: F) {
        assert!(
            columns.iter().all(|&j| usize::from(j) < self.features),
            "a column of {} features",
            self.features
        );
        assert_eq!(columns.len(), bytes.len(), "a column for each byte");
        // What an earlier transposition left would lack this example.
        self.by_feature.starts.clear();
        let lines = &mut self.by_example;
        let entries = columns.iter().zip(bytes).map(|(&j, &u)| Entry {
            index: j.into(),
            value: F::of_byte(u) * scale,
        });
        match &self.feature_scale {
            None => lines.entries.extend(entries),
            Some(b) => lines.entries.extend(entries.map(|entry| Entry {
                value: entry.value * b[entry.index as usize],
                ..entry
            })),
        }
        lines.starts.push(lines.entries.len() as u32);
        self.example_shift.push(shift);
    }

    /// Sorts the entries by feature too, which [`Input::tr_mul`] needs; call it after the last
    /// [`push`](Self::push).
    pub fn transpose(&mut self) {
        let (rows, columns) = (&self.by_example, &mut self.by_feature);
        // A counting sort: how many entries has each feature, where do they begin, put them there.
        columns.starts.clear();
        columns.starts.resize(self.features + 1, 0);
        for entry in &rows.entries {
            columns.starts[entry.index as usize] += 1;
        }
        let mut total = 0;
        for start in &mut columns.starts {
            total += std::mem::replace(start, total);
        }
        columns.entries.resize(rows.entries.len(), Entry::default());
        for (n, line) in rows.iter().enumerate() {
            for &Entry { index, value } in line {
                let next = &mut columns.starts[index as usize];
                columns.entries[*next as usize] = Entry {
                    index: n as u32,
                    value,
                };
                *next += 1;
            }
        }
        // Each start has moved to the next one's place.
        columns.starts.rotate_right(1);
        columns.starts[0] = 0;
    }

    /// The examples, normalised and dense [examples × features]: for tests and for looking at.
    pub fn to_dense(&self) -> ndarray::Array2<F> {
        let shift = |j: usize| self.feature_shift.as_ref().map_or(F::one(), |d| d[j]);
        let mut dense = ndarray::Array2::from_shape_fn((self.rows(), self.features), |(n, j)| {
            -self.example_shift[n] * shift(j)
        });
        for (n, line) in self.by_example.iter().enumerate() {
            for entry in line {
                dense[[n, entry.index as usize]] += entry.value;
            }
        }
        dense
    }
}

impl<F: Scalar> Input<F> for SparseBatch<F> {
    fn rows(&self) -> usize {
        self.example_shift.len()
    }

    fn features(&self) -> usize {
        self.features
    }

    fn mul(
        &self,
        rows: Range<usize>,
        weights: &[F],
        width: usize,
        out: &mut [F],
        scratch: &mut Scratch<F>,
    ) {
        assert_eq!(weights.len(), self.features * width, "weights");
        Arch::new().dispatch(SparseProduct {
            lines: &self.by_example,
            range: rows.clone(),
            left: &self.example_shift[rows],
            right: self.feature_shift.as_deref(),
            dense: weights,
            width,
            out,
            scratch,
        });
    }

    /// # Panics
    /// If [`SparseBatch::transpose`] was not called after the last example.
    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &[F],
        width: usize,
        out: &mut [F],
        scratch: &mut Scratch<F>,
    ) {
        assert_eq!(
            self.by_feature.starts.len(),
            self.features + 1,
            "transpose() comes before tr_mul()"
        );
        assert_eq!(d.len(), self.rows() * width, "rows of D");
        let left = self.feature_shift.as_deref().map(|d| &d[features.clone()]);
        Arch::new().dispatch(SparseProduct {
            lines: &self.by_feature,
            range: features,
            left: left.unwrap_or(&[]),
            right: Some(&self.example_shift),
            dense: d,
            width,
            out,
            scratch,
        });
    }
}

/// `out` ← L·M − l·(rᵀM) for some lines of L, where M = `dense` is [_ × width] row-major.
///
/// Each element sums its line's entries in order with fused multiply-adds, so its value does not
/// depend on the vector width.
struct SparseProduct<'a, F> {
    lines: &'a Lines<F>,
    range: Range<usize>,
    /// l, one for each line of the range; empty stands for ones.
    left: &'a [F],
    /// r, one for each row of M; `None` stands for ones.
    right: Option<&'a [F]>,
    dense: &'a [F],
    width: usize,
    out: &'a mut [F],
    scratch: &'a mut Scratch<F>,
}

impl<F: Scalar> WithSimd for SparseProduct<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            lines,
            range,
            left,
            right,
            dense,
            width,
            out,
            scratch,
        } = self;
        assert_eq!(out.len(), range.len() * width, "the product's dimensions");
        if out.is_empty() {
            return;
        }
        let Scratch { panel, correction } = scratch;
        let lanes = F::lanes::<S>();
        let vectors = width.div_ceil(lanes);
        let dense = if width.is_multiple_of(lanes) {
            dense
        } else {
            pad(dense, width, vectors * lanes, panel)
        };
        let dense = F::whole::<S>(dense);

        let correction = F::whole_mut::<S>(sized(correction, vectors * lanes));
        weighted_sum(simd, right, dense, correction);

        let starts = &lines.starts[range.start..=range.end];
        for (i, (line, out)) in starts
            .windows(2)
            .zip(out.chunks_exact_mut(width))
            .enumerate()
        {
            let line = Line {
                entries: &lines.entries[line[0] as usize..line[1] as usize],
                left: left.get(i).copied().unwrap_or(F::one()),
                vectors,
            };
            let mut at = 0;
            while at < vectors {
                let out = &mut out[at * lanes..];
                at += match vectors - at {
                    8.. => line.times::<S, 8>(simd, dense, at, correction, out),
                    4.. => line.times::<S, 4>(simd, dense, at, correction, out),
                    2.. => line.times::<S, 2>(simd, dense, at, correction, out),
                    _ => line.times::<S, 1>(simd, dense, at, correction, out),
                };
            }
        }
    }
}

/// Copies M with its rows padded by zeros.
#[inline(always)]
fn pad<'a, F: Scalar>(dense: &[F], width: usize, padded: usize, panel: &'a mut Vec<F>) -> &'a [F] {
    let panel = sized(panel, dense.len() / width * padded);
    for (line, row) in panel
        .chunks_exact_mut(padded)
        .zip(dense.chunks_exact(width))
    {
        line[..width].copy_from_slice(row);
        line[width..].fill(F::zero());
    }
    panel
}

/// `sum` ← rᵀM.
#[inline(always)]
fn weighted_sum<S: Simd, F: Scalar>(
    simd: S,
    right: Option<&[F]>,
    dense: &[F::Vector<S>],
    sum: &mut [F::Vector<S>],
) {
    sum.fill(F::splat(simd, F::zero()));
    let rows = dense.chunks_exact(sum.len());
    for (i, row) in rows.enumerate() {
        let r = F::splat(simd, right.map_or(F::one(), |right| right[i]));
        for (s, &m) in sum.iter_mut().zip(row) {
            *s = F::fused(simd, r, m, *s);
        }
    }
}

/// One line of L.
struct Line<'a, F> {
    entries: &'a [Entry<F>],
    left: F,
    /// Vectors in a row of M.
    vectors: usize,
}

impl<F: Scalar> Line<'_, F> {
    /// N vectors of this line's product, from vector `at` on, summed in registers; returns N.
    #[inline(always)]
    fn times<S: Simd, const N: usize>(
        &self,
        simd: S,
        dense: &[F::Vector<S>],
        at: usize,
        correction: &[F::Vector<S>],
        out: &mut [F],
    ) -> usize {
        let mut sums = [F::splat(simd, F::zero()); N];
        for &Entry { index, value } in self.entries {
            let start = index as usize * self.vectors + at;
            let row = &dense[start..start + N];
            let value = F::splat(simd, value);
            for k in 0..N {
                sums[k] = F::fused(simd, value, row[k], sums[k]);
            }
        }
        let left = F::splat(simd, -self.left);
        for ((sum, &c), out) in sums
            .iter()
            .zip(&correction[at..at + N])
            .zip(out.chunks_mut(F::lanes::<S>()))
        {
            F::store(simd, out, F::fused(simd, left, c, *sum));
        }
        N
    }
}
