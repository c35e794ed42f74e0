//! Student's t tests about a mean.

use lab_results::stats::Sample;
use statrs::distribution::ContinuousCDF;

use super::{Range, p_inside, p_outside};

/// Beyond this, the tails of t are 0 and 1.
const FAR: f64 = 1e100;

/// Tests of a sample. All p-values are NaN for a single number.
#[derive(Clone, Copy, Debug)]
pub struct TTest<'a>(pub &'a Sample);

impl TTest<'_> {
    /// The p-value of the hypothesis that one more number could be `number`; two-sided.
    pub fn p_another(&self, number: f64) -> f64 {
        let difference = (number - self.0.mean).abs();
        let p = 2.0 * self.p(difference, self.0.prediction_error());
        // `min` would turn NaN into 1.
        if p > 1.0 { 1.0 } else { p }
    }

    /// The p-value of the hypothesis that the true mean is outside the range; small values show that it is inside.
    pub fn p_inside(&self, range: Range) -> f64 {
        match self.0.sd {
            Some(_) => p_inside(range, |end| self.p_above(end), |end| self.p_below(end)),
            None => f64::NAN,
        }
    }

    /// The p-value of the hypothesis that the true mean is inside the range; small values show that it is outside.
    pub fn p_outside(&self, range: Range) -> f64 {
        match self.0.sd {
            Some(_) => p_outside(range, |end| self.p_above(end), |end| self.p_below(end)),
            None => f64::NAN,
        }
    }

    fn p_above(&self, end: f64) -> f64 {
        self.p(self.0.mean - end, self.0.standard_error())
    }

    fn p_below(&self, end: f64) -> f64 {
        self.p(end - self.0.mean, self.0.standard_error())
    }

    /// The upper tail of t at `difference / error`.
    fn p(&self, difference: f64, error: Option<f64>) -> f64 {
        match (error, self.0.student()) {
            (Some(0.0), _) if difference > 0.0 => 0.0,
            (Some(0.0), _) => 1.0,
            (Some(error), Some(t)) => match difference / error {
                // The library takes no number whose square has no size.
                far if far.abs() > FAR => f64::from(u8::from(far < 0.0)),
                near if near.is_finite() => t.sf(near),
                _ => f64::NAN,
            },
            _ => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_bounds_decide_nothing_or_the_obvious() {
        assert_eq!(Sample::of(&[1e308, -1e308, 1.5e308]), None);
        let close = Sample::of(&[1.0, 1.0 + 1e-15]).unwrap();
        assert_eq!(TTest(&close).p_another(1e300), 0.0);
        assert_eq!(TTest(&close).p_inside((1e300, INFINITE)), 1.0);
    }

    const INFINITE: f64 = f64::INFINITY;

    #[test]
    fn a_mean_is_inside_or_outside_or_neither() {
        let sample = Sample::of(&[1.0, 1.1, 0.9, 1.05, 0.95]).unwrap();
        let test = TTest(&sample);
        assert!(test.p_inside((0.0, INFINITE)) < 1e-4);
        assert!(test.p_outside((0.0, INFINITE)) > 0.999);
        assert!(test.p_outside((-INFINITE, 0.5)) < 1e-3);
        assert!(test.p_inside((0.99, 1.01)) > 0.2);
        assert!(test.p_outside((0.99, 1.01)) > 0.2);
        // With two ends, the p-value is twice that with one end.
        let (one, two) = (test.p_outside((-INFINITE, 0.8)), test.p_outside((0.0, 0.8)));
        assert!((two - 2.0 * one).abs() < 1e-15);
    }

    #[test]
    fn numbers_that_do_not_vary_decide_at_once() {
        let sample = Sample::of(&[2.0, 2.0]).unwrap();
        let test = TTest(&sample);
        assert_eq!(test.p_inside((1.0, 3.0)), 0.0);
        assert_eq!(test.p_outside((2.5, 3.0)), 0.0);
        assert_eq!(test.p_outside((1.0, 3.0)), 1.0);
    }

    #[test]
    fn a_single_number_decides_nothing() {
        let sample = Sample::of(&[1.0]).unwrap();
        let test = TTest(&sample);
        assert!(test.p_another(2.0).is_nan());
        assert!(test.p_inside((0.0, INFINITE)).is_nan() && test.p_outside((0.0, 2.0)).is_nan());
    }
}
