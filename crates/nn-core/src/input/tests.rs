//! Compares the two products with three plain loops, on many shapes.

use ndarray::{Array2, ArrayView2, Axis, Slice};
use proptest::prelude::*;

use super::*;
use crate::float::Float;

#[path = "../../tests/common/mod.rs"]
mod common;

use common::{random, sparse_batch};

/// The product c_ij = fma(a_ik, b_kj, …) over ascending k, the order that the crate promises.
fn three_loops<F: Float>(a: ArrayView2<'_, F>, b: ArrayView2<'_, F>) -> Array2<F> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        (0..a.ncols()).fold(F::zero(), |sum, k| a[[i, k]].mul_add(b[[k, j]], sum))
    })
}

fn mul<F: Float>(x: &impl Input<F>, w: &Array2<F>) -> Array2<F> {
    let (mut copy, mut scratch) = (Buffer::default(), FactorScratch::default());
    let x = Batch::in_row_major(x.as_batch(), &mut copy);
    let mut out = Array2::from_elem((x.shape().0, w.ncols()), F::nan());
    let packed = x.pack_weights(w.as_slice().unwrap(), w.ncols(), &mut scratch);
    let (out_slice, mut scratch) = (out.as_slice_mut().unwrap(), SparseScratch::default());
    x.mul(&packed, &mut scratch, out_slice);
    out
}

fn tr_mul<F: Float>(x: &impl Input<F>, d: &Array2<F>) -> Array2<F> {
    let width = x.features();
    let (mut copy, mut scratch) = (Buffer::default(), FactorScratch::default());
    let x = Batch::in_row_major(x.as_batch(), &mut copy);
    let mut sorted = SparseScratch::default();
    let weights = vec![F::zero(); width];
    let packed = x.pack_weights(&weights, 1, &mut scratch);
    x.mul(&packed, &mut sorted, &mut vec![F::zero(); d.nrows()]);
    let packed = x.pack_delta(d.as_slice().unwrap(), d.ncols(), &mut scratch);
    let (mut out, mut block) = (Vec::new(), Buffer::default());
    x.tr_mul(&packed, &sorted, &mut block, |rows, block| {
        assert_eq!(rows.start, out.len() / d.ncols());
        assert_eq!(block.len(), rows.len() * d.ncols());
        out.extend_from_slice(block);
    });
    Array2::from_shape_vec((width, d.ncols()), out).unwrap()
}

fn dense_products_have_the_bits_of_three_loops<F: Float>(n: usize, k: usize, m: usize, seed: u64) {
    let x = random::<F>(n, k, seed);
    let (w, d) = (random::<F>(k, m, seed ^ 1), random::<F>(n, m, seed ^ 2));
    let (forward, backward) = (
        three_loops(x.view(), w.view()),
        three_loops(x.t(), d.view()),
    );
    // The same batch in column-major order, and as every other column of a wider one.
    let column_major = x.t().as_standard_layout().reversed_axes().to_owned();
    let wide = Array2::from_shape_fn((n, 2 * k), |(i, j)| x[[i, j / 2]]);
    for x in [
        x.view(),
        column_major.view(),
        wide.slice_axis(Axis(1), Slice::new(0, None, 2)),
    ] {
        assert_eq!(mul(&x, &w), forward);
        assert_eq!(tr_mul(&x, &d), backward);
    }
}

fn close(a: &Array2<f64>, b: &Array2<f64>) {
    assert_eq!(a.dim(), b.dim());
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0.0, f64::max);
    assert!(worst <= 1e-12, "{worst:e}");
}

proptest! {
    #[test]
    fn dense_products(n in 0usize..40, k in 0usize..70, m in 1usize..40, seed: u64) {
        dense_products_have_the_bits_of_three_loops::<f32>(n, k, m, seed);
        dense_products_have_the_bits_of_three_loops::<f64>(n, k, m, seed);
    }

    #[test]
    fn sparse_products_agree_with_dense_ones(
        n in 1usize..300, k in 1usize..70, m in 1usize..100, seed: u64, per_feature: bool,
    ) {
        let batch = sparse_batch::<f64>(n, k, seed, per_feature);
        let x = batch.to_dense();
        let (w, d) = (random(k, m, seed ^ 7), random(n, m, seed ^ 8));
        close(&mul(&batch, &w), &mul(&x, &w));
        close(&tr_mul(&batch, &d), &tr_mul(&x, &d));
    }
}

#[test]
fn products_over_nothing_are_zeros() {
    dense_products_have_the_bits_of_three_loops::<f32>(1, 0, 32, 0);
    dense_products_have_the_bits_of_three_loops::<f64>(0, 1, 32, 0);
}
