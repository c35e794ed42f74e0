//! What the program writes to a terminal or a pipe.

use std::io::{self, Write};

use anyhow::{Context, Result};
use lab_results::quote::on_one_line;

/// Writes results to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes a file's bytes to standard output.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.context("cannot write to standard output")
}

/// Writes a line to standard error. If that is closed, nobody wants to know.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{}", on_one_line(line));
}

/// Writes a line to standard error, unless only results are wanted.
pub(crate) fn note(quiet: bool, line: &str) {
    if !quiet {
        complain(line);
    }
}
