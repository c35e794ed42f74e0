//! Prints a line for each finding in this workspace, and fails if there are any.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use tidy::{TABLE, Workspace, check};

fn main() -> Result<ExitCode> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2).unwrap_or(package);
    let workspace = Workspace::load(root)?;
    let findings = check(&workspace, &TABLE)?;
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    if findings.is_empty() {
        writeln!(out, "tidy: {workspace}")?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}
