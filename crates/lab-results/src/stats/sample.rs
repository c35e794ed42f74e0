//! Mean and spread of a few numbers, and their confidence and prediction intervals.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The number of values, their mean and their standard deviation.
///
/// Numbers that spread by factors enter as logarithms ([`Quantity::linear`](super::Quantity::linear)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// At least 1.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation with n − 1; `None` for a single number.
    pub sd: Option<f64>,
}

impl Sample {
    /// Summarises the numbers; `None` without any, or if one, the mean or the deviation is not finite.
    ///
    /// ```
    /// let sample = lab_results::stats::Sample::of(&[1.0, 2.0, 3.0]).unwrap();
    /// assert_eq!((sample.n, sample.mean, sample.sd), (3, 2.0, Some(1.0)));
    /// ```
    pub fn of(numbers: &[f64]) -> Option<Self> {
        if numbers.is_empty() || !numbers.iter().all(|x| x.is_finite()) {
            return None;
        }
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
        if !(mean.is_finite() && squares.is_finite()) {
            return None;
        }
        Some(Self {
            n: numbers.len(),
            mean,
            sd: (numbers.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
        })
    }

    /// The confidence interval of the mean at a level such as 0.95, by Student's t; `None` for a single number.
    pub fn interval(&self, level: f64) -> Option<(f64, f64)> {
        self.around(self.standard_error()?, level)
    }

    /// The prediction interval of one more number at a level such as 0.95, for normally distributed numbers; `None`
    /// for a single number.
    pub fn prediction(&self, level: f64) -> Option<(f64, f64)> {
        self.around(self.prediction_error()?, level)
    }

    /// The standard error of the mean.
    pub fn standard_error(&self) -> Option<f64> {
        Some(self.sd? / (self.n as f64).sqrt())
    }

    /// The standard error of one more number as predicted by the mean.
    pub fn prediction_error(&self) -> Option<f64> {
        Some(self.sd? * (1.0 + 1.0 / self.n as f64).sqrt())
    }

    /// The distribution of (mean − true mean) / standard error; `None` for a single number.
    pub fn student(&self) -> Option<StudentsT> {
        StudentsT::new(0.0, 1.0, self.n as f64 - 1.0).ok()
    }

    fn around(&self, error: f64, level: f64) -> Option<(f64, f64)> {
        let t = self.student()?.inverse_cdf(0.5 + level / 2.0);
        Some((self.mean - t * error, self.mean + t * error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_numbers() {
        let sample = Sample::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(sample.mean, 3.0);
        assert!((sample.sd.unwrap() - 2.5f64.sqrt()).abs() < 1e-15);
        // t(0.975; 4) = 2.776445, from printed tables.
        let (low, high) = sample.interval(0.95).unwrap();
        let half = 2.776_445 * (2.5f64 / 5.0).sqrt();
        assert!((high - 3.0 - half).abs() < 1e-5 && (3.0 - low - half).abs() < 1e-5);
        let (low, high) = sample.prediction(0.95).unwrap();
        let half = half * 6f64.sqrt();
        assert!((high - 3.0 - half).abs() < 1e-5 && (3.0 - low - half).abs() < 1e-5);
    }

    #[test]
    fn too_few_or_unusable() {
        assert_eq!(Sample::of(&[]), None);
        assert_eq!(Sample::of(&[1.0, f64::NAN]), None);
        let one = Sample::of(&[7.0]).unwrap();
        assert_eq!((one.n, one.mean, one.sd), (1, 7.0, None));
        assert_eq!((one.interval(0.95), one.prediction(0.95)), (None, None));
    }
}
