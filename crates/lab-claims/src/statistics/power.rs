//! Statistical power of t tests.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

use super::Range;

/// The assumed truth: normally distributed differences with this mean and standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub sd: f64,
}

/// The hypothesis that a test is to show about the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The mean is in the range.
    Inside,
    /// The mean is beyond an end of the range.
    Outside,
}

/// Steps of the integral over the sample's standard deviation.
const STEPS: usize = 2000;

/// The probability that a t test of `n` numbers answers the question at level `alpha`. The result is an integral over
/// the sample's standard deviation, u times the true one.
///
/// # Panics
/// For fewer than two numbers, which have no standard deviation.
///
/// ```
/// use lab_claims::statistics::{Effect, Question, power};
///
/// let effect = Effect { mean: 0.5, sd: 1.0 };
/// let power = power(effect, 34, 0.05, Question::Inside, (0.0, f64::INFINITY));
/// assert!((power - 0.8869).abs() < 1e-4);
/// ```
pub fn power(effect: Effect, n: usize, alpha: f64, question: Question, range: Range) -> f64 {
    assert!(n >= 2, "{n} numbers have no standard deviation");
    if effect.sd == 0.0 {
        // Every sample equals the mean, so the answer is certain.
        let is_true = match question {
            Question::Inside => range.0 < effect.mean && effect.mean < range.1,
            Question::Outside => effect.mean < range.0 || range.1 < effect.mean,
        };
        return f64::from(u8::from(is_true));
    }
    let freedom = n as f64 - 1.0;
    let error = effect.sd / (n as f64).sqrt();
    let (from, to) = (
        (range.0 - effect.mean) / error,
        (range.1 - effect.mean) / error,
    );
    let ends = [from, to].iter().filter(|end| end.is_finite()).count();
    let level = match question {
        Question::Inside => alpha,
        Question::Outside => alpha / ends.max(1) as f64,
    };
    let (Ok(normal), Ok(t)) = (Normal::new(0.0, 1.0), StudentsT::new(0.0, 1.0, freedom)) else {
        return f64::NAN;
    };
    let critical = t.inverse_cdf(1.0 - level);
    let cdf = |x: f64| match x {
        f64::INFINITY => 1.0,
        f64::NEG_INFINITY => 0.0,
        x => normal.cdf(x),
    };
    let decided = |u: f64| match question {
        Question::Inside => (cdf(to - critical * u) - cdf(from + critical * u)).max(0.0),
        Question::Outside => cdf(from - critical * u) + 1.0 - cdf(to + critical * u),
    };
    let (low, mut high) = (
        (1.0 - 9.0 / (2.0 * freedom).sqrt()).max(0.0),
        1.0 + 12.0 / freedom.sqrt(),
    );
    // Beyond this bound, the sample's deviation is so large that hardly any mean is far enough from an end.
    let (toward_from, toward_to) = match question {
        Question::Inside => ((9.0 - from) / critical, (9.0 + to) / critical),
        Question::Outside => ((9.0 + from) / critical, (9.0 - to) / critical),
    };
    let reach = [toward_from, toward_to]
        .into_iter()
        .filter(|u| u.is_finite());
    high = high.min(reach.fold(0.0, f64::max));
    if question == Question::Inside && ends == 2 {
        // Beyond this bound, no mean is far enough from both ends; the integrand has a corner there.
        high = high.min((to - from) / (2.0 * critical));
    }
    if high <= low {
        return 0.0;
    }
    simpson(low, high, |u| decided(u) * deviation_density(u, freedom))
}

/// The density of the sample's standard deviation, as a multiple of the true one.
fn deviation_density(u: f64, freedom: f64) -> f64 {
    if u <= 0.0 {
        return if freedom == 1.0 {
            (2.0 / std::f64::consts::PI).sqrt()
        } else {
            0.0
        };
    }
    let half = freedom / 2.0;
    let log = std::f64::consts::LN_2 + half * half.ln() - ln_gamma(half) + (freedom - 1.0) * u.ln()
        - half * u * u;
    log.exp()
}

/// Simpson's rule.
fn simpson(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / STEPS as f64;
    let weight = |at: usize| match at {
        0 | STEPS => 1.0,
        at if at % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let sum: f64 = (0..=STEPS)
        .map(|at| weight(at) * f(from + at as f64 * step))
        .sum();
    sum * step / 3.0
}
