//! What the table of dependencies cannot say: words that a crate's source may not contain, and items of
//! another crate that it may not export again.

use anyhow::{Context, Result};
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ItemUse;
use syn::visit::Visit;

use crate::files::read;
use crate::finding::Finding;
use crate::table::{HERE, Table};
use crate::tree::{Import, imports, is_reexport};
use crate::workspace::{Package, Workspace};

/// A barred word; a re-export that the table does not allow; an allowed one that is not there.
pub(crate) fn barred(workspace: &Workspace, table: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for rule in table.barred {
        let Some(package) = workspace.package(rule.name) else {
            continue;
        };
        let source = package.path("src/");
        let files = workspace.rust_files.iter().map(|(path, _)| path);
        for path in files.filter(|path| path.starts_with(&source)) {
            let text = read(&workspace.root, path)?.text;
            let tokens: TokenStream = text
                .parse()
                .map_err(|error| anyhow::anyhow!("{error}"))
                .with_context(|| path.clone())?;
            each_word(tokens, &mut |word| {
                if rule.words.iter().any(|barred| word == barred) {
                    let message = format!(
                        "{} may not name `{word}`: {}; take what is needed from elsewhere",
                        rule.name, rule.reason
                    );
                    findings.push(Finding::at(path, word.span().start().line, message));
                }
            });
        }
    }
    let mut used = Vec::new();
    for package in &workspace.packages {
        reexports(workspace, table, package, &mut used, &mut findings);
    }
    for exception in table.reexports {
        if !used.contains(&exception.what) {
            let message = format!(
                "the table allows that {}, which no crate does; remove the line",
                exception.what
            );
            findings.push(Finding::in_file(HERE, message));
        }
    }
    Ok(findings)
}

fn each_word(tokens: TokenStream, each: &mut impl FnMut(&Ident)) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => each(&ident),
            TokenTree::Group(group) => each_word(group.stream(), each),
            _ => {}
        }
    }
}

/// An item of a crate is imported from that crate only, so that the manifests show who uses it.
fn reexports(
    workspace: &Workspace,
    table: &Table,
    package: &Package,
    used: &mut Vec<&'static str>,
    findings: &mut Vec<Finding>,
) {
    let others = workspace.packages.iter().map(|p| p.name.replace('-', "_"));
    let others: Vec<_> = others
        .filter(|name| *name != package.name.replace('-', "_"))
        .collect();
    for file in package.library().into_iter().flat_map(|tree| &tree.files) {
        let mut reexports = Reexports(Vec::new());
        reexports.visit_file(&file.syntax);
        for import in reexports.0 {
            if !import.path.first().is_some_and(|to| others.contains(to)) {
                continue;
            }
            let glob = if import.is_glob { "::*" } else { "" };
            let what = format!("{} exports {}{glob}", package.name, import.path.join("::"));
            match table.reexports.iter().find(|e| e.what == what) {
                Some(exception) => used.push(exception.what),
                None => findings.push(Finding::at(
                    &file.path,
                    import.line,
                    format!("{what}; remove the re-export, and import it from its own crate"),
                )),
            }
        }
    }
}

/// The imports of a file that other modules can import from it.
struct Reexports(Vec<Import>);

impl<'ast> Visit<'ast> for Reexports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if is_reexport(item) {
            self.0.extend(imports(item));
        }
    }
}
