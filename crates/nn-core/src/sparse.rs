//! Sparse input with an affine normalisation, without ever making it dense.
//!
//! Four in five of MNIST's pixels are 0, but no normalised pixel is: x = (u − m)/s moves the zeros.
//! Every normalisation in use is affine, x_nj = a_n u_nj b_j − c_n d_j with a and c belonging to the
//! images and b and d to the pixels. So, with U the bytes and ∘ scaling rows,
//!
//! X·W = a ∘ (U·(b ∘ W)) − c·(dᵀW)  and  Xᵀ·D = b ∘ (Uᵀ·(a ∘ D)) − d·(cᵀD).
//!
//! Both products cost what the non-zero bytes cost, plus one row, and the batch is never gathered: it
//! is a list of the images in it.

use std::ops::Range;
use std::sync::Arc;

use pulp::{Arch, Simd, WithSimd};

use crate::input::{Factor, Input, Room, Scratch, pieces, rows_at_a_time};
use crate::scalar::Scalar;
use crate::simd::Vectors;
use crate::sparse_bytes::{QUAD, SparseBytes};

/// A batch X [examples × features] of rows of a [`SparseBytes`]; reused from batch to batch, so that
/// filling it allocates nothing once it has held the largest.
#[derive(Clone, Debug)]
pub struct SparseBatch<F> {
    bytes: Arc<SparseBytes>,
    rows: Vec<u32>,
    /// a and c, one an example each.
    scales: Vec<F>,
    shifts: Vec<F>,
    /// b and d, one a feature each; `None` stands for ones.
    feature_scale: Option<Arc<[F]>>,
    feature_shift: Option<Arc<[F]>>,
    /// Each byte's value: a look-up is one instruction, a conversion three.
    values: Box<[F; 256]>,
}

/// Some of U's columns, in groups of four: the entries of the i-th group are
/// `quads[i · stride..][..counts[i]]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    counts: Vec<u32>,
    quads: Vec<Quad>,
    stride: usize,
}

/// An example's bytes in four neighbouring columns.
#[derive(Clone, Copy, Debug, Default)]
struct Quad {
    example: u32,
    bytes: [u8; QUAD],
}

impl Columns {
    /// The groups in `groups` of the given rows.
    fn transpose(&mut self, bytes: &SparseBytes, rows: &[u32], groups: Range<usize>) {
        if self.stride < rows.len() {
            // An odd number of cache lines, so that the groups' ends do not share a cache's sets.
            self.stride = rows.len().next_multiple_of(16) + 8;
        }
        let needed = groups.len() * self.stride;
        if self.quads.len() < needed {
            self.quads.resize(needed, Quad::default());
        }
        self.counts.clear();
        self.counts.resize(groups.len(), 0);
        for (example, &row) in rows.iter().enumerate() {
            let (indices, quads) = bytes.quads(row as usize);
            let first = match groups.start {
                0 => 0,
                start => indices.partition_point(|&group| usize::from(group) < start),
            };
            for (&group, &bytes) in indices[first..].iter().zip(&quads[first..]) {
                let group = usize::from(group);
                if group >= groups.end {
                    break;
                }
                let count = &mut self.counts[group - groups.start];
                self.quads[(group - groups.start) * self.stride + *count as usize] = Quad {
                    example: example as u32,
                    bytes,
                };
                *count += 1;
            }
        }
    }

    /// The entries of the `i`-th group, by ascending example.
    #[inline(always)]
    fn group(&self, i: usize) -> &[Quad] {
        &self.quads[i * self.stride..][..self.counts[i] as usize]
    }
}

impl<F: Scalar> SparseBatch<F> {
    /// An empty batch of rows of `bytes`: x_j = u_j·a·b_j − c·d_j, where a and c come with each
    /// example and `scale` = b and `shift` = d hold for all (`None`: ones).
    ///
    /// # Panics
    /// If `scale` or `shift` is not one number a column.
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
            values: Box::new(std::array::from_fn(|u| F::of_byte(u as u8))),
        }
    }

    /// Empties the batch; its room stays.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.scales.clear();
        self.shifts.clear();
    }

    /// Appends row `row` of the bytes, with a = `scale` and c = `shift`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn push(&mut self, row: u32, scale: F, shift: F) {
        assert!((row as usize) < self.bytes.rows(), "row {row}");
        self.rows.push(row);
        self.scales.push(scale);
        self.shifts.push(shift);
    }

    /// The examples, normalised and dense [examples × features]: for tests and for looking at.
    pub fn to_dense(&self) -> ndarray::Array2<F> {
        let coefficient = |all: &Option<Arc<[F]>>, j: usize| {
            all.as_ref()
                .map_or(F::one(), |coefficients| coefficients[j])
        };
        let mut dense = ndarray::Array2::<F>::zeros((self.rows(), self.features()));
        for (n, mut x) in dense.rows_mut().into_iter().enumerate() {
            let (indices, bytes) = self.bytes.row(self.rows[n] as usize);
            for (&j, &u) in indices.iter().zip(bytes) {
                let j = usize::from(j);
                x[j] = F::of_byte(u) * self.scales[n] * coefficient(&self.feature_scale, j);
            }
            for (j, x) in x.iter_mut().enumerate() {
                *x -= self.shifts[n] * coefficient(&self.feature_shift, j);
            }
        }
        dense
    }
}

