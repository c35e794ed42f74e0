//! Ends of a command that have an exit code of their own.

/// What is wrong with the command line, as opposed to a file or the system.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub(crate) struct Usage(pub(crate) anyhow::Error);

/// Not all runs are done.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Unfinished {
    /// The signal that stopped them; 0 if runs failed.
    pub(crate) signal: usize,
    /// How many are, and how many are not.
    pub(crate) message: String,
    /// The command that goes on.
    pub(crate) resume: String,
}

/// A failure that the output has told already.
#[derive(Debug, thiserror::Error)]
#[error("not all runs are done")]
pub(crate) struct Silent;
