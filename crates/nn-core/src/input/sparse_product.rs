//! The two products of a sparse batch, X·W and Xᵀ·D, in vectors; `sparse.rs` has their formulas.

use std::ops::Range;

use pulp::Simd;

use super::sparse::SparseBatch;
use super::sparse_bytes::{GROUP, GroupEntry, SortedColumns};
use crate::kernel::product::{MatrixScratch, PackedMatrix};
use crate::kernel::scalar::Scalar;
use crate::kernel::simd::Vectors;
use crate::vectorised;

/// The most vectors in a row of a panel of W: as many sums as hide the latency of a multiply-add.
const MUL_VECTORS: usize = 8;

/// The most vectors in a row of a panel of D, of which four features are computed together: what the
/// registers hold.
const fn tr_mul_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

/// A matrix whose rows have `vectors` vectors, in panels of 8, 4, 2 and 1, but at most `most`: each
/// panel's first vector, and how many.
fn panels(vectors: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let count = (1 << (vectors - at).checked_ilog2()?).min(most);
        at += count;
        Some((at - count, count))
    })
}

vectorised! {
    /// Packs W [features × width] for X·W, with dᵀW as its correction. A copy pays only if the rows are
    /// read often enough.
    pub(super) fn pack_weights<'p, 'x, F, S>(
        simd: S,
        x: &'x SparseBatch<F>,
        w: &'p [F],
        width: usize,
        scratch: &'p mut MatrixScratch<F>,
    ) -> PackedMatrix<'p, F> {
        let (examples, features) = x.shape();
        assert_eq!(w.len(), features * width, "a {features} × {width} matrix");
        let lanes = F::lanes::<S>();
        let vectors = width.div_ceil(lanes);
        let correction = scratch.correction.sized(vectors * lanes);
        weighted_sum(simd, w, width, x.feature_shift.as_deref(), correction);

        let reads = (x.bytes.density() * (examples * features) as f64) as usize;
        let in_place =
            width.is_multiple_of(lanes) && (vectors <= MUL_VECTORS || reads < 4 * features);
        let data = if in_place {
            w
        } else {
            let packed = scratch.data.sized(features * vectors * lanes);
            copy_panels(w, width, lanes, MUL_VECTORS, None, packed);
            packed
        };
        PackedMatrix {
            data,
            rows: features,
            columns: width,
            in_place,
            correction,
        }
    }
}

vectorised! {
    /// Packs a ∘ D, D [examples × width], for Xᵀ·D, with cᵀD as its correction.
    pub(super) fn pack_delta<'p, 'x, F, S>(
        simd: S,
        x: &'x SparseBatch<F>,
        d: &'p [F],
        width: usize,
        scratch: &'p mut MatrixScratch<F>,
    ) -> PackedMatrix<'p, F> {
        let (examples, _) = x.shape();
        assert_eq!(d.len(), examples * width, "a {examples} × {width} matrix");
        let lanes = F::lanes::<S>();
        let vectors = width.div_ceil(lanes);
        let correction = scratch.correction.sized(vectors * lanes);
        weighted_sum(simd, d, width, Some(&x.shifts), correction);

        let packed = scratch.data.sized(examples * vectors * lanes);
        copy_panels(d, width, lanes, tr_mul_vectors::<S>(), Some(&x.scales), packed);
        PackedMatrix {
            data: packed,
            rows: examples,
            columns: width,
            in_place: false,
            correction,
        }
    }
}

/// `sum` ← Σ_i weights_i · row i of a matrix [_ × width]; without weights, they are ones.
#[inline(always)]
fn weighted_sum<S: Simd, F: Scalar>(
    simd: S,
    matrix: &[F],
    width: usize,
    weights: Option<&[F]>,
    sum: &mut [F],
) {
    sum.fill(F::zero());
    for (i, row) in matrix.chunks_exact(width).enumerate() {
        let weight = weights.map_or(F::one(), |weights| weights[i]);
        if width.is_multiple_of(F::lanes::<S>()) {
            let weight = F::splat(simd, weight);
            let sums = F::whole_mut::<S>(sum).iter_mut();
            for (s, &m) in sums.zip(F::whole::<S>(row)) {
                *s = F::fused(simd, weight, m, *s);
            }
        } else {
            for (s, &m) in sum.iter_mut().zip(row) {
                *s = weight.mul_add(m, *s);
            }
        }
    }
}