/// Vectors of W that X·W takes at a time: as many sums as hide the latency of a multiply-add.
const MUL_VECTORS: usize = 8;

/// Vectors of D that Xᵀ·D takes at a time, for four features: what the registers hold.
const fn tr_mul_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

impl<F: Scalar> Input<F> for SparseBatch<F> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn features(&self) -> usize {
        self.bytes.columns()
    }

    fn ready_mul<'a>(
        &self,
        weights: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F> {
        Arch::new().dispatch(Ready {
            matrix: weights,
            rows: self.features(),
            width,
            scale: None,
            correction: self.feature_shift.as_deref(),
            // Copying a matrix pays if its rows are read often enough.
            reads: (self.bytes.density() * (self.rows.len() * self.features()) as f64) as usize,
            scratch,
        })
    }

    fn mul(&self, rows: Range<usize>, weights: &Factor<'_, F>, out: &mut [F]) {
        assert_eq!(weights.rows, self.features(), "rows of W");
        assert_eq!(out.len(), rows.len() * weights.width, "the product");
        // The rows lie anywhere in memory; asked for together, they come together.
        let touched = self.rows[rows.clone()].iter();
        let touched = touched.map(|&row| self.bytes.touch(row as usize));
        std::hint::black_box(touched.fold(0, |mix, x| mix ^ x));
        Arch::new().dispatch(Mul {
            x: self,
            rows,
            w: weights,
            out,
        });
    }

    fn ready_tr_mul<'a>(
        &self,
        d: &'a [F],
        width: usize,
        scratch: &'a mut Scratch<F>,
    ) -> Factor<'a, F> {
        Arch::new().dispatch(Ready {
            matrix: d,
            rows: self.rows(),
            width,
            scale: Some(&self.scales),
            correction: Some(&self.shifts),
            reads: usize::MAX,
            scratch,
        })
    }

    fn tr_mul(
        &self,
        features: Range<usize>,
        d: &Factor<'_, F>,
        room: &mut Room<F>,
        take: &mut impl FnMut(Range<usize>, &mut [F]),
    ) {
        assert!(features.end <= self.features(), "features");
        assert_eq!(d.rows, self.rows(), "rows of D");
        let Room { block, columns } = room;
        let groups = features.start / QUAD..features.end.div_ceil(QUAD);
        columns.transpose(&self.bytes, &self.rows, groups.clone());
        for groups_now in pieces(groups.clone(), rows_at_a_time(d.width) / QUAD) {
            let start = features.start.max(groups_now.start * QUAD);
            let features = start..features.end.min(groups_now.end * QUAD);
            let out = block.sized(features.len() * d.width);
            Arch::new().dispatch(TrMul {
                x: self,
                columns,
                first_group: groups.start,
                features: features.clone(),
                d,
                out: &mut *out,
            });
            take(features, out);
        }
    }
}

/// A row of `vectors` vectors in strips of 8, 4, 2 and 1, but at most `most`: each strip's first
/// vector, and how many.
fn strips(vectors: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let count = (1 << (vectors - at).checked_ilog2()?).min(most);
        at += count;
        Some((at - count, count))
    })
}

/// Makes a right-hand factor ready: its rows scaled and strip by strip, and their weighted sum.
struct Ready<'a, 'x, F> {
    matrix: &'a [F],
    rows: usize,
    width: usize,
    /// One a row; `None` stands for ones.
    scale: Option<&'x [F]>,
    /// Likewise.
    correction: Option<&'x [F]>,
    /// How often a row will be read.
    reads: usize,
    scratch: &'a mut Scratch<F>,
}

