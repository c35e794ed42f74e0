//! Mean, spread and confidence interval of a few numbers.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// What a handful of runs says about their distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The mean.
    pub mean: f64,
    /// The standard deviation with n − 1, from two numbers on.
    pub sd: Option<f64>,
    /// The 95 % interval of the mean by Student's t, from two numbers on.
    pub interval: Option<(f64, f64)>,
    /// The 95 % prediction interval of one more number, if they are distributed normally.
    pub prediction: Option<(f64, f64)>,
}

impl Sample {
    /// Summarises the numbers; `None` without any, or if one is not finite.
    pub fn of(numbers: &[f64]) -> Option<Self> {
        if numbers.is_empty() || !numbers.iter().all(|x| x.is_finite()) {
            return None;
        }
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        if numbers.len() < 2 {
            return Some(Self {
                mean,
                sd: None,
                interval: None,
                prediction: None,
            });
        }
        let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
        let sd = (squares / (n - 1.0)).sqrt();
        let t = student(n - 1.0);
        let around = |error: f64| Some((mean - t * error, mean + t * error));
        Some(Self {
            mean,
            sd: Some(sd),
            interval: around(sd / n.sqrt()),
            prediction: around(sd * (1.0 + 1.0 / n).sqrt()),
        })
    }

    /// The same of the numbers' logarithms, brought back: a geometric mean, intervals that are factors;
    /// `None` as well if a number is not positive. It has no standard deviation.
    pub fn geometric(numbers: &[f64]) -> Option<Self> {
        let logarithms: Vec<f64> = numbers.iter().map(|x| x.ln()).collect();
        let sample = Self::of(&logarithms)?;
        let back = |(low, high): (f64, f64)| (low.exp(), high.exp());
        Some(Self {
            mean: sample.mean.exp(),
            sd: None,
            interval: sample.interval.map(back),
            prediction: sample.prediction.map(back),
        })
    }
}

/// The 97.5 % quantile of Student's t.
fn student(degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::NAN, |t| t.inverse_cdf(0.975))
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
        let (low, high) = sample.interval.unwrap();
        let half = 2.776_445 * (2.5f64 / 5.0).sqrt();
        assert!((high - 3.0 - half).abs() < 1e-5 && (3.0 - low - half).abs() < 1e-5);
        let (low, high) = sample.prediction.unwrap();
        let half = half * 6f64.sqrt();
        assert!((high - 3.0 - half).abs() < 1e-5 && (3.0 - low - half).abs() < 1e-5);
    }

    #[test]
    fn factors() {
        let sample = Sample::geometric(&[1.0, 100.0]).unwrap();
        assert!((sample.mean - 10.0).abs() < 1e-12);
        let (low, high) = sample.prediction.unwrap();
        assert!((low * high / 100.0 - 1.0).abs() < 1e-9, "{low} {high}");
        assert_eq!(Sample::geometric(&[1.0, 0.0]), None);
    }

    #[test]
    fn too_few_or_unusable() {
        assert_eq!(Sample::of(&[]), None);
        assert_eq!(Sample::of(&[1.0, f64::NAN]), None);
        assert_eq!(Sample::of(&[7.0]).unwrap().sd, None);
    }
}
