//! Every combination of choices that a paper leaves open.
//!
//! A [`Multiverse`] is a grid, read from TOML. A *cell* is a combination of the choices that change a run's steps; each
//! experiment runs it as a *trajectory*, of which all stopping rules and choices of weights are read off: those are its
//! [`Reading`]s. [`Multiverse::order`] is the order of the cells, [`table`] the file of readings, [`Origin`] what
//! those are of, [`fit`] their distance from what the paper printed, and [`write_report`] the tables, figures and the page.
//!
//! # Example
//! ```
//! use lab_multiverse::fit::median;
//!
//! assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
//! ```

mod choices;
mod explained;
pub mod fit;
mod grid;
mod origin;
mod page;
mod report;
pub mod table;

pub use explained::explained;
pub use grid::{Axis, Cell, Multiverse, Trajectory};
pub use origin::Origin;
pub use report::{answer, write_report};
pub use table::Reading;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
