//! Runs the experiments of the paper, from a suite's settings to files; behind the program `mnist-lab`. With
//! its [`suites`] this is the only crate that knows the paper.
//!
//! # The way of a run
//! [`suites`] has the experiments → [`sweep::plan`] puts their runs in an order → [`sweep::todo`] looks at what is done
//! → [`sweep::runner`] does the jobs → [`run`] prepares ([`mnist_samples`]), trains and tests one → the crate
//! `lab-results` writes its files, which `lab-report` reads. Between two steps a run can be saved in a
//! [`run::checkpoint`]. [`sweep::partition`] and [`sweep::merge`] divide a plan among the tasks of a cluster.
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
