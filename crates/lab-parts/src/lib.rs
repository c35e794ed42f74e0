//! A plan of many runs in parts, as an array scheduler starts them: shared out, looked after, merged and
//! checked.
//!
//! A plan is data: which experiments, with which settings and seeds, on which data. Its runs have an order,
//! and part K of N is every N-th of them. A part is a folder of its own, `parts/K-of-N`, which one task
//! writes to, so that no lock is needed that another host would have to see; [`merge`] puts the
//! parts together, to the bytes that one machine would have written.
//!
//! # Vocabulary
//! * [`plan`]: what there is to run, in `plan.json`, written once by the part that begins first.
//! * [`partition`]: which part a task does, as the user or the scheduler's variables say.
//! * [`merge`]: the checked union of the parts.
//! * [`status`]: which runs are done, under way, failed or missing, by looking at files.
//! * [`submit`]: the parts as a scheduler's job, or as lines of shell.
//!
//! # Example
//! ```
//! use lab_parts::partition::Part;
//!
//! let part = Part::new(2, 3)?;
//! let places: Vec<usize> = (0..8).filter(|&place| part.has(place)).collect();
//! assert_eq!(places, [1, 4, 7]);
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod merge;
pub mod partition;
pub mod plan;
pub mod status;
pub mod submit;

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