/// Copies a matrix [_ × width] panel by panel, each row by row, its rows scaled and padded with zeros to
/// whole vectors.
#[inline(always)]
fn copy_panels<F: Scalar>(
    matrix: &[F],
    width: usize,
    lanes: usize,
    most: usize,
    scale: Option<&[F]>,
    packed: &mut [F],
) {
    let rows = matrix.len() / width;
    let mut rest = packed;
    for (first, count) in panels(width.div_ceil(lanes), most) {
        let (panel, others) = rest.split_at_mut(rows * count * lanes);
        rest = others;
        let columns = first * lanes..width.min((first + count) * lanes);
        let lines = panel.chunks_exact_mut(count * lanes);
        for (i, (line, row)) in lines.zip(matrix.chunks_exact(width)).enumerate() {
            let (used, padding) = line.split_at_mut(columns.len());
            padding.fill(F::zero());
            used.copy_from_slice(&row[columns.clone()]);
            if let Some(scale) = scale {
                used.iter_mut().for_each(|x| *x *= scale[i]);
            }
        }
    }
}

/// `out` ← X·W for the examples in `rows`.
pub(super) fn mul<F: Scalar>(
    x: &SparseBatch<F>,
    rows: Range<usize>,
    w: &PackedMatrix<'_, F>,
    out: &mut [F],
) {
    assert_eq!(w.rows, x.shape().1, "rows of W");
    assert_eq!(out.len(), rows.len() * w.columns, "the product");
    // The rows lie anywhere in memory; asked for together, they come together.
    let touched = x.rows[rows.clone()].iter();
    let touched = touched.map(|&row| x.bytes.touch(row as usize));
    std::hint::black_box(touched.fold(0, |mix, x| mix ^ x));
    multiply(x, rows, w, out);
}

/// `out` ← Xᵀ·D for the features in `features`, whose groups are among the sorted columns.
pub(super) fn tr_mul<F: Scalar>(
    x: &SparseBatch<F>,
    columns: &SortedColumns,
    features: Range<usize>,
    d: &PackedMatrix<'_, F>,
    out: &mut [F],
) {
    assert!(features.end <= x.shape().1, "features");
    assert_eq!(d.rows, x.shape().0, "rows of D");
    transposed_multiply(x, columns, features, d, out);
}

vectorised! {
    fn multiply<'a, F, S>(
        simd: S,
        x: &'a SparseBatch<F>,
        rows: Range<usize>,
        w: &'a PackedMatrix<'a, F>,
        out: &'a mut [F],
    ) {
        let lanes = F::lanes::<S>();
        let vectors = w.columns.div_ceil(lanes);
        let (matrix, correction) = (F::whole::<S>(w.data), F::whole::<S>(w.correction));
        for (first, count) in panels(vectors, MUL_VECTORS) {
            let panel = Panel::<S, F> {
                rows: if w.in_place {
                    &matrix[first..]
                } else {
                    &matrix[first * w.rows..(first + count) * w.rows]
                },
                stride: if w.in_place { vectors } else { count },
                correction: &correction[first..],
                columns: first * lanes..w.columns.min((first + count) * lanes),
                width: w.columns,
            };
            for (n, out) in rows.clone().zip(out.chunks_exact_mut(w.columns)) {
                let out = &mut out[panel.columns.clone()];
                match count {
                    8 => panel.example::<8>(simd, x, n, out),
                    4 => panel.example::<4>(simd, x, n, out),
                    2 => panel.example::<2>(simd, x, n, out),
                    _ => panel.example::<1>(simd, x, n, out),
                }
            }
        }
    }
}

vectorised! {
    fn transposed_multiply<'a, F, S>(
        simd: S,
        x: &'a SparseBatch<F>,
        sorted: &'a SortedColumns,
        features: Range<usize>,
        d: &'a PackedMatrix<'a, F>,
        out: &'a mut [F],
    ) {
        let lanes = F::lanes::<S>();
        let vectors = d.columns.div_ceil(lanes);
        let (matrix, correction) = (F::whole::<S>(d.data), F::whole::<S>(d.correction));
        let groups = features.start / GROUP..features.end.div_ceil(GROUP);
        for (first, count) in panels(vectors, tr_mul_vectors::<S>()) {
            let panel = Panel::<S, F> {
                rows: &matrix[first * d.rows..(first + count) * d.rows],
                stride: count,
                correction: &correction[first..],
                columns: first * lanes..d.columns.min((first + count) * lanes),
                width: d.columns,
            };
            for group in groups.clone() {
                let entries = sorted.group(group);
                match count {
                    4 => panel.group::<4>(simd, x, entries, group, &features, out),
                    2 => panel.group::<2>(simd, x, entries, group, &features, out),
                    _ => panel.group::<1>(simd, x, entries, group, &features, out),
                }
            }
        }
    }
}

