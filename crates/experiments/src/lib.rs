//! The experiments of the paper as data, their runner, statistics, figures and report; behind the
//! program `mnist-lab`. The only crate that knows the paper.
//!
//! # The way of a run
//! [`suite`] reads what to run → [`runner`] starts it → [`run`] splits, normalises ([`pixels`]),
//! trains and tests → [`store`] writes files ([`artifact`], [`tables`], [`model`]) → [`report`] reads
//! them and writes figures ([`figures`]) and `REPORT.md`. One direction: training knows no files, the
//! report knows no training. What a run is between two steps goes to [`checkpoint`]s.
//!
//! # Example
//! ```
//! use experiments::suite::Suite;
//!
//! let paper = Suite::load("paper")?;
//! let momentum = &paper.select(&["momentum".to_owned()])?[0];
//! assert_eq!(momentum.settings.hidden, [128]);
//! assert_eq!(momentum.paper.test_accuracy, Some(0.9745));
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod artifact;
pub mod checkpoint;
pub mod claims;
pub mod console;
pub mod digit;
pub mod figures;
pub mod gradient_check;
pub mod lock;
pub mod model;
pub mod pixels;
pub mod progress;
pub mod quantity;
pub mod report;
pub mod run;
pub mod runner;
pub mod settings;
pub mod statistics;
pub mod store;
pub mod suite;
pub mod summary;
pub mod tables;
pub mod tensors;
pub mod timed_epochs;
pub mod timing;

/// The README's examples, which are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
