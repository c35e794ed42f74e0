//! Tests about a mean, from a few numbers: Student's t tests, their form for several quantities, and sign-flip tests.
//!
//! All tests are about a range of values, whose ends may be infinite. A mean is *inside* if tests show that the mean is
//! above the lower end and below the upper end (with two finite ends: two one-sided tests, TOST). A mean is *outside*
//! if a test shows that the mean is beyond one of the ends.

mod holm;
mod joint;
mod power;
mod sign_flip;
mod t_test;

pub use holm::holm;
pub use joint::Joint;
pub use power::{Effect, Question, power};
pub use sign_flip::SignFlip;
pub use t_test::TTest;

/// An open interval; its ends may be infinite.
pub type Range = (f64, f64);

/// The distance of a number from the nearer end of a range; negative outside.
pub(crate) fn to_end(x: f64, (from, to): Range) -> f64 {
    (x - from).min(to - x)
}

/// The p-value for a mean inside the range, from the one-sided tests at the ends.
fn p_inside(range: Range, above: impl Fn(f64) -> f64, below: impl Fn(f64) -> f64) -> f64 {
    let (from, to) = range;
    let ends = [(from, above(from)), (to, below(to))];
    let finite = ends.into_iter().filter(|(end, _)| end.is_finite());
    finite.map(|(_, p)| p).fold(0.0, f64::max)
}

/// The p-value for a mean outside the range, from the one-sided tests at the ends; with two finite ends, corrected for
/// two tests.
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
