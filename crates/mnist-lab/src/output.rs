//! Output to a terminal or a pipe.

use std::io::{self, Write};

use anstream::AutoStream;
use anyhow::{Context, Result};
use lab_results::quote::on_one_line;

use crate::console::{BAD, UNSURE};

/// Writes results to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes a text with styles to standard output: in colour on a terminal, unless `NO_COLOR` is set.
pub(crate) fn print_in_colour(text: &str) -> Result<()> {
    let mut out = AutoStream::auto(io::stdout().lock());
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.context("cannot write to standard output")
}

/// Writes a file's bytes to standard output.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.context("cannot write to standard output")
}

/// Writes a line to standard error. An error is ignored, because there is nowhere to report it.
pub(crate) fn complain(line: &str) {
    let mut line = on_one_line(line);
    for (word, style) in [("error:", BAD), ("warning:", UNSURE)] {
        if let Some(rest) = line.strip_prefix(word) {
            line = format!("{style}{word}{style:#}{rest}");
        }
    }
    let _ = writeln!(AutoStream::auto(io::stderr()), "{line}");
}

/// Writes a line to standard error, unless `quiet` is true.
pub(crate) fn note(quiet: bool, line: &str) {
    if !quiet {
        complain(line);
    }
}
