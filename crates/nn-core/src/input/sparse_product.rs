//! The two products of a sparse batch, X·W and Xᵀ·D, with SIMD vectors; `sparse.rs` has their formulas.
//!
//! Both products go through the batch by groups of features (`sorted.rs`), a panel of columns at a time:
//!
//! * X·W keeps a group's four rows of W in registers, and adds them to the sums of each example that has ink there. The
//!   sums of all examples, one panel wide, stay in the first-level cache, and W is read once.
//! * Xᵀ·D keeps the four rows of the product in registers, and adds the row of D of each example that has ink there.

use std::ops::Range;

use pulp::Simd;

use crate::float::Float;
use crate::kernel::{Buffer, PackedMatrix, Vectors, vectorised};

use super::sorted::{BLOCK, Examples, Inked, Sorted};
use super::sparse::SparseBatch;
use super::sparse_bytes::GROUP;
use super::{Factor, FactorScratch};

/// The maximum number of vectors in a row of a panel. The registers have space for the four rows of a group.
const fn panel_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

/// Divides rows of `vectors` vectors into the fewest panels of at most `most` vectors, of nearly equal width. Returns
/// the first vector and the number of vectors of each panel.
fn panels(vectors: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = vectors.div_ceil(most);
    let first = move |i: usize| vectors * i / count;
    (0..count).map(move |i| (first(i), first(i + 1) - first(i)))
}

vectorised! {
    /// Packs W [features × width] for X·W, with rows padded to complete vectors, and with the correction dᵀW.
    pub(super) fn pack_weights<'p, 'x, F, S>(
        _simd: S,
        x: &'x SparseBatch<F>,
        w: &'p [F],
        width: usize,
        scratch: &'p mut FactorScratch<F>,
    ) -> Factor<'p, F> {
        let (_, features) = x.shape();
        assert_eq!(w.len(), features * width, "a {features} × {width} matrix");
        let lanes = F::lanes::<S>();
        let padded = width.next_multiple_of(lanes);
        let correction = scratch.correction.sized(padded);
        weighted_sum(w, width, x.feature_shift.as_deref(), correction);

        let data = if width == padded {
            w
        } else {
            let packed = scratch.matrix.sized(features * padded);
            let lines = packed.chunks_exact_mut(padded);
            for (line, row) in lines.zip(w.chunks_exact(width)) {
                let (used, padding) = line.split_at_mut(width);
                used.copy_from_slice(row);
                padding.fill(F::zero());
            }
            packed
        };
        let matrix = PackedMatrix {
            data,
            rows: features,
            columns: width,
        };
        Factor { matrix, correction }
    }
}

vectorised! {
    /// Packs a ∘ D for Xᵀ·D, with D [examples × width] and the correction cᵀD.
    pub(super) fn pack_delta<'p, 'x, F, S>(
        _simd: S,
        x: &'x SparseBatch<F>,
        d: &'p [F],
        width: usize,
        scratch: &'p mut FactorScratch<F>,
    ) -> Factor<'p, F> {
        let (examples, _) = x.shape();
        assert_eq!(d.len(), examples * width, "a {examples} × {width} matrix");
        let lanes = F::lanes::<S>();
        let vectors = width.div_ceil(lanes);
        let correction = scratch.correction.sized(vectors * lanes);
        weighted_sum(d, width, Some(&x.shifts), correction);

        let packed = scratch.matrix.sized(examples * vectors * lanes);
        copy_panels(d, width, lanes, panel_vectors::<S>(), &x.scales, packed);
        let matrix = PackedMatrix {
            data: packed,
            rows: examples,
            columns: width,
        };
        Factor { matrix, correction }
    }
}

vectorised! {
    /// Computes `sum` ← Σ_i weights_i · row i of a matrix [_ × width]; `None` for weights of 1.
    fn weighted_sum<'a, F, S>(
        simd: S,
        matrix: &'a [F],
        width: usize,
        weights: Option<&'a [F]>,
        sum: &'a mut [F],
    ) {
        let lanes = F::lanes::<S>();
        if width.is_multiple_of(lanes) {
            let (matrix, sum) = (F::whole::<S>(matrix), F::whole_mut::<S>(sum));
            for (first, count) in panels(width / lanes, 4) {
                match count {
                    4 => sum_columns::<S, F, 4>(simd, matrix, first, weights, sum),
                    3 => sum_columns::<S, F, 3>(simd, matrix, first, weights, sum),
                    2 => sum_columns::<S, F, 2>(simd, matrix, first, weights, sum),
                    _ => sum_columns::<S, F, 1>(simd, matrix, first, weights, sum),
                }
            }
        } else {
            sum.fill(F::zero());
            for (i, row) in matrix.chunks_exact(width).enumerate() {
                let weight = weights.map_or(F::one(), |weights| weights[i]);
                for (s, &m) in sum.iter_mut().zip(row) {
                    *s = F::fused_one(weight, m, *s);
                }
            }
        }
    }
}

