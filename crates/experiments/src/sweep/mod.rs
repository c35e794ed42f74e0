//! Sweeps: a plan, its parts, the runner, and the results.
//!
//! A [`plan::Plan`] is an ordered list of [`Job`](crate::job::Job)s. The [`runner`] does jobs on several threads.
//!
//! # Vocabulary
//! * [`plan`]: experiments, settings, seeds and data; in `plan.json` if there are parts.
//! * `look`: the state of a job in a folder, for all commands.
//! * [`mod@todo`]: the jobs to run, and the earlier runs to remove.
//! * [`runner`]: does jobs; [`output`] is where their results go: the files of a run, or [`rows`] of one table.
//! * [`partition`]: the part that a task does, from the user or from the scheduler's variables.
//! * [`survey`]: a folder and its parts together, for [`status`] and [`merge`].
//! * [`merge`]: the checked union of the parts.
//! * [`status`]: the runs that are done, under way, damaged or missing.
//! * [`submit`]: the parts as a scheduler's job, or as lines of shell.
//! * [`multiverse`]: every combination of the choices that the paper leaves open.

mod look;
pub mod merge;
pub mod multiverse;
pub mod output;
pub mod partition;
pub mod plan;
pub mod rows;
pub mod runner;
pub mod status;
pub mod submit;
pub mod survey;
mod times;
pub mod todo;