/// Some columns of a packed matrix [_ × width] and of its correction.
struct Panel<'a, S: Simd, F: Vectors> {
    rows: &'a [F::Vector<S>],
    /// From one row to the next, in vectors.
    stride: usize,
    correction: &'a [F::Vector<S>],
    columns: Range<usize>,
    width: usize,
}

impl<S: Simd, F: Scalar> Panel<'_, S, F> {
    /// One example's row of X·W, N vectors of it.
    #[inline(always)]
    fn example<const N: usize>(&self, simd: S, x: &SparseBatch<F>, n: usize, out: &mut [F]) {
        let mut sums = [F::splat(simd, F::zero()); N];
        let (columns, bytes) = x.bytes.row(x.rows[n] as usize);
        for (&j, &u) in columns.iter().zip(bytes) {
            let j = usize::from(j);
            let mut value = x.values[usize::from(u)];
            if let Some(scale) = &x.feature_scale {
                value *= scale[j];
            }
            let value = F::splat(simd, value);
            let row = &self.rows[j * self.stride..][..N];
            for k in 0..N {
                sums[k] = F::fused(simd, value, row[k], sums[k]);
            }
        }
        let zero = F::splat(simd, F::zero());
        let scale = F::splat(simd, x.scales[n]);
        let shift = F::splat(simd, -x.shifts[n]);
        for (sum, &correction) in sums.iter_mut().zip(self.correction) {
            *sum = F::fused(simd, shift, correction, F::fused(simd, scale, *sum, zero));
        }
        store::<S, F, N>(simd, &sums, out);
    }

    /// A group's rows of Xᵀ·D, N vectors of each; those of `features` are written to `out`
    /// [features × width].
    #[inline(always)]
    fn group<const N: usize>(
        &self,
        simd: S,
        x: &SparseBatch<F>,
        entries: &[GroupEntry],
        group: usize,
        features: &Range<usize>,
        out: &mut [F],
    ) {
        let (lines, _) = self.rows.as_chunks::<N>();
        let mut sums = [[F::splat(simd, F::zero()); N]; GROUP];
        let values = &*x.values;
        for &GroupEntry { example, bytes } in entries {
            let line = &lines[example as usize];
            // A zero among the four costs a multiplication and adds nothing.
            for i in 0..GROUP {
                let value = F::splat(simd, values[usize::from(bytes[i])]);
                for k in 0..N {
                    sums[i][k] = F::fused(simd, value, line[k], sums[i][k]);
                }
            }
        }
        let zero = F::splat(simd, F::zero());
        for (i, mut row) in sums.into_iter().enumerate() {
            let feature = group * GROUP + i;
            if !features.contains(&feature) {
                continue;
            }
            if let Some(scale) = &x.feature_scale {
                let scale = F::splat(simd, scale[feature]);
                for sum in &mut row {
                    *sum = F::fused(simd, scale, *sum, zero);
                }
            }
            let shift = x.feature_shift.as_ref().map_or(F::one(), |d| d[feature]);
            let shift = F::splat(simd, -shift);
            for (sum, &correction) in row.iter_mut().zip(self.correction) {
                *sum = F::fused(simd, shift, correction, *sum);
            }
            let start = (feature - features.start) * self.width;
            let out = &mut out[start + self.columns.start..start + self.columns.end];
            store::<S, F, N>(simd, &row, out);
        }
    }
}

/// Writes whole vectors to a row that may end within the last.
#[inline(always)]
fn store<S: Simd, F: Vectors, const N: usize>(simd: S, row: &[F::Vector<S>; N], out: &mut [F]) {
    if out.len() == N * F::lanes::<S>() {
        for (out, &vector) in F::whole_mut::<S>(out).iter_mut().zip(row) {
            *out = vector;
        }
    } else {
        for (out, &vector) in out.chunks_mut(F::lanes::<S>()).zip(row) {
            F::store(simd, out, vector);
        }
    }
}
