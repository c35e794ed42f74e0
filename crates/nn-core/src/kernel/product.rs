//! The dense matrix product, C = A·B, with one fixed order of arithmetic.
//!
//! Every element is c_ij = fma(a_ik, b_kj, …) over k in ascending order, from 0, for every tile size, vector width and
//! number of threads. IEEE 754 defines the result of a fused multiply-add. So the product has the same bits everywhere,
//! and is equal to three plain loops.

use std::ops::Range;

use pulp::Simd;

use super::buffer::Buffer;
use super::simd::Vectors;
use crate::float::Float;
use crate::kernel::vectorised;

/// The number of vectors in a tile of C, which stays in registers. Twelve sums hide the latency of a fused
/// multiply-add, and fit into 16 registers, the fewest of any processor with vectors.
const TILE: usize = 12;

/// The maximum number of vectors in a row of a tile.
const TILE_VECTORS: usize = 2;

/// A matrix in a slice, row-major unless transposed.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, F> {
    data: &'a [F],
    /// The number of rows, after any transposition.
    pub rows: usize,
    /// The number of columns, after any transposition.
    pub columns: usize,
    transposed: bool,
}

impl<'a, F: Copy> Matrix<'a, F> {
    /// The matrix in `data` [rows × columns], row-major.
    ///
    /// # Panics
    /// If `data` has another length.
    pub fn new(data: &'a [F], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows} × {columns} matrix");
        Self {
            data,
            rows,
            columns,
            transposed: false,
        }
    }

    /// The transpose, without moving the numbers.
    pub fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            transposed: !self.transposed,
            ..self
        }
    }
}

/// The right-hand factor of a product, [rows × columns], in the order in which the product reads it.
#[derive(Clone, Copy, Debug)]
pub struct PackedMatrix<'a, F> {
    /// The numbers, in the product's order.
    pub data: &'a [F],
    /// The number of rows of the matrix.
    pub rows: usize,
    /// The number of columns of the matrix.
    pub columns: usize,
}

/// Copies B so that the inner loop of the product reads the copy from beginning to end: panels of columns, each row by
/// row, the last panel padded with zeros.
pub fn pack<'a, F: Float>(b: Matrix<'_, F>, scratch: &'a mut Buffer<F>) -> PackedMatrix<'a, F> {
    copy_panels(b, scratch);
    PackedMatrix {
        data: scratch,
        rows: b.rows,
        columns: b.columns,
    }
}

/// Computes `c` ← A·B for the rows of A in `rows`; c is row-major [rows × B's columns].
///
/// # Panics
/// If the dimensions do not fit each other, or A does not have these rows.
pub fn product<F: Float>(
    a: Matrix<'_, F>,
    rows: Range<usize>,
    b: &PackedMatrix<'_, F>,
    c: &mut [F],
) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    assert!(rows.end <= a.rows, "rows of a product");
    assert_eq!(c.len(), rows.len() * b.columns, "the product's dimensions");
    if !c.is_empty() {
        multiply(a, rows, b, c);
    }
}

/// The first column of each panel, and the number of vectors in a row: two, or one in a narrow last panel.
fn panels<S: Simd, F: Float>(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let lanes = F::lanes::<S>();
    let firsts = (0..columns).step_by(TILE_VECTORS * lanes);
    firsts.map(move |first| (first, (columns - first).div_ceil(lanes).min(TILE_VECTORS)))
}

vectorised! {
    fn copy_panels<'a, F, S>(_simd: S, b: Matrix<'a, F>, packed: &'a mut Buffer<F>) {
        let lanes = F::lanes::<S>();
        let mut rest = packed.sized(b.columns.next_multiple_of(lanes) * b.rows);
        for (first, vectors) in panels::<S, F>(b.columns) {
            let (panel, others) = rest.split_at_mut(b.rows * vectors * lanes);
            rest = others;
            let width = (b.columns - first).min(vectors * lanes);
            if b.transposed {
                // Column by column, the order in memory.
                panel.fill(F::zero());
                let columns = b.data.chunks_exact(b.rows.max(1)).skip(first);
                for (j, column) in columns.take(width).enumerate() {
                    for (row, &x) in panel.chunks_exact_mut(vectors * lanes).zip(column) {
                        row[j] = x;
                    }
                }
            } else {
                let rows = b.data.chunks_exact(b.columns);
                for (row, source) in panel.chunks_exact_mut(vectors * lanes).zip(rows) {
                    row[..width].copy_from_slice(&source[first..first + width]);
                    row[width..].fill(F::zero());
                }
            }
        }
    }
}