/// Computes N vectors of [`weighted_sum`] from vector `first` on, in registers.
#[inline(always)]
fn sum_columns<S: Simd, F: Float, const N: usize>(
    simd: S,
    matrix: &[F::Vector<S>],
    first: usize,
    weights: Option<&[F]>,
    sum: &mut [F::Vector<S>],
) {
    let mut sums = [F::splat(simd, F::zero()); N];
    for (i, row) in matrix.chunks_exact(sum.len()).enumerate() {
        let weight = weights.map_or(F::one(), |weights| weights[i]);
        let weight = F::splat(simd, weight);
        let row = &row[first..][..N];
        for k in 0..N {
            sums[k] = F::fused(simd, weight, row[k], sums[k]);
        }
    }
    sum[first..][..N].copy_from_slice(&sums);
}

/// Copies a matrix [_ × width] panel by panel, each row by row. Rows are scaled, and padded with zeros to complete
/// vectors.
#[inline(always)]
fn copy_panels<F: Float>(
    matrix: &[F],
    width: usize,
    lanes: usize,
    most: usize,
    scale: &[F],
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
            used.iter_mut().for_each(|x| *x *= scale[i]);
        }
    }
}

/// Memory for X·W: the sorted examples, block by block, and a panel of the sums of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct SparseScratch<F> {
    sorted: Vec<Sorted>,
    sums: Buffer<F>,
}

/// Computes `out` ← X·W. Afterwards, `scratch` has the examples, sorted.
pub(super) fn mul<F: Float>(
    x: &SparseBatch<F>,
    w: &Factor<'_, F>,
    scratch: &mut SparseScratch<F>,
    out: &mut [F],
) {
    let (examples, features) = x.shape();
    assert_eq!(w.matrix.rows, features, "rows of W");
    assert_eq!(out.len(), examples * w.matrix.columns, "the product");
    let SparseScratch { sorted, sums } = scratch;
    sorted.resize_with(examples.div_ceil(BLOCK).max(sorted.len()), Sorted::default);
    sorted.iter_mut().for_each(Sorted::clear);
    let starts = (0..examples).step_by(BLOCK);
    let blocks = starts.zip(out.chunks_mut(BLOCK * w.matrix.columns));
    for ((start, out), sorted) in blocks.zip(sorted) {
        sorted.sort(x, start..examples.min(start + BLOCK));
        multiply(x, sorted, w, sums, out);
    }
}

/// Computes `out` ← Xᵀ·D for the features in `features`; `sorted` has all examples of the batch.
pub(super) fn tr_mul<F: Float>(
    x: &SparseBatch<F>,
    sorted: &SparseScratch<F>,
    features: Range<usize>,
    d: &Factor<'_, F>,
    out: &mut [F],
) {
    assert!(features.end <= x.shape().1, "features");
    assert_eq!(d.matrix.rows, x.shape().0, "rows of D");
    transposed_multiply(x, &sorted.sorted, features, d, out);
}

vectorised! {
    /// Computes X·W group by group, for sorted examples.
    fn multiply<'a, F, S>(
        simd: S,
        x: &'a SparseBatch<F>,
        sorted: &'a Sorted,
        w: &'a Factor<'a, F>,
        sums: &'a mut Buffer<F>,
        out: &'a mut [F],
    ) {
        let lanes = F::lanes::<S>();
        let w = Rows::<S, F>::of(w, w.matrix.columns.div_ceil(lanes));
        let sums = sums.sized(sorted.examples().len() * panel_vectors::<S>() * lanes);
        let sums = F::whole_mut::<S>(sums);
        for (first, count) in panels(w.stride, panel_vectors::<S>()) {
            let w = Rows { first, ..w };
            match count {
                4 => w.examples::<4>(simd, x, sorted, sums, out),
                3 => w.examples::<3>(simd, x, sorted, sums, out),
                2 => w.examples::<2>(simd, x, sorted, sums, out),
                _ => w.examples::<1>(simd, x, sorted, sums, out),
            }
        }
    }
}

