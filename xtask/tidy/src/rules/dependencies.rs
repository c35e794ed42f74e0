//! Crates depend on each other as the table says.

use anyhow::Result;

use crate::finding::Finding;
use crate::table::{HERE, Table};
use crate::workspace::{Kind, Package, Workspace};

/// A dependency that the table does not allow; a crate without a row, and a row without a crate.
pub(crate) fn dependencies(workspace: &Workspace, table: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let name = &package.name;
        let path = &package.manifest.path;
        let Some(row) = table.crates.iter().find(|row| row.name == name) else {
            let message = format!(
                "crate {name} is not in the table of crates; say there what it may depend on"
            );
            findings.push(Finding::in_file(path, message));
            continue;
        };
        for dependency in &package.dependencies {
            let other = dependency.name.as_str();
            let for_tests = dependency.kind == Kind::Dev && row.tests_use.contains(&other);
            if !row.uses.contains(&other) && !for_tests {
                let message = format!(
                    "{name} may not depend on {other}, {}; remove the dependency, or change the table of \
                     crates and ARCHITECTURE.md",
                    rest(row.uses)
                );
                let line = line_of(package, other, dependency.kind);
                findings.push(Finding {
                    path: path.clone(),
                    line,
                    message,
                });
            }
        }
    }
    for row in table.crates {
        if workspace.package(row.name).is_none() {
            let message = format!(
                "crate {} is in the table of crates but not in the workspace; remove its row",
                row.name
            );
            findings.push(Finding::in_file(HERE, message));
        }
    }
    Ok(findings)
}

/// What is allowed instead.
fn rest(allowed: &[&str]) -> String {
    if allowed.is_empty() {
        "nor on any crate of the workspace".to_owned()
    } else {
        format!("only on {}", allowed.join(", "))
    }
}

/// The line of the manifest that declares a dependency, as `name = …`, `name.workspace = true` or
/// `[dependencies.name]`.
fn line_of(package: &Package, name: &str, kind: Kind) -> Option<usize> {
    let table = match kind {
        Kind::Normal => "dependencies",
        Kind::Build => "build-dependencies",
        Kind::Dev => "dev-dependencies",
    };
    let renamed = format!("package = \"{name}\"");
    let mut in_table = false;
    for (index, line) in package.manifest.text.lines().enumerate() {
        let line = line.trim();
        let key = if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            let parts: Vec<_> = header.rsplitn(3, '.').collect();
            in_table = parts.iter().take(2).any(|part| *part == table);
            parts[0]
        } else {
            line.split(['=', '.']).next().unwrap_or_default().trim()
        };
        if in_table && (key.trim_matches('"') == name || line.contains(&renamed)) {
            return Some(index + 1);
        }
    }
    None
}
