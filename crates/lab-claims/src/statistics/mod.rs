//! Tests about a mean, from a few numbers: by Student's t, and by flipping signs.
//!
//! All are about one range of values, whose ends may be infinite. A mean *lies inside* if it is shown to be above
//! the one end and below the other (with two finite ends: two one-sided tests, TOST), and *lies outside* if it is
//! shown to be beyond one of them.

mod holm;
mod power;
mod sign_flip;

use statrs::distribution::{ContinuousCDF, StudentsT};

pub use holm::holm;
pub use power::{Effect, Question, power};
pub use sign_flip::SignFlip;

/// An open interval; its ends may be infinite.
pub type Range = (f64, f64);

/// How many numbers there are, their mean, and their standard deviation with n − 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// At least 2.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub sd: f64,
}

impl Moments {
    /// Of some numbers; `None` for fewer than two, or if one is not finite.
    ///
    /// ```
    /// let moments = lab_claims::statistics::Moments::of(&[1.0, 2.0, 3.0]).unwrap();
    /// assert_eq!((moments.mean, moments.sd), (2.0, 1.0));
    /// ```
    pub fn of(numbers: &[f64]) -> Option<Self> {
        if numbers.len() < 2 || !numbers.iter().all(|x| x.is_finite()) {
            return None;
        }
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
        Some(Self {
            n: numbers.len(),
            mean,
            sd: (squares / (n - 1.0)).sqrt(),
        })
    }

    /// The interval of the mean at a level such as 0.95.
    pub fn interval(&self, level: f64) -> Range {
        let half = self.quantile(0.5 + level / 2.0) * self.sd / self.root();
        (self.mean - half, self.mean + half)
    }

    /// The prediction interval of one more number at a level such as 0.95, if they are distributed normally.
    pub fn prediction(&self, level: f64) -> Range {
        let half = self.quantile(0.5 + level / 2.0) * self.prediction_sd();
        (self.mean - half, self.mean + half)
    }

    /// How likely one more number would lie at least as far from the mean as this one, on either side.
    pub fn p_another(&self, number: f64) -> f64 {
        (2.0 * self.p((number - self.mean).abs(), self.prediction_sd())).min(1.0)
    }

    /// How likely means as these would be if the true one were not inside the range.
    pub fn p_inside(&self, range: Range) -> f64 {
        p_inside(
            range,
            |bound| self.p_above(bound),
            |bound| self.p_below(bound),
        )
    }

    /// How likely means as these would be if the true one were not outside the range.
    pub fn p_outside(&self, range: Range) -> f64 {
        p_outside(
            range,
            |bound| self.p_above(bound),
            |bound| self.p_below(bound),
        )
    }

    fn p_above(&self, bound: f64) -> f64 {
        self.p(self.mean - bound, self.sd / self.root())
    }

    fn p_below(&self, bound: f64) -> f64 {
        self.p(bound - self.mean, self.sd / self.root())
    }

    /// The upper tail of t at `difference / error`.
    fn p(&self, difference: f64, error: f64) -> f64 {
        if error == 0.0 {
            return if difference > 0.0 { 0.0 } else { 1.0 };
        }
        student(self.n).map_or(f64::NAN, |t| t.sf(difference / error))
    }

    fn quantile(&self, share: f64) -> f64 {
        student(self.n).map_or(f64::NAN, |t| t.inverse_cdf(share))
    }

    fn prediction_sd(&self) -> f64 {
        self.sd * (1.0 + 1.0 / self.n as f64).sqrt()
    }

    fn root(&self) -> f64 {
        (self.n as f64).sqrt()
    }
}

/// Student's t for the mean of n numbers.
fn student(n: usize) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, n as f64 - 1.0).ok()
}

/// From the one-sided tests at the ends to a test of lying between them.
fn p_inside(range: Range, above: impl Fn(f64) -> f64, below: impl Fn(f64) -> f64) -> f64 {
    let (from, to) = range;
    let ends = [(from, above(from)), (to, below(to))];
    let finite = ends.into_iter().filter(|(end, _)| end.is_finite());
    finite.map(|(_, p)| p).fold(0.0, f64::max)
}

/// From the one-sided tests at the ends to a test of lying beyond one; with two ends, corrected for there being two.
fn p_outside(range: Range, above: impl Fn(f64) -> f64, below: impl Fn(f64) -> f64) -> f64 {
    let (from, to) = range;
    let ends = [(from, below(from)), (to, above(to))];
    let finite: Vec<f64> = ends
        .into_iter()
        .filter(|(end, _)| end.is_finite())
        .map(|(_, p)| p)
        .collect();
    let least = finite.iter().copied().fold(1.0, f64::min);
    (finite.len() as f64 * least).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFINITE: f64 = f64::INFINITY;

    #[test]
    fn a_mean_is_inside_or_outside_or_neither() {
        let moments = Moments::of(&[1.0, 1.1, 0.9, 1.05, 0.95]).unwrap();
        assert!(moments.p_inside((0.0, INFINITE)) < 1e-4);
        assert!(moments.p_outside((0.0, INFINITE)) > 0.999);
        assert!(moments.p_outside((-INFINITE, 0.5)) < 1e-3);
        assert!(moments.p_inside((0.99, 1.01)) > 0.2);
        assert!(moments.p_outside((0.99, 1.01)) > 0.2);
        // Two ends cost twice as much as one.
        let (one, two) = (
            moments.p_outside((-INFINITE, 0.8)),
            moments.p_outside((0.0, 0.8)),
        );
        assert!((two - 2.0 * one).abs() < 1e-15);
    }

    #[test]
    fn numbers_that_do_not_vary_decide_at_once() {
        let moments = Moments::of(&[2.0, 2.0]).unwrap();
        assert_eq!(moments.p_inside((1.0, 3.0)), 0.0);
        assert_eq!(moments.p_outside((2.5, 3.0)), 0.0);
        assert_eq!(moments.p_outside((1.0, 3.0)), 1.0);
    }

    #[test]
    fn too_few_or_unusable() {
        assert_eq!(Moments::of(&[1.0]), None);
        assert_eq!(Moments::of(&[1.0, f64::NAN]), None);
    }
}