vectorised! {
    fn transposed_multiply<'a, F, S>(
        simd: S,
        x: &'a SparseBatch<F>,
        sorted: &'a [Sorted],
        features: Range<usize>,
        d: &'a Factor<'a, F>,
        out: &'a mut [F],
    ) {
        let vectors = d.matrix.columns.div_ceil(F::lanes::<S>());
        let groups = features.start / GROUP..features.end.div_ceil(GROUP);
        let mut rest = Rows::<S, F>::of(d, 0);
        for (first, count) in panels(vectors, panel_vectors::<S>()) {
            let (panel, others) = rest.data.split_at(count * d.matrix.rows);
            rest.data = others;
            let panel = Rows {
                data: panel,
                first,
                ..rest
            };
            for group in groups.clone() {
                match count {
                    4 => panel.group::<4>(simd, x, sorted, group, &features, out),
                    3 => panel.group::<3>(simd, x, sorted, group, &features, out),
                    2 => panel.group::<2>(simd, x, sorted, group, &features, out),
                    _ => panel.group::<1>(simd, x, sorted, group, &features, out),
                }
            }
        }
    }
}

/// The rows of a factor or of a panel, as vectors, and the factor's correction.
#[derive(Clone, Copy)]
struct Rows<'a, S: Simd, F: Vectors> {
    data: &'a [F::Vector<S>],
    /// The distance from one row to the next, in vectors.
    stride: usize,
    correction: &'a [F::Vector<S>],
    /// The number of columns of the product.
    columns: usize,
    /// The panel's first vector in a row of the product.
    first: usize,
}

impl<'a, S: Simd, F: Float> Rows<'a, S, F> {
    #[inline(always)]
    fn of(factor: &'a Factor<'a, F>, stride: usize) -> Self {
        Self {
            data: F::whole::<S>(factor.matrix.data),
            stride,
            correction: F::whole::<S>(factor.correction),
            columns: factor.matrix.columns,
            first: 0,
        }
    }

    /// Computes N vectors of X·W for all sorted examples.
    #[inline(always)]
    fn examples<const N: usize>(
        &self,
        simd: S,
        x: &SparseBatch<F>,
        sorted: &Sorted,
        sums: &mut [F::Vector<S>],
        out: &mut [F],
    ) {
        let zero = F::splat(simd, F::zero());
        let examples = sorted.examples();
        let (sums, _) = sums.as_chunks_mut::<N>();
        let sums = &mut sums[..examples.len()];
        sums.fill([zero; N]);
        let (_, features) = x.shape();
        for group in 0..features.div_ceil(GROUP) {
            let (Inked { first, second }, bytes) = sorted.group(group);
            if first == Examples::NONE && second == Examples::NONE {
                continue;
            }
            let mut rows = [[zero; N]; GROUP];
            let mut scale = [F::one(); GROUP];
            let start = group * GROUP;
            for i in 0..GROUP.min(features - start) {
                rows[i].copy_from_slice(&self.data[(start + i) * self.stride + self.first..][..N]);
                if let Some(scales) = &x.feature_scale {
                    scale[i] = scales[start + i];
                }
            }
            let group = GroupRows {
                rows: &rows,
                scale: x.feature_scale.as_ref().map(|_| &scale),
                bytes,
            };
            group.add::<0, 2>(simd, first.without(second), sums);
            group.add::<0, 4>(simd, first.and(second), sums);
            group.add::<2, 4>(simd, second.without(first), sums);
        }
        for ((n, sums), out) in examples.zip(sums).zip(out.chunks_exact_mut(self.columns)) {
            self.finish_example(simd, x, n, sums, out);
        }
    }

    /// Writes N vectors of an example's row of X·W, scaled and corrected.
    #[inline(always)]
    fn finish_example<const N: usize>(
        &self,
        simd: S,
        x: &SparseBatch<F>,
        n: usize,
        sums: &[F::Vector<S>; N],
        out: &mut [F],
    ) {
        let zero = F::splat(simd, F::zero());
        let scale = F::splat(simd, x.scales[n]);
        let shift = F::splat(simd, -x.shifts[n]);
        let mut row = *sums;
        let correction = &self.correction[self.first..][..N];
        for k in 0..N {
            row[k] = F::fused(
                simd,
                shift,
                correction[k],
                F::fused(simd, scale, row[k], zero),
            );
        }
        store::<S, F, N>(simd, &row, self.first, out);
    }

