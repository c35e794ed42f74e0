//! `cargo xtask book`: draws the book's figures, builds the book as web pages, and checks their links.

use std::env::{join_paths, split_paths, var_os};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child::quietly;
use crate::lab::{call, complain, root, target};
use crate::python::venv;
use crate::releasable::lychee;

/// Builds `docs` into `target/book`. Warnings, dead links and figures that differ from the committed ones are errors.
pub(crate) fn book() -> Result<()> {
    let folder = target()?.join("book");
    docs(&folder)?;
    lychee(&[&folder.to_string_lossy()])?;
    complain(&folder.join("index.html").display().to_string());
    Ok(())
}

/// Builds `docs` into a folder. Warnings, and figures that differ from the committed ones, are errors.
pub(crate) fn docs(pages: &Path) -> Result<()> {
    quietly(&mut call(python()?, "xtask/book/figures.py"))?;
    build(&root().join("docs"), pages)
}

/// Builds the folder of a book into a folder of web pages, which mdBook empties first. Warnings are errors.
pub(crate) fn build(source: &Path, pages: &Path) -> Result<()> {
    let python = python()?;
    // The preprocessor of `docs` calls `python`.
    let programs = python.parent().map(Path::to_owned);
    let path = var_os("PATH").unwrap_or_default();
    let path = join_paths(programs.into_iter().chain(split_paths(&path)))?;
    let mut mdbook = Command::new(python.with_file_name("mdbook"));
    mdbook.env("PATH", path).arg("build");
    mdbook.arg("--dest-dir").arg(pages).arg(source);
    let output = mdbook.output().context("mdbook")?;
    let log = String::from_utf8_lossy(&output.stderr);
    let is_clean = output.status.success() && !log.contains("WARN") && !log.contains("ERROR");
    if !is_clean {
        complain(log.trim_end());
    }
    ensure!(is_clean, "mdbook reports a problem in {}", source.display());
    Ok(())
}

/// The Python in which mdBook is installed.
fn python() -> Result<PathBuf> {
    venv("book-venv", "xtask/book/requirements.txt")
}
