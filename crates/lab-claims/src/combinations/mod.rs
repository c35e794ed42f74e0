//! How near combinations of what a paper leaves open come to the numbers that it printed, and how much each choice
//! explains.

mod answer;
mod explained;
mod fit;

pub use answer::{Answer, OwnScales, Scale, answer, most_seeds};
pub use explained::{Explained, OUTCOMES, Outcome, explained, outcomes, shares};
pub use fit::{Fit, NEAR, Number, fits, nearest};
