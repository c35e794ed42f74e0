//! `cargo xtask book`: the book as web pages, and a check of their links.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::lab::{complain, root, target};
use crate::python::venv;

/// Builds `docs` into `target/book`. Warnings, dead links and anything loaded from a network are errors.
pub(crate) fn book() -> Result<()> {
    let python = venv("book-venv", "xtask/book/requirements.txt")?;
    let folder = target()?.join("book");
    let mut mdbook = Command::new(python.with_file_name("mdbook"));
    mdbook.arg("build").arg("--dest-dir").arg(&folder);
    let output = mdbook.arg(root().join("docs")).output();
    let output = output.context("mdbook")?;
    let log = String::from_utf8_lossy(&output.stderr);
    let is_clean = output.status.success() && !log.contains("WARN") && !log.contains("ERROR");
    if !is_clean {
        complain(log.trim_end());
    }
    ensure!(is_clean, "mdbook reports a problem in docs");

    let dead = dead_links(&folder)?;
    for link in &dead {
        complain(link);
    }
    ensure!(dead.is_empty(), "dead links in the book: {}", dead.len());
    complain(&format!("{}", folder.join("index.html").display()));
    Ok(())
}

/// Links of the pages in `folder` to files or headings that are absent, and resources from elsewhere.
fn dead_links(folder: &Path) -> Result<Vec<String>> {
    let mut pages = HashMap::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            pages.insert(path, text);
        }
    }
    let headings: HashMap<&Path, HashSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path.as_path(), attributes(text, "id").collect()))
        .collect();

    let mut dead = Vec::new();
    for (page, text) in &pages {
        // Served in place of any missing page, so its links begin at the site's root.
        if page.ends_with("404.html") {
            continue;
        }
        let sources = attributes(text, "src").map(|target| (target, false));
        let links = attributes(text, "href").map(|target| (target, true));
        for (target, may_be_elsewhere) in sources.chain(links) {
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            let is_fine = if is_elsewhere {
                may_be_elsewhere
            } else {
                leads_somewhere(page, target, &headings)
            };
            if !is_fine {
                dead.push(format!("{}: {target}", page.display()));
            }
        }
    }
    dead.sort();
    Ok(dead)
}

/// Whether `target`, a relative link in `page`, leads to a file, and its fragment to a heading.
fn leads_somewhere(page: &Path, target: &str, headings: &HashMap<&Path, HashSet<&str>>) -> bool {
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    let path = match path {
        "" => page.to_path_buf(),
        path => normal(&page.with_file_name(path)),
    };
    match headings.get(path.as_path()) {
        Some(headings) => fragment.is_empty() || headings.contains(fragment),
        None => path.is_file(),
    }
}

/// `path` without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// The values of an attribute, in the double quotes that mdBook writes.
fn attributes<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let opening = format!(" {name}=\"");
    let values: Vec<_> = text.split(opening.as_str()).skip(1).collect();
    values
        .into_iter()
        .filter_map(|rest| rest.split_once('"').map(|(value, _)| value))
}
