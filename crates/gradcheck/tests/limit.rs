//! The limit of a check.

use gradcheck::{Options, check};

/// A difference must be below the limit, not equal to it.
#[test]
#[should_panic(expected = "the gradient is wrong")]
fn a_difference_at_the_limit_is_not_below_it() {
    let report = check(|x: &[f64; 1]| x[0], &[0.0], &[1.0], &Options::default()).unwrap();
    assert_eq!(report.max_relative(), 0.0);
    report.assert_below(0.0);
}
