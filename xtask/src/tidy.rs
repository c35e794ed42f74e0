//! `cargo xtask tidy`: rules that no other tool checks.
//!
//! * A path in a document's inline code exists.
//! * A package has the files that it compiles in, both licences and a README.
//! * Files that exist twice are identical.
//! * The committed WebAssembly was built from the present sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, ensure};

use crate::child::text;
use crate::disk::read_text;
use crate::lab::{call, complain, root};
use crate::wasm;

/// Files that exist twice, because a package and the book contain all their files: name, folder, and folder of the copy.
/// They are copies, because a checkout on Windows may have no links.
const COPIES: [(&str, &str, &str); 7] = [
    (
        "train-images-idx3-ubyte.gz",
        "data",
        "crates/mnist-files-train/files",
    ),
    (
        "train-labels-idx1-ubyte.gz",
        "data",
        "crates/mnist-files-train/files",
    ),
    (
        "t10k-images-idx3-ubyte.gz",
        "data",
        "crates/mnist-files-test/files",
    ),
    (
        "t10k-labels-idx1-ubyte.gz",
        "data",
        "crates/mnist-files-test/files",
    ),
    (
        "mutations.csv",
        "crates/nn-train/tests",
        "crates/lab-report/src/page",
    ),
    ("growth.png", "results/bench", "docs/src/images"),
    (
        "nearness.svg",
        "results/multiverse/figures",
        "docs/src/images",
    ),
];

pub(crate) fn tidy() -> Result<()> {
    let files = files()?;
    let mut findings = Vec::new();
    for path in &files {
        let read = || read_text(root().join(path));
        if is_document(path) {
            findings.extend(missing_names(path, &read()?, &files));
        } else if path.starts_with("crates/") && path.ends_with(".rs") {
            findings.extend(compiled_in_from_outside(path, &read()?));
        }
    }
    let copy = |(name, from, to)| (format!("{from}/{name}"), format!("{to}/{name}"));
    let mut copies: Vec<(String, String)> = COPIES.map(copy).into();
    for folder in files.iter().filter_map(|path| package(path)) {
        let manifest = read_text(root().join(folder).join("Cargo.toml"))?;
        if manifest.contains("license.workspace = true") {
            let licences = ["LICENSE-MIT", "LICENSE-APACHE"];
            copies.extend(licences.map(|name| (name.to_owned(), format!("{folder}/{name}"))));
        }
        if !files.contains(&format!("{folder}/README.md")) {
            findings.push(format!("{folder}: no README.md"));
        }
    }
    for (of, copy) in copies {
        let bytes = |path: &str| fs::read(root().join(path)).ok();
        if bytes(&of).is_none() || bytes(&of) != bytes(&copy) {
            findings.push(format!("{copy}: expected a copy of {of}"));
        }
    }
    findings.extend(wasm::finding()?);
    for finding in &findings {
        complain(finding);
    }
    ensure!(findings.is_empty(), "{} problems found", findings.len());
    Ok(())
}

/// Every file that git tracks, or would on `git add`.
fn files() -> Result<BTreeSet<String>> {
    let list = text(&mut call(
        "git",
        "ls-files --cached --others --exclude-standard",
    ))?;
    let there = list.lines().filter(|path| root().join(path).exists());
    Ok(there.map(str::to_owned).collect())
}

/// The folder of the package whose manifest this is.
fn package(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let name = folder.strip_prefix("crates/")?;
    (!name.contains('/')).then_some(folder)
}

/// Documents written by hand. The program writes those in `results`.
fn is_document(path: &str) -> bool {
    let folder = path.split('/').next().unwrap_or_default();
    path.ends_with(".md") && (["crates", "data", "docs"].contains(&folder) || folder == path)
}

/// Inline code that begins with a folder of the workspace, but is not a path there. `*` matches any name.
fn missing_names(document: &str, text: &str, files: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let (mut is_block, mut number) = (false, 0);
    for line in text.lines() {
        number += 1;
        is_block ^= line.trim_start().starts_with("```");
        let spans = line.split('`').skip(1).step_by(2);
        for name in spans.filter(|_| !is_block) {
            let is_path = |c: char| c.is_ascii_alphanumeric() || "_.*-/".contains(c);
            let folder = name.split_once('/').map(|(folder, _)| format!("{folder}/"));
            let is_ours = |path: &String| folder.as_ref().is_some_and(|it| path.starts_with(it));
            if name.chars().all(is_path) && files.iter().any(is_ours) && !exists(name, files) {
                findings.push(format!("{document}:{number}: `{name}` does not exist"));
            }
        }
    }
    findings
}

fn exists(name: &str, files: &BTreeSet<String>) -> bool {
    let name = name.trim_end_matches('/');
    // Runs write files that git ignores.
    let written = ["model.safetensors", "timings.csv"];
    let matches = |path: &String| {
        let parts = name.split('/').zip(path.split('/'));
        let depth = name.split('/').count() <= path.split('/').count();
        depth && parts.into_iter().all(|(name, part)| fits(name, part))
    };
    written.iter().any(|it| name.ends_with(it)) || files.iter().any(matches)
}

/// Whether a name is this part of a path, or its pattern `start*end`.
fn fits(name: &str, part: &str) -> bool {
    match name.split_once('*') {
        None => name == part,
        Some((start, end)) => part.starts_with(start) && part.ends_with(end),
    }
}

/// Files that a crate's source includes from outside its package.
fn compiled_in_from_outside(path: &str, text: &str) -> Vec<String> {
    let package: PathBuf = Path::new(path).components().take(2).collect();
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let calls = ["include_str!(\"", "include_bytes!(\""].into_iter();
    let names = calls.flat_map(|call| text.split(call).skip(1));
    let paths = names.filter_map(|rest| Some(joined(folder, rest.split('"').next()?)));
    let outside = paths.filter(|included| !included.starts_with(&package));
    outside
        .map(|included| {
            let (included, package) = (included.display(), package.display());
            format!("{path}: compiles in {included}, which is not in the package {package}")
        })
        .collect()
}

/// A path relative to a folder, with `..` resolved.
fn joined(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(name).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_its_file_is_found() {
        let files = ["crates/a/src/lib.rs", "results/paper/relu/seed-0/run.json"];
        let files: BTreeSet<_> = files.map(str::to_owned).into();
        let text = "`crates/a/` `crates/*/src` `crates/b/src` `other/b`\n```\n`crates/c`\n```\n\
                    `results/paper/*/seed-*/run.json` `results/paper/relu/seed-0/timings.csv` `crates/a b`\n";
        let found = missing_names("README.md", text, &files);
        assert_eq!(found, ["README.md:1: `crates/b/src` does not exist"]);
    }

    #[test]
    fn a_file_from_outside_of_the_package_is_found() {
        let text = "include_str!(\"../README.md\") include_bytes!(\"../../b/x\") include_str!(concat!(\"a\"))";
        let found = compiled_in_from_outside("crates/a/src/lib.rs", text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("compiles in crates/b/x"), "{found:?}");
        assert_eq!(package("crates/a/Cargo.toml"), Some("crates/a"));
        assert_eq!(package("crates/a/b/Cargo.toml"), None);
        assert!(is_document("README.md") && is_document("docs/src/loading.md"));
        assert!(!is_document("results/paper/REPORT.md"));
    }
}
