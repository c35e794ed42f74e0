//! Ends of a command that have an exit code of their own.

/// What is wrong with the command line, as opposed to a file or the system.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub(crate) struct Usage(pub(crate) anyhow::Error);

/// Stopped by a signal before all was done; says how to go on.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Interrupted {
    pub(crate) signal: i32,
    pub(crate) message: String,
}
