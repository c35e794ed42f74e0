//! Many runs: a plan, its parts, the runner, and what came of them.
//!
//! A [`plan::Plan`] has its [`plan::Job`]s in an order. [`plan::Plan::look`] says what a folder has of a job; whatever
//! is run, resumed, shown, submitted or merged asks it. The [`runner`] does jobs on several threads.
//!
//! # Vocabulary
//! * [`plan`]: experiments, settings, seeds and data, in `plan.json` where there are parts.
//! * [`look`]: the state of a job in a folder.
//! * [`mod@todo`]: which jobs `run` does, and what it removes before.
//! * [`runner`]: does jobs; [`output`] is where their results go: the files of a run, or [`rows`] of one table.
//! * [`partition`]: which part a task does, as the user or the scheduler's variables say.
//! * [`merge`]: the checked union of the parts.
//! * [`status`]: which runs are done, under way, damaged or missing.
//! * [`submit`]: the parts as a scheduler's job, or as lines of shell.
//! * [`multiverse`]: every combination of the choices that the paper leaves open.

pub mod look;
pub mod merge;
pub mod multiverse;
pub mod output;
pub mod partition;
pub mod plan;
pub mod rows;
pub mod runner;
pub mod status;
pub mod submit;
pub mod todo;
