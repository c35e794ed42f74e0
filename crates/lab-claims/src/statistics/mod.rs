//! Tests about a mean, from a few numbers: Student's t tests and sign-flip tests.
//!
//! All tests are about a range of values, whose ends may be infinite. A mean *lies inside* if the tests show that it is
//! above the lower end and below the upper end (with two finite ends: two one-sided tests, TOST). It *lies outside* if
//! a test shows that it is beyond one of the ends.

mod holm;
mod power;
mod sign_flip;
mod t_test;

pub use holm::holm;
pub use power::{Effect, Question, power};
pub use sign_flip::SignFlip;
pub use t_test::TTest;

/// An open interval; its ends may be infinite.
pub type Range = (f64, f64);

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
