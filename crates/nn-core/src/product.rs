//! The dense matrix product, C = A·B, with one fixed order of arithmetic.
//!
//! Every element is c_ij = fma(a_ik, b_kj, …) over k in ascending order, from 0, whatever the tile
//! sizes, the processor's vector width or the number of threads. IEEE 754 fixes the result of a fused
//! multiply-add, so the product has the same bits everywhere, and equals the textbook's three loops.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::buffer::Buffer;
use crate::input::Factor;
use crate::scalar::Scalar;
use crate::simd::Vectors;

/// A tile of C that stays in registers has this many vectors, and no row is longer than a tile's.
/// Twelve sums hide the latency of a fused multiply-add, and 16 registers, the fewest of any
/// processor with vectors, hold them.
const TILE: usize = 12;
const TILE_VECTORS: usize = 2;

/// A matrix in a slice, row-major unless transposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, F> {
    data: &'a [F],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a, F: Copy> Matrix<'a, F> {
    /// `data` [rows × columns], row-major.
    pub(crate) fn new(data: &'a [F], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows} × {columns} matrix");
        Self {
            data,
            rows,
            columns,
            transposed: false,
        }
    }

    /// The transpose, without moving anything.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            transposed: !self.transposed,
            ..self
        }
    }
}

/// Copies B so that the products' inner loop reads it from beginning to end: tile by tile of its
/// columns, each row by row, the last tile padded with zeros.
pub(crate) fn pack<'a, F: Scalar>(b: Matrix<'_, F>, room: &'a mut Buffer<F>) -> Factor<'a, F> {
    Arch::new().dispatch(Pack {
        b,
        room: &mut *room,
    });
    Factor {
        matrix: room,
        packed: true,
        rows: b.rows,
        width: b.columns,
        correction: &[],
    }
}

/// `c` ← A·B for the rows of A in `rows`, with c row-major [rows × B's columns].
pub(crate) fn product<F: Scalar>(
    a: Matrix<'_, F>,
    rows: Range<usize>,
    b: &Factor<'_, F>,
    c: &mut [F],
) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    assert!(rows.end <= a.rows, "rows of a product");
    assert_eq!(c.len(), rows.len() * b.width, "the product's dimensions");
    if !c.is_empty() {
        Arch::new().dispatch(Product { a, rows, b, c });
    }
}

/// Each tile's first column and its vectors in a row: two, but one if the last columns fit.
fn tiles<S: Simd, F: Scalar>(width: usize) -> impl Iterator<Item = (usize, usize)> {
    let lanes = F::lanes::<S>();
    let columns = (0..width).step_by(TILE_VECTORS * lanes);
    columns.map(move |first| (first, (width - first).div_ceil(lanes).min(TILE_VECTORS)))
}

struct Pack<'a, F> {
    b: Matrix<'a, F>,
    room: &'a mut Buffer<F>,
}

impl<F: Scalar> WithSimd for Pack<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { b, room } = self;
        let lanes = F::lanes::<S>();
        let mut rest = room.sized(b.columns.next_multiple_of(lanes) * b.rows);
        for (first, vectors) in tiles::<S, F>(b.columns) {
            let (tile, others) = rest.split_at_mut(b.rows * vectors * lanes);
            rest = others;
            let width = (b.columns - first).min(vectors * lanes);
            if b.transposed {
                // Column by column, as they lie in memory.
                tile.fill(F::zero());
                let columns = b.data.chunks_exact(b.rows.max(1)).skip(first);
                for (j, column) in columns.take(width).enumerate() {
                    for (row, &x) in tile.chunks_exact_mut(vectors * lanes).zip(column) {
                        row[j] = x;
                    }
                }
            } else {
                let rows = b.data.chunks_exact(b.columns);
                for (row, source) in tile.chunks_exact_mut(vectors * lanes).zip(rows) {
                    row[..width].copy_from_slice(&source[first..first + width]);
                    row[width..].fill(F::zero());
                }
            }
        }
    }
}

/// The arguments of [`product`], compiled once for each kind of processor.
struct Product<'a, F> {
    a: Matrix<'a, F>,
    rows: Range<usize>,
    b: &'a Factor<'a, F>,
    c: &'a mut [F],
}

impl<F: Scalar> WithSimd for Product<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, rows, b, c } = self;
        let mut packed = F::whole::<S>(b.matrix);
        for (first, vectors) in tiles::<S, F>(b.width) {
            let (tile, others) = packed.split_at(b.rows * vectors);
            packed = others;
            let strip = Strip {
                a,
                rows: rows.clone(),
                first,
                width: b.width,
            };
            if vectors == TILE_VECTORS {
                strip.fill::<S, { TILE / 2 }, 2>(simd, tile, c);
            } else {
                strip.fill::<S, TILE, 1>(simd, tile, c);
            }
        }
    }
}

/// A tile's columns of C.
struct Strip<'a, F> {
    a: Matrix<'a, F>,
    rows: Range<usize>,
    first: usize,
    width: usize,
}

impl<F: Scalar> Strip<'_, F> {
    /// As many rows at a time as a tile has, then the rest one by one.
    #[inline(always)]
    fn fill<S: Simd, const ROWS: usize, const N: usize>(
        &self,
        simd: S,
        b: &[F::Vector<S>],
        c: &mut [F],
    ) {
        let (b, _) = b.as_chunks::<N>();
        let mut row = self.rows.start;
        while row < self.rows.end {
            let out = &mut c[(row - self.rows.start) * self.width + self.first..];
            if self.rows.end - row >= ROWS {
                let sums = tile::<S, F, ROWS, N>(simd, self.a, row, b);
                store(simd, &sums, out, self.first, self.width);
                row += ROWS;
            } else {
                let sums = tile::<S, F, 1, N>(simd, self.a, row, b);
                store(simd, &sums, out, self.first, self.width);
                row += 1;
            }
        }
    }
}

/// ROWS rows of A, from `row` on, times a packed tile's columns of B.
#[inline(always)]
fn tile<S: Simd, F: Scalar, const ROWS: usize, const N: usize>(
    simd: S,
    a: Matrix<'_, F>,
    row: usize,
    b: &[[F::Vector<S>; N]],
) -> [[F::Vector<S>; N]; ROWS] {
    let mut sums = [[F::splat(simd, F::zero()); N]; ROWS];
    if a.transposed {
        let columns = a.data.chunks_exact(a.rows);
        for (line, column) in b.iter().zip(columns) {
            let column: &[F] = &column[row..row + ROWS];
            for i in 0..ROWS {
                add::<S, F, N>(simd, column[i], line, &mut sums[i]);
            }
        }
    } else {
        let mut rows: [&[F]; ROWS] = [&[]; ROWS];
        for (i, slot) in rows.iter_mut().enumerate() {
            *slot = &a.data[(row + i) * a.columns..][..b.len()];
        }
        for (k, line) in b.iter().enumerate() {
            for i in 0..ROWS {
                add::<S, F, N>(simd, rows[i][k], line, &mut sums[i]);
            }
        }
    }
    sums
}

/// `sums` ← `sums` + x·`line`. A function, not a closure: only what is inlined for certain is
/// compiled for the processor's vectors.
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

/// Writes a tile to its place in C, from column `first` of `width`.
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