    /// Computes N vectors of each of a group's rows of Xᵀ·D. Rows in `features` are written to `out` [features ×
    /// columns].
    #[inline(always)]
    fn group<const N: usize>(
        &self,
        simd: S,
        x: &SparseBatch<F>,
        sorted: &[Sorted],
        group: usize,
        features: &Range<usize>,
        out: &mut [F],
    ) {
        let (lines, _) = self.data.as_chunks::<N>();
        let mut sums = [[F::splat(simd, F::zero()); N]; GROUP];
        for sorted in sorted.iter().filter(|sorted| !sorted.examples().is_empty()) {
            let lines = &lines[sorted.examples()];
            let (Inked { first, second }, bytes) = sorted.group(group);
            add_lines::<S, F, N, 0>(simd, first, bytes, lines, &mut sums);
            add_lines::<S, F, N, 2>(simd, second, bytes, lines, &mut sums);
        }
        // One by one, so that the sums stay in registers.
        let [first, second, third, fourth] = sums;
        let start = group * GROUP;
        self.finish_feature(simd, x, start, &first, features, out);
        self.finish_feature(simd, x, start + 1, &second, features, out);
        self.finish_feature(simd, x, start + 2, &third, features, out);
        self.finish_feature(simd, x, start + 3, &fourth, features, out);
    }

    /// Writes N vectors of a feature's row of Xᵀ·D, scaled and corrected.
    #[inline(always)]
    fn finish_feature<const N: usize>(
        &self,
        simd: S,
        x: &SparseBatch<F>,
        feature: usize,
        sums: &[F::Vector<S>; N],
        features: &Range<usize>,
        out: &mut [F],
    ) {
        if feature >= features.end {
            return;
        }
        let mut row = *sums;
        if let Some(scale) = &x.feature_scale {
            let (scale, zero) = (F::splat(simd, scale[feature]), F::splat(simd, F::zero()));
            for sum in &mut row {
                *sum = F::fused(simd, scale, *sum, zero);
            }
        }
        let shift = x.feature_shift.as_ref().map_or(F::one(), |d| d[feature]);
        let shift = F::splat(simd, -shift);
        let correction = &self.correction[self.first..][..N];
        for k in 0..N {
            row[k] = F::fused(simd, shift, correction[k], row[k]);
        }
        let start = (feature - features.start) * self.columns;
        let out = &mut out[start..start + self.columns];
        store::<S, F, N>(simd, &row, self.first, out);
    }
}

/// A group's rows of W, N vectors wide, and the values of the examples that they are multiplied by.
struct GroupRows<'a, S: Simd, F: Vectors, const N: usize> {
    rows: &'a [[F::Vector<S>; N]; GROUP],
    /// The scale of each of the group's features; `None` for ones.
    scale: Option<&'a [F; GROUP]>,
    bytes: &'a [[u8; GROUP]; BLOCK],
}

impl<S: Simd, F: Float, const N: usize> GroupRows<'_, S, F, N> {
    /// Adds the rows FROM to TO, each times an example's value, to the sums of some examples. A value of 0 costs a
    /// multiplication and adds nothing.
    #[inline(always)]
    fn add<const FROM: usize, const TO: usize>(
        &self,
        simd: S,
        examples: Examples,
        sums: &mut [[F::Vector<S>; N]],
    ) {
        for example in examples {
            let slot = &mut sums[example];
            let mut sum = *slot;
            for i in FROM..TO {
                let value = F::OF_BYTE[usize::from(self.bytes[example][i])];
                let value = F::splat(simd, self.scale.map_or(value, |scale| value * scale[i]));
                let row = &self.rows[i];
                for k in 0..N {
                    sum[k] = F::fused(simd, value, row[k], sum[k]);
                }
            }
            *slot = sum;
        }
    }
}

/// Adds some examples' lines, each times the example's values, to the sums FROM and FROM + 1 of a group.
#[inline(always)]
fn add_lines<S: Simd, F: Float, const N: usize, const FROM: usize>(
    simd: S,
    examples: Examples,
    bytes: &[[u8; GROUP]; BLOCK],
    lines: &[[F::Vector<S>; N]],
    sums: &mut [[F::Vector<S>; N]; GROUP],
) {
    for example in examples {
        let line = &lines[example];
        let bytes = &bytes[example];
        for i in FROM..FROM + 2 {
            let value = F::splat(simd, F::OF_BYTE[usize::from(bytes[i])]);
            for k in 0..N {
                sums[i][k] = F::fused(simd, value, line[k], sums[i][k]);
            }
        }
    }
}

/// Writes vectors to a row from vector `first` on. The row may end within the last vector.
#[inline(always)]
fn store<S: Simd, F: Vectors, const N: usize>(
    simd: S,
    vectors: &[F::Vector<S>; N],
    first: usize,
    row: &mut [F],
) {
    let lanes = F::lanes::<S>();
    let row = &mut row[first * lanes..];
    if row.len() >= N * lanes {
        F::whole_mut::<S>(row)[..N].copy_from_slice(vectors);
    } else {
        for (out, &vector) in row.chunks_mut(lanes).zip(vectors) {
            F::store(simd, out, vector);
        }
    }
}
