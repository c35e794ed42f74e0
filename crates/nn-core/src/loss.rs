//! Softmax and cross-entropy, together because their derivative is so simple together.

use ndarray::ArrayViewMut2;
use pulp::{Arch, Simd, WithSimd};

use crate::scalar::Scalar;
use crate::workspace::Rows;

/// Replaces each row of logits a [examples × classes] by its softmax y (eq. 1),
/// y_k = e^(a_k) / Σ_k' e^(a_k').
///
/// Each row's maximum is subtracted first, which changes nothing but keeps e^a finite.
///
/// ```
/// let mut logits = ndarray::array![[1e4_f32, -1e4, 1e4]];
/// nn_core::softmax(logits.view_mut());
/// assert_eq!(logits, ndarray::array![[0.5, 0.0, 0.5]]);
/// ```
pub fn softmax<F: Scalar>(mut logits: ArrayViewMut2<'_, F>) {
    for mut row in logits.rows_mut() {
        let max = row.fold(F::neg_infinity(), |max, &a| maximum(max, a));
        row.mapv_inplace(|a| (a - max).portable_exp());
        let sum = row.iter().fold(F::zero(), |sum, &e| sum + e);
        row.mapv_inplace(|e| e / sum);
    }
}

/// The larger of two numbers, NaN if either is.
#[inline(always)]
fn maximum<F: Scalar>(a: F, b: F) -> F {
    if a >= b || a.is_nan() { a } else { b }
}

/// The index of the largest logit, the first of equals: the class that is predicted.
#[inline(always)]
pub(crate) fn argmax<F: Scalar>(row: &[F]) -> usize {
    let mut best = 0;
    for (k, &a) in row.iter().enumerate() {
        if a > row[best] {
            best = k;
        }
    }
    best
}

/// −ln y_label (eq. 3 for one example) = ln Σ e^(a_k − max) − (a_label − max), given Σ.
#[inline(always)]
fn negative_log<F: Scalar>(sum: F, label_logit: F, max: F) -> F {
    sum.portable_ln() - (label_logit - max)
}

/// The labels of a batch; with a scale, the loss is to be differentiated.
#[derive(Clone, Copy)]
pub(crate) struct Labels<'a, F> {
    pub(crate) y: &'a [u8],
    pub(crate) scale: Option<F>,
}

impl<F: Scalar> Labels<'_, F> {
    /// Cross-entropy of each example among the rows, and with a scale δ of the output layer:
    /// (y − t)·scale (eq. 4; scale = 1/B makes it the derivative of the batch's mean).
    pub(crate) fn cross_entropy(self, classes: usize, rows: &mut Rows<'_, F>) {
        let Some(last) = rows.layers.last_mut() else {
            return;
        };
        Arch::new().dispatch(CrossEntropy {
            logits: last.output,
            labels: &self.y[rows.examples.clone()],
            classes,
            losses: rows.losses,
            d_logits: last.delta,
            scale: self.scale,
        });
    }
}

/// Logits [examples × classes]; one loss an example; derivatives [examples × classes], which hold
/// the exponentials on the way.
struct CrossEntropy<'a, F> {
    logits: &'a [F],
    labels: &'a [u8],
    classes: usize,
    losses: &'a mut [F],
    d_logits: &'a mut [F],
    scale: Option<F>,
}

impl<F: Scalar> WithSimd for CrossEntropy<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            logits,
            labels,
            classes,
            losses,
            d_logits,
            scale,
        } = self;
        // Until it is known, `losses` keeps each row's maximum; one flat loop then does all e^x.
        for ((row, exps), max) in logits
            .chunks_exact(classes)
            .zip(d_logits.chunks_exact_mut(classes))
            .zip(&mut *losses)
        {
            *max = row.iter().fold(F::neg_infinity(), |m, &a| maximum(m, a));
            for (e, &a) in exps.iter_mut().zip(row) {
                *e = a - *max;
            }
        }
        d_logits.iter_mut().for_each(|e| *e = e.portable_exp());
        for (((row, exps), loss), &label) in logits
            .chunks_exact(classes)
            .zip(d_logits.chunks_exact_mut(classes))
            .zip(losses)
            .zip(labels)
        {
            let label = usize::from(label);
            let sum = exps.iter().fold(F::zero(), |sum, &e| sum + e);
            *loss = negative_log(sum, row[label], *loss);
            if let Some(scale) = scale {
                let factor = scale / sum;
                exps.iter_mut().for_each(|e| *e *= factor);
                exps[label] -= scale;
            }
        }
    }
}
