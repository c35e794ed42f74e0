//! From rules that were fixed beforehand and a table of runs to verdicts on a paper's claims.
//!
//! [`Rules`] are read from TOML; [`plan`] says from exploratory runs how many seeds each claim needs;
//! [`judge`] tests the claims on confirmatory runs.
//! [`statistics`] knows none of them.
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
mod evidence;
mod judgement;
mod page;
mod planning;
mod report;
mod rules;
pub mod statistics;
mod tables;
mod verdict;

pub use evidence::Runs;
pub use judgement::{Judgement, Tested, judge};
pub use page::tally;
pub use planning::{Needed, Planned, plan};
pub use report::write_report;
pub use rules::{PrintedRule, Rules, Statement};
pub use verdict::Verdict;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
