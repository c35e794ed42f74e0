//! Runs the experiments of the paper, from a suite's settings to files; behind the program `mnist-lab`. With
//! its [`suites`] this is the only crate that knows the paper.
//!
//! # The way of a run
//! [`suites`] says what to run → [`run::plan`] looks at what is there and decides what to do →
//! [`run::sweep`] starts the jobs → [`run`] prepares ([`mnist_samples`]), trains and tests one → the crate
//! `lab-results` writes its files, which `lab-report` reads. What a run is between two steps goes to
//! [`run::checkpoint`]s.
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
pub mod run;
pub mod suites;
pub mod sweep;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
