//! What was to be run, and what lies on disk of it: a suite of experiments as data, and the folder of its
//! results. Both sides use it: the runner, which writes, and the report, which reads.
//!
//! # Vocabulary
//! * [`suite`]: experiments as data, read from TOML; [`suite::Settings`] are all hyperparameters of one.
//! * [`store`]: where the files of a suite's runs lie, and which runs are whole.
//! * [`tables`]: the rows of every CSV file. [`names`]: the names of all files.
//! * [`model`]: trained weights in safetensors, with all that is needed to use them.
//! * [`combinations`]: every combination of what a paper leaves open, and what each gave.
//! * [`stats`]: a run's numbers over several seeds.
//! * [`disk`]: files that are whole or absent, locks, tensors.
//!
//! # Example
//! ```
//! use lab_results::stats::Quantity;
//! use lab_results::tables::RunRow;
//!
//! let run = |test_accuracy| RunRow { test_accuracy, ..RunRow::default() };
//! let runs = [run(Some(0.97)), run(Some(0.98))];
//! let sample = Quantity::TestAccuracy.over(&runs);
//! assert_eq!(Quantity::TestAccuracy.shown_sample(sample), "97.50 ± 6.35 %");
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
