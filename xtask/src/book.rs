//! `cargo xtask book`: builds the book as web pages, and checks their links.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::lab::{complain, root, target};
use crate::python::venv;
use crate::releasable::lychee;

/// Builds `docs` into `target/book`. Warnings and dead links are errors.
pub(crate) fn book() -> Result<()> {
    let folder = target()?.join("book");
    build(&root().join("docs"), &folder)?;
    lychee(&[&folder.to_string_lossy()])?;
    complain(&folder.join("index.html").display().to_string());
    Ok(())
}

/// Builds the folder of a book into a folder of web pages, which mdBook empties first. Warnings are errors.
pub(crate) fn build(source: &Path, pages: &Path) -> Result<()> {
    let python = venv("book-venv", "xtask/book/requirements.txt")?;
    let mut mdbook = Command::new(python.with_file_name("mdbook"));
    mdbook.arg("build").arg("--dest-dir").arg(pages);
    let output = mdbook.arg(source).output().context("mdbook")?;
    let log = String::from_utf8_lossy(&output.stderr);
    let is_clean = output.status.success() && !log.contains("WARN") && !log.contains("ERROR");
    if !is_clean {
        complain(log.trim_end());
    }
    ensure!(is_clean, "mdbook reports a problem in {}", source.display());
    Ok(())
}
