//! Files and crates have a largest size.

use anyhow::Result;

use crate::finding::Finding;
use crate::table::{MOST_LINES, MOST_LINES_OF_A_CRATE, Table};
use crate::workspace::Workspace;

/// A file of Rust, JavaScript or CSS, or a crate's Rust, of too many lines; an exception that nothing needs.
pub(crate) fn sizes(workspace: &Workspace, table: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let files = || workspace.rust_files.iter().chain(&workspace.page_files);
    for (path, lines) in files() {
        let excused = table.long_files.iter().any(|file| file.what == path);
        if *lines > MOST_LINES && !excused {
            let message = format!(
                "{lines} lines, more than {MOST_LINES}; split the file, or give its reason in the table"
            );
            findings.push(Finding::at(path, MOST_LINES + 1, message));
        }
    }
    for excused in table.long_files {
        let is_long = |(path, lines): &(String, usize)| path == excused.what && *lines > MOST_LINES;
        if !files().any(is_long) {
            let message = format!(
                "the table excuses its length ({}), which is not needed; remove the line",
                excused.reason
            );
            findings.push(Finding::in_file(excused.what, message));
        }
    }
    for package in &workspace.packages {
        let source = package.path("src/");
        let files = workspace.rust_files.iter();
        let lines = files.filter(|(path, _)| path.starts_with(&source));
        let lines: usize = lines.map(|(_, lines)| lines).sum();
        if lines > MOST_LINES_OF_A_CRATE {
            let message = format!(
                "{} has {lines} lines of source, more than {MOST_LINES_OF_A_CRATE}; make two crates of it",
                package.name
            );
            findings.push(Finding::in_file(&package.manifest.path, message));
        }
    }
    Ok(findings)
}
