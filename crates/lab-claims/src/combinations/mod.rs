//! The distances of combinations of open choices from the numbers that a paper printed, and the share of the variance
//! that each choice explains.

mod answer;
mod explained;
mod fit;

pub use answer::{Answer, OwnScales, Scale, answer, most_seeds};
pub use explained::{Explained, outcomes, shares};
pub use fit::{Fit, NEAR, Number, fits, nearest};
