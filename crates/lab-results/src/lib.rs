//! Suites of experiments, and the folders of their results. The program that runs experiments writes with this crate,
//! and the report reads with it.
//!
//! # Vocabulary
//! * [`suite`]: experiments as data, read from TOML. [`suite::Settings`] has all hyperparameters of an experiment.
//! * [`store`]: the folder of a suite's results, and the state of each run.
//! * [`tables`]: the rows of every CSV file. [`names`]: the names of all files.
//! * [`model`]: trained weights in safetensors, with everything that is needed to use them.
//! * [`combinations`]: combinations of the choices that a paper leaves open, and their results.
//! * [`stats`]: statistics of a run's numbers over several seeds.
//! * [`disk`]: atomic writes and locks.
//!
//! # Example
//! ```
//! use lab_results::stats::Quantity;
//! use lab_results::tables::RunRow;
//!
//! let run = |test_accuracy| RunRow { test_accuracy, ..RunRow::default() };
//! let runs = [run(Some(0.97)), run(Some(0.98))];
//! let sample = Quantity::TestAccuracy.over(&runs);
//! let (mean, interval) = Quantity::TestAccuracy.mean_and_interval(sample);
//! assert_eq!(Quantity::TestAccuracy.shown_mean(mean, interval), "97.50 ± 6.35 %");
//! ```

pub mod combinations;
pub mod disk;
pub mod model;
pub mod names;
pub mod printed;
pub mod quote;
pub mod stats;
pub mod store;
pub mod suite;
pub mod tables;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
