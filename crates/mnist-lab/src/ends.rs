//! Errors that decide the exit code.

/// An error in the command line, not in a file or the system.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub(crate) struct Usage(pub(crate) anyhow::Error);

/// Some runs are incomplete.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Unfinished {
    /// The signal that stopped the runs; 0 if runs failed.
    pub(crate) signal: usize,
    /// The number of complete and incomplete runs.
    pub(crate) message: String,
    /// The command that continues.
    pub(crate) resume: String,
}

/// A failure that the output shows already.
#[derive(Debug, thiserror::Error)]
#[error("the output shows the failure")]
pub(crate) struct Silent;
