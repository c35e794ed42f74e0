//! The licences of everything that is compiled into the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::child::{output, text};
use crate::disk::read;
use crate::lab::{call, cargo};

/// What else is in the program. The licence of the data set is not that of its files' packages' code.
const OTHERS: &str = "\
MNIST, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges: CC BY-SA 3.0,
https://creativecommons.org/licenses/by-sa/3.0/
The standard library of Rust: see rust-standard-library.html.
";

/// Programs for musl contain the C library.
const MUSL: &str = "\
musl, copyright © 2005-2020 Rich Felker and others: MIT, https://musl.libc.org
";

/// The packages from registries that the program for this target is linked with, and the texts of their licences.
///
/// # Errors
/// cargo fails, or a package's files cannot be read.
pub(super) fn third_party(triple: &str) -> Result<String> {
    let mut metadata = cargo("metadata --format-version 1 --locked --filter-platform");
    let metadata = output(metadata.arg(triple))?;
    let metadata = serde_json::from_slice(&metadata).context("cargo metadata")?;
    let mut list = format!(
        "mnist-lab {} contains the packages below. Their licences follow.\n{OTHERS}",
        env!("CARGO_PKG_VERSION")
    );
    if triple.contains("musl") {
        list.push_str(MUSL);
    }
    list.push('\n');
    let mut texts: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for package in linked(&metadata).context("cargo metadata has another form")? {
        let word = |key: &str| package[key].as_str().unwrap_or("none");
        let name = format!("{} {}", word("name"), word("version"));
        let manifest = Path::new(word("manifest_path"));
        let folder = manifest.parent().context("folder of a package")?;
        let found = licence_texts(folder).with_context(|| folder.display().to_string())?;
        let by = match found.is_empty() {
            true => format!(", by {}; the package has no text", package["authors"]),
            false => String::new(),
        };
        let (licence, address) = (word("license"), word("repository"));
        list.push_str(&format!("{name}: {licence}, {address}{by}\n"));
        for text in found {
            // Line breaks differ between copies of a text.
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let (_, packages) = texts.entry(words).or_insert((text, Vec::new()));
            packages.push(name.clone());
        }
    }
    for (text, packages) in texts.values() {
        let line = "=".repeat(80);
        let packages = packages.join(", ");
        list.push_str(&format!(
            "\n{line}\n{packages}\n{line}\n\n{}\n",
            text.trim()
        ));
    }
    Ok(list)
}

/// The packages from registries that mnist-lab is linked with, by name: normal dependencies, without macros, which run in
/// the compiler.
fn linked(metadata: &Value) -> Option<Vec<&Value>> {
    let packages = metadata["packages"].as_array()?;
    let nodes = metadata["resolve"]["nodes"].as_array()?;
    let by_id = |list: &'_ [Value]| -> BTreeMap<String, usize> {
        let ids = list.iter().map(|it| it["id"].to_string());
        ids.zip(0..).collect()
    };
    let (package_at, node_at) = (by_id(packages), by_id(nodes));
    let is_macro = |package: &Value| {
        let mut targets = package["targets"].as_array().into_iter().flatten();
        targets.any(|target| target["kind"][0] == "proc-macro")
    };
    let first = packages.iter().find(|it| it["name"] == "mnist-lab")?;
    let mut found = BTreeSet::new();
    let mut open = vec![first["id"].to_string()];
    while let Some(id) = open.pop() {
        let at = *package_at.get(&id)?;
        if is_macro(&packages[at]) || !found.insert(at) {
            continue;
        }
        for dependency in nodes[*node_at.get(&id)?]["deps"].as_array()? {
            let mut kinds = dependency["dep_kinds"].as_array()?.iter();
            if kinds.any(|it| it["kind"].is_null()) {
                open.push(dependency["pkg"].to_string());
            }
        }
    }
    let foreign = found.into_iter().map(|at| &packages[at]);
    Some(foreign.filter(|it| !it["source"].is_null()).collect())
}

/// The texts of the licence files in a package's folder, sorted by file name.
fn licence_texts(folder: &Path) -> std::io::Result<Vec<String>> {
    let names = [
        "LICENSE",
        "LICENCE",
        "COPYING",
        "COPYRIGHT",
        "NOTICE",
        "UNLICENSE",
    ];
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().display().to_string();
        let is_licence = names.iter().any(|it| name.to_uppercase().starts_with(it));
        if is_licence && path.is_file() {
            files.insert(name, String::from_utf8_lossy(&fs::read(path)?).into_owned());
        }
    }
    Ok(files.into_values().collect())
}

/// The licences of the standard library and its dependencies, as the toolchain has them.
pub(super) fn standard_library() -> Result<Vec<u8>> {
    let folder = text(&mut call("rustc", "--print sysroot"))?;
    read(Path::new(folder.trim()).join("share/doc/rust/COPYRIGHT-library.html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_are_linked_are_listed() {
        let package = |name: &str, kind: &str, source: Value| serde_json::json!({ "id": name, "name": name, "source": source, "targets": [{ "kind": [kind] }] });
        let to = |name: &str, kind: Value| serde_json::json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let node = |id: &str, deps: Value| serde_json::json!({ "id": id, "deps": deps });
        let registry = || Value::from("registry");
        let metadata = serde_json::json!({
            "packages": [
                package("mnist-lab", "bin", Value::Null),
                package("ours", "lib", Value::Null),
                package("theirs", "lib", registry()),
                package("tests", "lib", registry()),
                package("derive", "proc-macro", registry()),
            ],
            "resolve": { "nodes": [
                node("mnist-lab", serde_json::json!([to("ours", Value::Null), to("tests", "dev".into())])),
                node("ours", serde_json::json!([to("theirs", Value::Null), to("derive", Value::Null)])),
                node("theirs", serde_json::json!([])),
            ]},
        });
        let names: Vec<_> = linked(&metadata).unwrap();
        let names: Vec<_> = names.iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["theirs"]);
    }

    #[test]
    fn licence_files_are_found_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("Licence.md", "b"), ("COPYING", "a"), ("lib.rs", "c")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join("LICENSES")).unwrap();
        assert_eq!(licence_texts(folder.path()).unwrap(), ["a", "b"]);
    }
}
