//! Random matrices and batches.

use ndarray::Array2;
use nn_core::{Float, SparseBatch, SparseBytes};

/// A matrix of numbers in [−1, 1) from a seed.
pub(crate) fn random<F: Float>(rows: usize, columns: usize, seed: u64) -> Array2<F> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    Array2::from_shape_fn((rows, columns), |_| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        F::of((state >> 33) as f64 / (1u64 << 30) as f64 - 1.0)
    })
}

/// Bytes of which about four in five are 0.
fn sparse_bytes(rows: usize, columns: usize, seed: u64) -> Vec<u8> {
    random::<f64>(rows, columns, seed)
        .iter()
        .map(|&x| if x > 0.6 { (x * 255.0) as u8 } else { 0 })
        .collect()
}

/// A sparse batch [n × k] with a scale and a shift for each example and, if asked for, each feature.
pub(crate) fn sparse_batch<F: Float>(
    n: usize,
    k: usize,
    seed: u64,
    per_feature: bool,
) -> SparseBatch<F> {
    let bytes = SparseBytes::from_dense(&sparse_bytes(n, k, seed), k).unwrap();
    let coefficients = |seed| random::<F>(1, k, seed).into_raw_vec_and_offset().0.into();
    let given = |seed| per_feature.then(|| coefficients(seed));
    let mut batch = SparseBatch::new(bytes.into(), given(seed ^ 3), given(seed ^ 4));
    let (scales, shifts) = (random::<F>(1, n, seed ^ 5), random::<F>(1, n, seed ^ 6));
    // Filled twice, to test that an emptied batch equals a new one.
    for _ in 0..2 {
        batch.clear();
        for row in 0..n {
            batch.push(
                row as u32,
                scales[[0, row]] / F::of(100.0),
                shifts[[0, row]],
            );
        }
    }
    batch
}
