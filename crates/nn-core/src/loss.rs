//! Softmax and cross-entropy, which together have a simple derivative.

use ndarray::ArrayViewMut2;

use crate::error::Error;
use crate::float::Float;
use crate::kernel::vectorised;

/// Replaces each row of logits by its softmax (eq. 1).
pub(crate) fn softmax_rows<F: Float>(mut logits: ArrayViewMut2<'_, F>) {
    for mut row in logits.rows_mut() {
        let (mut max, mut sum) = (F::neg_infinity(), F::zero());
        for &a in &row {
            max = maximum(max, a);
        }
        for a in &mut row {
            *a = (*a - max).portable_exp();
            sum += *a;
        }
        for e in &mut row {
            *e /= sum;
        }
    }
}

/// The larger of two numbers. A NaN may get lost here, but not in the sum of the row's exponentials.
#[inline(always)]
fn maximum<F: Float>(a: F, b: F) -> F {
    if a >= b { a } else { b }
}

/// The index of the largest number, which is the predicted class for logits or probabilities. Of equal numbers, the
/// first counts. The index is 0 if there is no largest number, as in a row of NaN.
///
/// ```
/// assert_eq!(nn_core::argmax(&[0.1, 0.6, 0.3]), 1);
/// assert_eq!(nn_core::argmax(&[0.5_f32, 0.5]), 0);
/// ```
#[inline(always)]
pub fn argmax<F: Float>(row: &[F]) -> usize {
    let (mut best, mut largest) = (0, row.first().copied().unwrap_or_default());
    for (k, &a) in row.iter().enumerate() {
        // Without a branch, which the processor could not predict.
        let larger = a > largest;
        best = if larger { k } else { best };
        largest = if larger { a } else { largest };
    }
    best
}

/// −ln y_label (eq. 3 for one example) = ln Σ e^(a_k − max) − (a_label − max), given Σ.
#[inline(always)]
fn negative_log<F: Float>(sum: F, label_logit: F, max: F) -> F {
    sum.portable_ln() - (label_logit - max)
}

/// Checks the weights of a data set: one for each example, finite and at least 0, and not all 0.
///
/// ```
/// assert!(nn_core::check_weights(&[2.0, 0.0, 0.5], 3).is_ok());
/// let error = nn_core::check_weights(&[2.0, -1.0, 0.5], 3).unwrap_err();
/// assert_eq!(error.to_string(), "weight -1 at position 1; expected a finite number of at least 0");
/// ```
///
/// # Errors
/// Another number of weights than of examples, a weight that is negative, infinite or NaN, no weight above 0.
pub fn check_weights<F: Float>(weights: &[F], examples: usize) -> Result<(), Error> {
    expect_weights(weights, examples)?;
    match weights.iter().any(|&weight| weight > F::zero()) {
        true => Ok(()),
        false => Err(Error::ZeroWeights { examples }),
    }
}

/// Checks the weights of a batch, which may all be 0.
pub(crate) fn expect_weights<F: Float>(weights: &[F], examples: usize) -> Result<(), Error> {
    if weights.len() != examples {
        return Err(Error::WeightCount {
            examples,
            weights: weights.len(),
        });
    }
    let is_weight = |weight: &F| *weight >= F::zero() && weight.is_finite();
    match weights.iter().position(|weight| !is_weight(weight)) {
        None => Ok(()),
        Some(position) => Err(Error::Weight {
            position,
            found: weights[position].to_string(),
        }),
    }
}

vectorised! {
    /// Computes the cross-entropies [examples] of logits [examples × classes]. With a scale, it also computes their
    /// derivatives (y − t)·scale [examples × classes] (eq. 4), and without a scale, the exponentials instead.
    pub(crate) fn cross_entropy<'a, F>(
        logits: &'a [F],
        labels: &'a [u8],
        classes: usize,
        losses: &'a mut [F],
        d_logits: &'a mut [F],
        scale: Option<F>,
    ) {
        // At first, `losses` stores each row's maximum, so that a single loop computes all e^x.
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

/// The loss and the number of correct predictions of some examples, as sums. So the scores of batches of different
/// sizes add up to the score of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// The sum of the examples' cross-entropies (eq. 3), in nats.
    pub loss_sum: f64,
    /// The number of examples whose label has the largest logit.
    pub correct: usize,
    /// The number of examples.
    pub examples: usize,
}

impl Score {
    /// The mean cross-entropy, in nats; NaN without examples.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.examples as f64
    }

    /// The share of correct predictions, from 0 to 1; NaN without examples.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.examples as f64
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.examples += other.examples;
    }
}
