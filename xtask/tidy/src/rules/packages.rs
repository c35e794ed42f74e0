//! What a package needs, it holds: a crate is built from its package alone, far from this workspace.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::files::{join, parent, read};
use crate::finding::Finding;
use crate::table::Table;
use crate::workspace::{Package, Workspace};

/// A file compiled in from outside its package; a crate without licence files; a copy that is not one.
pub(crate) fn packages(workspace: &Workspace, table: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut copies: Vec<_> = table
        .copies
        .iter()
        .map(|copy| (copy.of, copy.path.to_owned()))
        .collect();
    let crates = workspace.packages.iter();
    for package in crates.filter(|package| package.folder.starts_with("crates/")) {
        findings.extend(compiled_in(workspace, package)?);
        if package.manifest.text.contains("license.workspace = true") {
            let licences = table.licences.iter();
            copies.extend(licences.map(|licence| (*licence, package.path(licence))));
        }
    }
    for (original, copy) in copies {
        if !workspace.places.contains(&copy) {
            let message = format!("is not there; copy {original}, which its package needs");
            findings.push(Finding::in_file(&copy, message));
        } else if bytes(&workspace.root, &copy)? != bytes(&workspace.root, original)? {
            let message = format!("is no copy of {original}; change both, or copy one");
            findings.push(Finding::in_file(&copy, message));
        }
    }
    Ok(findings)
}

/// The files that it compiles in and that lie elsewhere.
fn compiled_in(workspace: &Workspace, package: &Package) -> Result<Vec<Finding>> {
    let inside = package.path("");
    let mut findings = Vec::new();
    let files = workspace.rust_files.iter();
    for (path, _) in files.filter(|(path, _)| path.starts_with(&inside)) {
        let file = read(&workspace.root, path)?;
        for (index, line) in file.text.lines().enumerate() {
            let names = ["include_str!(\"", "include_bytes!(\""].into_iter();
            for name in names.flat_map(|call| line.split(call).skip(1)) {
                let name = name.split('"').next().unwrap_or_default();
                let whole = join(parent(path), name);
                if !whole.starts_with(&inside) {
                    let message = format!(
                        "{whole} is compiled in and not part of the package {}; copy it there",
                        package.name
                    );
                    findings.push(Finding::at(path, index + 1, message));
                }
            }
        }
    }
    Ok(findings)
}

fn bytes(root: &Path, path: &str) -> Result<Vec<u8>> {
    fs::read(root.join(path)).with_context(|| path.to_owned())
}
