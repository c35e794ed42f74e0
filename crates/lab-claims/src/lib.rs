#![doc = include_str!("../README.md")]

mod claim;
mod claims;
pub mod combinations;
mod evidence;
mod judge;
mod judgement;
mod planning;
mod rules;
mod seeds;
mod sensitivity;
pub mod statistics;
mod tables;
mod test;
mod verdict;

pub use claim::{Asked, Claim, Hypothesis, PrintedNumber};
pub use evidence::Runs;
pub use judge::judge;
pub use judgement::{Gradients, Judged, Judgement, Tested, shown_p};
pub use planning::{Needed, Planned, plan};
pub use rules::{PrintedRule, Rules};
pub use seeds::drawn_seeds;
pub use sensitivity::{Sensitivity, over_margins, sensitivity};
pub use tables::{ClaimRow, TestRow};
pub use verdict::Verdict;
