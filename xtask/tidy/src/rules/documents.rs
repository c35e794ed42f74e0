//! Documents name no file that is not there.
//!
//! Looked at are the targets of links, and inline code that looks like a path of this workspace. A path may
//! begin at the root, at the document's folder or at a crate's; a file of a crate's `src`, or of the
//! committed results, may be named without what comes before it.

use std::ops::Range;

use anyhow::Result;
use glob::Pattern;
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::files::{Text, join, parent};
use crate::finding::Finding;
use crate::table::{Exception, HERE, Table};
use crate::workspace::Workspace;

/// Links and names that lead nowhere; exceptions that no document needs.
pub(crate) fn documents(workspace: &Workspace, table: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut excused = Vec::new();
    for document in &workspace.documents {
        let parser = Parser::new_ext(&document.text, Options::ENABLE_TABLES);
        for (event, Range { start, .. }) in parser.into_offset_iter() {
            let message = match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    dead_link(workspace, document, &dest_url)
                }
                Event::Code(name) => dead_name(workspace, document, &name).filter(|_| {
                    let exception = table.names.iter().find(|e| e.what == &*name);
                    excused.extend(exception.map(|e| e.what));
                    exception.is_none()
                }),
                _ => None,
            };
            if let Some(message) = message {
                let line = document.text[..start].matches('\n').count() + 1;
                findings.push(Finding::at(&document.path, line, message));
            }
        }
    }
    let needless = |exception: &&Exception| !excused.contains(&exception.what);
    for Exception { what, reason } in table.names.iter().filter(needless) {
        let message = format!(
            "the table excuses the name {what} ({reason}), which no document needs; remove the line"
        );
        findings.push(Finding::in_file(HERE, message));
    }
    Ok(findings)
}

/// A link to a file that is not there.
fn dead_link(workspace: &Workspace, document: &Text, link: &str) -> Option<String> {
    let path = link.split(['#', '?']).next().unwrap_or_default();
    if path.is_empty() || link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let whole = join(parent(&document.path), path);
    (!whole.is_empty() && !workspace.places.contains(&whole))
        .then(|| format!("the link leads to {path}, which is not there; mend or remove it"))
}

/// Inline code that looks like a path and matches nothing.
fn dead_name(workspace: &Workspace, document: &Text, name: &str) -> Option<String> {
    if !looks_like_a_path(workspace, document, name) {
        return None;
    }
    let starts = starts(workspace, document);
    let from_a_start = starts
        .iter()
        .any(|start| exists(workspace, &join(start, name)));
    if from_a_start || is_within(workspace, name) {
        return None;
    }
    Some(format!(
        "`{name}` is not there; name what is, or excuse the name in the table"
    ))
}

/// Folders at which a path may begin.
fn starts<'a>(workspace: &'a Workspace, document: &'a Text) -> Vec<&'a str> {
    let folders = workspace.packages.iter().map(|p| p.folder.as_str());
    folders.chain(["", parent(&document.path)]).collect()
}

/// Words of letters, digits and `_.*-`, with `/` between them; either it ends like a file or folder that is
/// kept here, or it begins with a folder that is there.
fn looks_like_a_path(workspace: &Workspace, document: &Text, name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.*-/".contains(c);
    if !name.chars().all(allowed) || name.starts_with(['/', '-']) {
        return false;
    }
    let kept = ["rs", "toml", "md", "py", "csv"];
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    if extension.is_some_and(|extension| kept.contains(&extension)) {
        return true;
    }
    let Some((first, rest)) = name.split_once('/') else {
        return false;
    };
    rest.is_empty()
        || starts(workspace, document)
            .iter()
            .any(|start| exists(workspace, &join(start, first)))
}

/// Whether a path from the root, in which `*` may stand for a part of a name, is that of a file or folder.
fn exists(workspace: &Workspace, path: &str) -> bool {
    if !path.contains('*') {
        return path.is_empty() || workspace.places.iter().any(|place| place == path);
    }
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..Default::default()
    };
    let Ok(pattern) = Pattern::new(path) else {
        return false;
    };
    let mut places = workspace.places.iter();
    places.any(|place| pattern.matches_with(place, options))
}

/// Whether a path ends a longer one, of a crate's source or of the committed results.
fn is_within(workspace: &Workspace, name: &str) -> bool {
    let sources = workspace.packages.iter().map(|p| p.path("src/"));
    let folders: Vec<_> = sources.chain(["results/".to_owned()]).collect();
    let end = format!("/{}", name.trim_end_matches('/'));
    let mut places = workspace.places.iter();
    places.any(|place| {
        place.ends_with(&end) && folders.iter().any(|folder| place.starts_with(folder))
    })
}
