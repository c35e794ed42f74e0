#![doc = include_str!("../README.md")]

pub mod grade;
pub mod project;

mod cases;
mod exercise;
mod functions;
mod judge;
mod mistakes;
mod outcome;
#[cfg(test)]
mod tests;
#[cfg(feature = "training")]
mod training;

pub use exercise::{EXERCISES, Exercise};
pub use functions::*;
pub use mistakes::{MISTAKES, Mistake};
pub use outcome::{Outcome, State};
