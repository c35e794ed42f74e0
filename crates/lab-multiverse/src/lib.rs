//! Every combination of choices that a paper leaves open.
//!
//! [`fit`] is the distance of each from what the paper printed, [`explained`] what each choice explains, and
//! [`write_report`] writes the tables, figures and the page.
//!
//! # Example
//! ```
//! use lab_multiverse::fit::median;
//!
//! assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
//! ```

mod explained;
pub mod fit;
mod page;
mod report;

pub use explained::explained;
pub use report::{answer, write_report};

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
