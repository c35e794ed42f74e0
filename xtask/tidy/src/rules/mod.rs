//! The rules, one a file.

mod barred;
mod circles;
mod dependencies;
mod documents;
mod packages;
mod pages;
mod sizes;
mod unwraps;

use anyhow::Result;

use crate::finding::Finding;
use crate::table::Table;
use crate::workspace::Workspace;

pub(crate) type Rule = fn(&Workspace, &Table) -> Result<Vec<Finding>>;

pub(crate) const RULES: [Rule; 8] = [
    dependencies::dependencies,
    barred::barred,
    circles::circles,
    sizes::sizes,
    unwraps::unwraps,
    pages::pages,
    documents::documents,
    packages::packages,
];