impl<'a, F: Scalar> WithSimd for Ready<'a, '_, F> {
    type Output = Factor<'a, F>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Factor<'a, F> {
        let Self {
            matrix,
            rows,
            width,
            scale,
            correction,
            reads,
            scratch,
        } = self;
        assert_eq!(matrix.len(), rows * width, "a {rows} × {width} matrix");
        let Scratch {
            packed,
            correction: sum,
        } = scratch;
        let lanes = F::lanes::<S>();
        let vectors = width.div_ceil(lanes);

        let sum = sum.sized(vectors * lanes);
        sum.fill(F::zero());
        for (i, row) in matrix.chunks_exact(width).enumerate() {
            let weight = correction.map_or(F::one(), |weights| weights[i]);
            if width.is_multiple_of(lanes) {
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

        // W's strips are the longer ones; D, which is scaled, is always copied.
        let (most, copy) = match scale {
            None => {
                let whole = width.is_multiple_of(lanes);
                let in_place = vectors <= MUL_VECTORS || reads < 4 * rows;
                (MUL_VECTORS, !(whole && in_place))
            }
            Some(_) => (tr_mul_vectors::<S>(), true),
        };
        if copy {
            let mut rest = packed.sized(rows * vectors * lanes);
            for (first, count) in strips(vectors, most) {
                let (strip, others) = rest.split_at_mut(rows * count * lanes);
                rest = others;
                let columns = first * lanes..width.min((first + count) * lanes);
                let lines = strip.chunks_exact_mut(count * lanes);
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
        Factor {
            matrix: if copy { packed } else { matrix },
            packed: copy,
            rows,
            width,
            correction: sum,
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

/// Some rows of X·W.
struct Mul<'a, F> {
    x: &'a SparseBatch<F>,
    rows: Range<usize>,
    w: &'a Factor<'a, F>,
    out: &'a mut [F],
}

impl<F: Scalar> WithSimd for Mul<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, rows, w, out } = self;
        let lanes = F::lanes::<S>();
        let vectors = w.width.div_ceil(lanes);
        let (matrix, sum) = (F::whole::<S>(w.matrix), F::whole::<S>(w.correction));
        for (first, count) in strips(vectors, MUL_VECTORS) {
            let strip = Strip::<S, F> {
                rows: if w.packed {
                    &matrix[first * w.rows..(first + count) * w.rows]
                } else {
                    &matrix[first..]
                },
                stride: if w.packed { count } else { vectors },
                correction: &sum[first..],
            };
            let columns = first * lanes..w.width.min((first + count) * lanes);
            for (n, out) in rows.clone().zip(out.chunks_exact_mut(w.width)) {
                let out = &mut out[columns.clone()];
                match count {
                    8 => strip.example::<8>(simd, x, n, out),
                    4 => strip.example::<4>(simd, x, n, out),
                    2 => strip.example::<2>(simd, x, n, out),
                    _ => strip.example::<1>(simd, x, n, out),
                }
            }
        }
    }
}

/// A strip of a right-hand factor's columns, and of its weighted sum.
struct Strip<'a, S: Simd, F: Vectors> {
    rows: &'a [F::Vector<S>],
    stride: usize,
    correction: &'a [F::Vector<S>],
}

/// Where a strip's part of the product goes: some columns of the rows of `out`.
struct Place<'a, F> {
    columns: Range<usize>,
    width: usize,
    out: &'a mut [F],
}

impl<F> Place<'_, F> {
    #[inline(always)]
    fn row(&mut self, row: usize) -> &mut [F] {
        let start = row * self.width;
        &mut self.out[start + self.columns.start..start + self.columns.end]
    }
}

impl<S: Simd, F: Scalar> Strip<'_, S, F> {
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
}

/// Some rows of Xᵀ·D.
struct TrMul<'a, F> {
    x: &'a SparseBatch<F>,
    columns: &'a Columns,
    /// That of the columns.
    first_group: usize,
    features: Range<usize>,
    d: &'a Factor<'a, F>,
    out: &'a mut [F],
}

impl<F: Scalar> WithSimd for TrMul<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            columns,
            first_group,
            features,
            d,
            out,
        } = self;
        let lanes = F::lanes::<S>();
        let vectors = d.width.div_ceil(lanes);
        let (matrix, sum) = (F::whole::<S>(d.matrix), F::whole::<S>(d.correction));
        let groups = features.start / QUAD..features.end.div_ceil(QUAD);
        for (first, count) in strips(vectors, tr_mul_vectors::<S>()) {
            let strip = Strip::<S, F> {
                rows: &matrix[first * d.rows..(first + count) * d.rows],
                stride: count,
                correction: &sum[first..],
            };
            let start = first * lanes;
            let mut place = Place {
                columns: start..d.width.min(start + count * lanes),
                width: d.width,
                out: &mut *out,
            };
            for group in groups.clone() {
                let quads = columns.group(group - first_group);
                match count {
                    4 => strip.group::<4>(simd, x, quads, group, &features, &mut place),
                    2 => strip.group::<2>(simd, x, quads, group, &features, &mut place),
                    _ => strip.group::<1>(simd, x, quads, group, &features, &mut place),
                }
            }
        }
    }
}

impl<S: Simd, F: Scalar> Strip<'_, S, F> {
    /// Four features' rows of the product, N vectors of each.
    #[inline(always)]
    fn group<const N: usize>(
        &self,
        simd: S,
        x: &SparseBatch<F>,
        quads: &[Quad],
        group: usize,
        features: &Range<usize>,
        place: &mut Place<'_, F>,
    ) {
        let (rows, _) = self.rows.as_chunks::<N>();
        let mut sums = [[F::splat(simd, F::zero()); N]; QUAD];
        let values = &*x.values;
        for &Quad { example, bytes } in quads {
            let row = &rows[example as usize];
            // A zero among the four costs a multiplication and adds nothing.
            for i in 0..QUAD {
                let value = F::splat(simd, values[usize::from(bytes[i])]);
                for k in 0..N {
                    sums[i][k] = F::fused(simd, value, row[k], sums[i][k]);
                }
            }
        }
        let zero = F::splat(simd, F::zero());
        for (i, mut row) in sums.into_iter().enumerate() {
            let feature = group * QUAD + i;
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
            store::<S, F, N>(simd, &row, place.row(feature - features.start));
        }
    }
}
