//! The dense matrix product, C = A·B, with one fixed order of arithmetic.
//!
//! Every element is c_ij = fma(a_ik, b_kj, …) over k in ascending order, from 0, whatever the tile
//! sizes, the processor's vector width or the number of threads. IEEE 754 fixes the result of a fused
//! multiply-add, so the product has the same bits everywhere, and equals the textbook's three loops.

use pulp::{Arch, Simd, WithSimd};

use crate::scalar::Scalar;
use crate::simd::Vectors;

/// A tile of C that stays in registers: rows × vectors. 12 sums hide the latency of a fused
/// multiply-add, and 16 registers, the fewest of any processor with vectors, hold them.
const TILE_ROWS: usize = 6;
const TILE_VECTORS: usize = 2;

/// A matrix in a slice, row-major unless transposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, F> {
    data: &'a [F],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, F: Copy> Matrix<'a, F> {
    /// `data` [rows × columns], row-major.
    pub(crate) fn new(data: &'a [F], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows} × {columns} matrix");
        Self {
            data,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The transpose, without moving anything.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// The rows from `start` on, `count` of them.
    pub(crate) fn rows(self, start: usize, count: usize) -> Self {
        assert!(start + count <= self.rows);
        Self {
            data: self.data.get(start * self.row_stride..).unwrap_or(&[]),
            rows: count,
            ..self
        }
    }

    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> F {
        self.data[row * self.row_stride + column * self.column_stride]
    }
}

/// c ← A·B, with c row-major [A's rows × B's columns].
///
/// `panel` is scratch: a few columns of B at a time, side by side in memory.
pub(crate) fn product<F: Scalar>(
    a: Matrix<'_, F>,
    b: Matrix<'_, F>,
    c: &mut [F],
    panel: &mut Vec<F>,
) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    assert_eq!(c.len(), a.rows * b.columns, "the product's dimensions");
    if c.is_empty() {
        return;
    }
    Arch::new().dispatch(Product { a, b, c, panel });
}

/// The arguments of [`product`], compiled once for each kind of processor.
struct Product<'a, F> {
    a: Matrix<'a, F>,
    b: Matrix<'a, F>,
    c: &'a mut [F],
    panel: &'a mut Vec<F>,
}

impl<F: Scalar> WithSimd for Product<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, b, c, panel } = self;
        let tile_columns = TILE_VECTORS * F::lanes::<S>();
        let panel = sized(panel, b.rows * tile_columns);
        for column in (0..b.columns).step_by(tile_columns) {
            let width = tile_columns.min(b.columns - column);
            // Packing pays only if enough rows use it.
            if a.rows < 4 * TILE_ROWS && width == tile_columns && b.column_stride == 1 {
                let rows = b.data.get(column..).unwrap_or(&[]).chunks(b.row_stride);
                let lines = rows.filter_map(|row| F::whole::<S>(row).first_chunk());
                tiles(simd, a, lines.take(b.rows), c, b.columns, column, width);
            } else {
                pack(b, column, width, panel, tile_columns);
                let (lines, _) = F::whole::<S>(panel).as_chunks();
                tiles(simd, a, lines.iter(), c, b.columns, column, width);
            }
        }
    }
}

/// All rows of A times a tile's columns of B, which come line by line, into C from `column` on.
#[inline(always)]
fn tiles<'b, S: Simd, F: Scalar>(
    simd: S,
    a: Matrix<'_, F>,
    lines: impl Iterator<Item = &'b Line<S, F>> + Clone,
    c: &mut [F],
    columns: usize,
    column: usize,
    width: usize,
) {
    let mut row = 0;
    while row < a.rows {
        let out = &mut c[row * columns + column..];
        let lines = lines.clone();
        row += if a.rows - row >= TILE_ROWS {
            let sums = tile::<S, F, TILE_ROWS>(simd, a, row, lines);
            store(simd, &sums, out, columns, width)
        } else {
            let sums = tile::<S, F, 1>(simd, a, row, lines);
            store(simd, &sums, out, columns, width)
        };
    }
}

/// The first `len` elements of a scratch buffer that grows when it must.
pub(crate) fn sized<F: Scalar>(scratch: &mut Vec<F>, len: usize) -> &mut [F] {
    if scratch.len() < len {
        scratch.resize(len, F::zero());
    }
    &mut scratch[..len]
}

/// Copies `width` columns of B, from `column` on, padded with zeros to a tile's columns.
#[inline(always)]
fn pack<F: Scalar>(
    b: Matrix<'_, F>,
    column: usize,
    width: usize,
    panel: &mut [F],
    tile_columns: usize,
) {
    for (k, line) in panel.chunks_exact_mut(tile_columns).enumerate() {
        for (j, slot) in line[..width].iter_mut().enumerate() {
            *slot = b.at(k, column + j);
        }
        line[width..].fill(F::zero());
    }
}

/// A row of a tile.
type Line<S, F> = [<F as Vectors>::Vector<S>; TILE_VECTORS];

/// ROWS rows of A, from `row` on, times the lines of B.
#[inline(always)]
fn tile<'b, S: Simd, F: Scalar, const ROWS: usize>(
    simd: S,
    a: Matrix<'_, F>,
    row: usize,
    lines: impl Iterator<Item = &'b Line<S, F>>,
) -> [Line<S, F>; ROWS] {
    let mut sums = [[F::splat(simd, F::zero()); TILE_VECTORS]; ROWS];
    for (k, line) in lines.enumerate() {
        for (i, sum) in sums.iter_mut().enumerate() {
            let x = F::splat(simd, a.at(row + i, k));
            for (s, &y) in sum.iter_mut().zip(line) {
                *s = F::fused(simd, x, y, *s);
            }
        }
    }
    sums
}

/// Writes a tile to its place in C, of whose columns it takes `width`; returns its rows.
#[inline(always)]
fn store<S: Simd, F: Scalar, const ROWS: usize>(
    simd: S,
    sums: &[Line<S, F>; ROWS],
    out: &mut [F],
    columns: usize,
    width: usize,
) -> usize {
    for (i, sum) in sums.iter().enumerate() {
        let out = &mut out[i * columns..][..width];
        for (out, &s) in out.chunks_mut(F::lanes::<S>()).zip(sum) {
            F::store(simd, out, s);
        }
    }
    ROWS
}
