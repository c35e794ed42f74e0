//! Every crate has a README, and every library an example that runs.

use anyhow::Result;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::files::{join, parent, read};
use crate::finding::Finding;
use crate::table::Table;
use crate::tree::File;
use crate::workspace::Workspace;

/// A crate without a README.md, or a library without an example that runs.
pub(crate) fn pages(workspace: &Workspace, _: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let crates = workspace.packages.iter();
    for package in crates.filter(|package| package.folder.starts_with("crates/")) {
        let name = &package.name;
        let readme = package.path("README.md");
        if !workspace.places.contains(&readme) {
            let message =
                format!("{name} has no README.md; say what it is for, and give an example");
            findings.push(Finding::in_file(&readme, message));
        }
        let examples = package.path("examples/");
        let mut places = workspace.places.iter();
        if places.any(|path| path.starts_with(&examples) && path.ends_with(".rs")) {
            continue;
        }
        // A program shows in its README how it is called.
        let Some(root) = package.library().and_then(|tree| tree.files.first()) else {
            continue;
        };
        if !has_example(&page(workspace, root)?) {
            let path = &root.path;
            let message = format!(
                "{name} has no example that runs; put one into its crate page, or into a file in {examples}"
            );
            findings.push(Finding::in_file(path, message));
        }
    }
    Ok(findings)
}

/// The file's own documentation.
fn page(workspace: &Workspace, file: &File) -> Result<String> {
    let mut page = String::new();
    for attribute in &file.syntax.attrs {
        page.push_str(&doc(workspace, file, attribute)?);
        page.push('\n');
    }
    Ok(page)
}

/// `//! text` or `#![doc = include_str!("file")]`.
fn doc(workspace: &Workspace, file: &File, attribute: &Attribute) -> Result<String> {
    match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => {
                let text = text.value();
                Ok(text.strip_prefix(' ').unwrap_or(&text).to_owned())
            }
            Expr::Macro(include) if include.mac.path.is_ident("include_str") => {
                let name: syn::LitStr = include.mac.parse_body()?;
                let path = join(parent(&file.path), &name.value());
                Ok(read(&workspace.root, &path)?.text)
            }
            _ => Ok(String::new()),
        },
        _ => Ok(String::new()),
    }
}

/// Whether rustdoc finds a test in it that is run, not only compiled.
fn has_example(page: &str) -> bool {
    Parser::new(page).any(|event| {
        let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = event else {
            return false;
        };
        let mut words = info.split([',', ' ']).filter(|word| !word.is_empty());
        words.all(|word| word == "rust" || word == "should_panic" || word.starts_with("edition"))
    })
}
