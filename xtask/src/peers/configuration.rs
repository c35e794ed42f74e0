//! What is timed.

/// What every peer is run with, and how often.
#[derive(Clone, Copy)]
pub(super) struct Configuration {
    pub(super) threads: usize,
    pub(super) hidden: usize,
    pub(super) batch: usize,
    pub(super) epochs: usize,
    pub(super) rounds: usize,
}
