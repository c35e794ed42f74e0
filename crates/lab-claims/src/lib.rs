//! Verdicts on a paper's claims, from rules and tables of runs.
//!
//! [`Rules`] are read from TOML. [`plan`] finds from exploratory runs how many seeds each claim needs, and [`judge`]
//! tests the claims on runs. [`combinations`] measures how near combinations of open choices come to the printed
//! numbers. [`statistics`] has the tests themselves. This crate reads no results and writes no pages.
//!
//! # Example
//! ```
//! use lab_claims::statistics::{Effect, Question, power};
//!
//! // Will 40 seeds show a difference of half a standard deviation, at 5 %?
//! let effect = Effect { mean: 0.5, sd: 1.0 };
//! assert!(power(effect, 40, 0.05, Question::Inside, (0.0, f64::INFINITY)) > 0.9);
//! ```

mod claim;
mod claims;
pub mod combinations;
mod evidence;
mod judge;
mod judgement;
mod planning;
mod rules;
mod seeds;
mod sensitivity;
pub mod statistics;
mod tables;
mod test;
mod verdict;

pub use claim::{Asked, Claim, Hypothesis, PrintedNumber};
pub use evidence::Runs;
pub use judge::judge;
pub use judgement::{Gradients, Judged, Judgement, Tested, shown_p};
pub use planning::{Needed, Planned, plan};
pub use rules::{PrintedRule, Rules, Statement};
pub use seeds::drawn_seeds;
pub use sensitivity::{Sensitivity, over_margins, sensitivity};
pub use tables::{ClaimRow, TestRow};
pub use test::{Direction, Test};
pub use verdict::Verdict;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
