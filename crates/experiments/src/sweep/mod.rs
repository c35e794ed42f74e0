//! Many runs: which there are to do, in which order, and what came of them.

pub mod multiverse;
