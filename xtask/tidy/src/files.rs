//! Files, and paths from the workspace's root with `/` between their parts.

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result};

/// A file that was read.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Reads a file, given its path from the root.
pub(crate) fn read(root: &Path, path: &str) -> Result<Text> {
    let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
    Ok(Text {
        path: path.to_owned(),
        text,
    })
}

/// A path from the root.
pub(crate) fn relative(root: &Path, path: &Path) -> Result<String> {
    let inside = path
        .strip_prefix(root)
        .with_context(|| format!("{} is not in the workspace", path.display()))?;
    Ok(parts(inside).join("/"))
}

fn parts(path: &Path) -> Vec<String> {
    let named = path.components().filter(|c| *c != Component::CurDir);
    named
        .map(|component| component.as_os_str().to_string_lossy().into_owned())
        .collect()
}

/// The folder that a path lies in; empty for what lies in the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path from the root, given one from a folder; `.` and `..` are worked out.
pub(crate) fn join(folder: &str, inside: &str) -> String {
    let mut path: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(inside.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.join("/")
}
