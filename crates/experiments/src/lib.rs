//! Runs the experiments of the paper, from a suite's settings to files. The program `mnist-lab` uses this crate. Only
//! this crate knows the paper, through its [`suites`].
//!
//! # The steps of a run
//! 1. [`suites`] has the experiments.
//! 2. [`sweep::plan`] puts their runs in order.
//! 3. [`sweep::todo`] finds out which runs are done.
//! 4. [`sweep::runner`] does the jobs.
//! 5. [`run`] prepares ([`mnist_samples`]), trains and tests one network.
//! 6. The crate `lab-results` writes the files, which `lab-report` reads.
//!
//! Between two training steps, a run can be saved in a [`run::checkpoint`]. [`sweep::partition`] and [`sweep::merge`]
//! divide a plan among the tasks of a cluster.
//!
//! # Example
//! ```
//! let paper = experiments::suites::load("paper")?;
//! let momentum = &paper.select(&["momentum".to_owned()])?[0];
//! assert_eq!(momentum.settings.hidden, [128]);
//! assert_eq!(momentum.paper.test_accuracy, Some(0.9745));
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod built_in;
pub mod gradient_check;
pub mod job;
pub mod run;
pub mod suites;
pub mod sweep;

/// The README's example, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
