//! Refuses what the architecture forbids and no compiler would notice: a dependency that
//! ARCHITECTURE.md rules out, modules that import each other in a circle, files too long to read,
//! `unwrap` where a user can reach it, a crate without README or example, a document that names a
//! file that is gone, a package without what it needs.
//!
//! # Vocabulary
//! * [`Workspace`]: what the rules look at: packages, module trees, Rust files, documents.
//! * [`Table`]: what is allowed; [`TABLE`] is this workspace's, on one page.
//! * *rule*: a function from these two to [`Finding`]s. Rules neither print nor change anything.
//!
//! # Example
//! ```no_run
//! let workspace = tidy::Workspace::load(".".as_ref())?;
//! for finding in tidy::check(&workspace, &tidy::TABLE)? {
//!     eprintln!("{finding}");
//! }
//! # Ok::<(), anyhow::Error>(())
//! ```

mod attributes;
mod files;
mod finding;
mod rules;
mod table;
mod tokens;
mod tree;
mod workspace;

pub use finding::Finding;
pub use table::{Barred, Copied, Exception, Row, TABLE, Table};
pub use workspace::Workspace;

/// Applies every rule; the findings in the order of paths and lines. None means tidy.
///
/// # Errors
/// A file that cannot be read.
pub fn check(workspace: &Workspace, table: &Table) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for rule in rules::RULES {
        findings.extend(rule(workspace, table)?);
    }
    findings.sort();
    findings.dedup();
    Ok(findings)
}
