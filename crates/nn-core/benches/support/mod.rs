//! Shared code of the benchmarks: images like MNIST's, and a comparison of every result with the textbook's before the
//! timing.

use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use nn_core::{Float, SparseBatch, SparseBytes};

/// Settings with which all benchmarks take one or two minutes.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
}

/// A generator of numbers in [0, 1), the same on every machine.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as f64 / (1u64 << 31) as f64
    }
}

/// Makes `count` images of 28 × 28 pixels. Each is a ring whose ink covers 19 % of the pixels, in runs, as in MNIST.
pub(crate) fn digits(count: usize) -> Arc<SparseBytes> {
    let mut random = Lcg(1);
    let mut bytes = Vec::with_capacity(count * 784);
    for _ in 0..count {
        let [x, y] = [0, 1].map(|_| 12.5 + 3.0 * random.next());
        let [across, down] = [5.0, 7.0].map(|radius| radius + 2.5 * random.next());
        for pixel in 0..784 {
            let (row, column) = ((pixel / 28) as f64, (pixel % 28) as f64);
            let r = ((column - x) / across).hypot((row - y) / down);
            let from_ring = (r - 1.0).abs() * (across + down) / 2.0;
            bytes.push((255.0 * (1.0 - from_ring / 1.72).clamp(0.0, 1.0)).ceil() as u8);
        }
    }
    let digits = SparseBytes::from_dense(&bytes, 784).unwrap();
    let density = digits.density();
    assert!((0.17..0.21).contains(&density), "density {density}");
    digits.into()
}

/// Makes labels of all ten classes.
pub(crate) fn labels(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n * 7 % 10) as u8).collect()
}

/// Makes a batch, normalised as (u − 33) / 79, which is close to MNIST's mean and deviation.
pub(crate) fn sparse<F: Float>(digits: &Arc<SparseBytes>) -> SparseBatch<F> {
    let mut batch = SparseBatch::new(Arc::clone(digits), None, None);
    for row in 0..digits.rows() {
        batch.push(row as u32, F::of(1.0 / 79.0), F::of(33.0 / 79.0));
    }
    batch
}

/// Panics if `f32` and `f64` numbers differ by 10⁻⁴ of the largest number or more.
pub(crate) fn agree<'a>(
    name: &str,
    found: impl IntoIterator<Item = &'a f32>,
    expected: impl IntoIterator<Item = f64>,
) {
    let found: Vec<f64> = found.into_iter().map(|&x| f64::from(x)).collect();
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(&expected).enumerate() {
        let close = (a - b).abs() <= 1e-4 * largest;
        assert!(close, "{name}, number {i}: {a} and {b}");
    }
}