vectorised! {
    fn multiply<'a, F, S>(
        simd: S,
        a: Matrix<'a, F>,
        rows: Range<usize>,
        b: &'a PackedMatrix<'a, F>,
        c: &'a mut [F],
    ) {
        let mut packed = F::whole::<S>(b.data);
        for (first, vectors) in panels::<S, F>(b.columns) {
            let (panel, others) = packed.split_at(b.rows * vectors);
            packed = others;
            let (rows, width) = (rows.clone(), b.columns);
            if vectors == TILE_VECTORS {
                fill_columns::<S, F, { TILE / 2 }, 2>(simd, a, rows, panel, first, width, c);
            } else {
                fill_columns::<S, F, TILE, 1>(simd, a, rows, panel, first, width, c);
            }
        }
    }
}

/// Computes a panel's columns of C [_ × width], from column `first` on: first the rows of complete tiles, then the rest
/// one by one.
#[inline(always)]
fn fill_columns<S: Simd, F: Float, const ROWS: usize, const N: usize>(
    simd: S,
    a: Matrix<'_, F>,
    rows: Range<usize>,
    panel: &[F::Vector<S>],
    first: usize,
    width: usize,
    c: &mut [F],
) {
    let (panel, _) = panel.as_chunks::<N>();
    let mut row = rows.start;
    while row < rows.end {
        let out = &mut c[(row - rows.start) * width + first..];
        if rows.end - row >= ROWS {
            let sums = tile::<S, F, ROWS, N>(simd, a, row, panel);
            store(simd, &sums, out, first, width);
            row += ROWS;
        } else {
            let sums = tile::<S, F, 1, N>(simd, a, row, panel);
            store(simd, &sums, out, first, width);
            row += 1;
        }
    }
}

/// Computes ROWS rows of A, from `row` on, times a panel of B.
#[inline(always)]
fn tile<S: Simd, F: Float, const ROWS: usize, const N: usize>(
    simd: S,
    a: Matrix<'_, F>,
    row: usize,
    panel: &[[F::Vector<S>; N]],
) -> [[F::Vector<S>; N]; ROWS] {
    let mut sums = [[F::splat(simd, F::zero()); N]; ROWS];
    if a.transposed {
        let columns = a.data.chunks_exact(a.rows);
        for (line, column) in panel.iter().zip(columns) {
            let column: &[F] = &column[row..row + ROWS];
            for i in 0..ROWS {
                add::<S, F, N>(simd, column[i], line, &mut sums[i]);
            }
        }
    } else {
        let mut rows: [&[F]; ROWS] = [&[]; ROWS];
        for (i, slot) in rows.iter_mut().enumerate() {
            *slot = &a.data[(row + i) * a.columns..][..panel.len()];
        }
        for (k, line) in panel.iter().enumerate() {
            for i in 0..ROWS {
                add::<S, F, N>(simd, rows[i][k], line, &mut sums[i]);
            }
        }
    }
    sums
}

/// Computes `sums` ← `sums` + x·`line`. This is a function and not a closure, because only code that is certainly
/// inlined is compiled for the processor's vectors.
#[inline(always)]
fn add<S: Simd, F: Vectors, const N: usize>(
    simd: S,
    x: F,
    line: &[F::Vector<S>; N],
    sums: &mut [F::Vector<S>; N],
) {
    let x = F::splat(simd, x);
    for k in 0..N {
        sums[k] = F::fused(simd, x, line[k], sums[k]);
    }
}

/// Writes a tile to its rows of C, from column `first` of `width`.
#[inline(always)]
fn store<S: Simd, F: Vectors, const ROWS: usize, const N: usize>(
    simd: S,
    sums: &[[F::Vector<S>; N]; ROWS],
    out: &mut [F],
    first: usize,
    width: usize,
) {
    let lanes = F::lanes::<S>();
    for (i, sum) in sums.iter().enumerate() {
        let out = &mut out[i * width..][..(width - first).min(N * lanes)];
        for (out, &s) in out.chunks_mut(lanes).zip(sum) {
            F::store(simd, out, s);
        }
    }
}
