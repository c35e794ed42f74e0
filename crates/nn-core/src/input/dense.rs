//! A dense batch, filled row by row and reused.

use ndarray::ArrayView2;

use crate::float::Float;
use crate::kernel::vectorised;

/// A dense batch [examples × features] that keeps its memory when it is filled again.
///
/// A whole [`ndarray`] array is an [`Input`](crate::Input) too. This type is for training loops, whose last batch is
/// shorter.
#[derive(Clone, Debug)]
pub struct DenseBatch<F> {
    features: usize,
    rows: usize,
    data: Vec<F>,
}

impl<F: Float> DenseBatch<F> {
    /// An empty batch of examples with `features` features.
    pub fn new(features: usize) -> Self {
        Self {
            features,
            rows: 0,
            data: Vec::new(),
        }
    }

    /// Empties the batch; its memory stays.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.data.clear();
    }

    /// Appends an example of zeros and returns its features to be filled in.
    pub fn push(&mut self) -> &mut [F] {
        let start = self.data.len();
        self.data.resize(start + self.features, F::zero());
        self.rows += 1;
        &mut self.data[start..]
    }

    /// Appends an example of bytes u, normalised as x_j = u_j·a·b_j − c·d_j. The example has a and c, and each feature has b
    /// and d, with `None` for ones.
    ///
    /// # Panics
    /// If the example, b or d has another number of features.
    pub fn push_bytes(&mut self, u: &[u8], (a, c): (F, F), features: Option<(&[F], &[F])>) {
        assert_eq!(u.len(), self.features, "features");
        F::push_normalized(&mut self.data, u, (a, c), features);
        self.rows += 1;
    }

    /// The batch as an array [examples × features].
    pub fn view(&self) -> ArrayView2<'_, F> {
        ArrayView2::from_shape((self.rows, self.features), &self.data)
            .expect("the buffer holds examples × features numbers")
    }
}

/// Appends bytes u, normalised as in [`DenseBatch::push_bytes`].
pub(crate) fn push_normalized<F: Float>(
    x: &mut Vec<F>,
    u: &[u8],
    example: (F, F),
    features: Option<(&[F], &[F])>,
) {
    let start = x.len();
    x.resize(start + u.len(), F::zero());
    normalize(&mut x[start..], u, example, features);
}

vectorised! {
    fn normalize<'a, F>(
        x: &'a mut [F],
        u: &'a [u8],
        example: (F, F),
        features: Option<(&'a [F], &'a [F])>,
    ) {
        let (a, c) = example;
        match features {
            None => x.iter_mut().zip(u).for_each(|(x, &u)| *x = F::of_byte(u) * a - c),
            Some((b, d)) => {
                assert!(b.len() == u.len() && d.len() == u.len(), "one coefficient a feature");
                for ((x, &u), (&b, &d)) in x.iter_mut().zip(u).zip(b.iter().zip(d)) {
                    *x = F::of_byte(u) * a * b - c * d;
                }
            }
        }
    }
}
