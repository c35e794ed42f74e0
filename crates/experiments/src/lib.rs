#![doc = include_str!("../README.md")]

pub mod built_in;
pub mod gradient_check;
pub mod job;
pub mod run;
pub mod suites;
pub mod sweep;
