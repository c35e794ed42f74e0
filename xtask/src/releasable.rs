//! `cargo xtask releasable`: checks that are possible before a release.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child::start;
use crate::lab::{call, cargo, complain};
use crate::python::venv;

/// Programs from Python packages, and their arguments: licences, sources and the dependencies between crates; scripts
/// and pages; the container file; workflows and forms.
const LINTERS: [&str; 7] = [
    "cargo-deny --locked --log-level=error check --deny unused-wrapper licenses bans sources",
    "biome ci --error-on-warnings",
    "hadolint Containerfile",
    "zizmor --offline --pedantic --quiet .",
    "check-jsonschema --builtin-schema=vendor.github-workflows .github/workflows/ci.yml \
     .github/workflows/release.yml .github/workflows/site.yml",
    "check-jsonschema --builtin-schema=vendor.dependabot .github/dependabot.yml",
    "check-jsonschema --builtin-schema=vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml \
     .github/ISSUE_TEMPLATE/difference.yml .github/ISSUE_TEMPLATE/idea.yml",
];

/// Documents whose links are checked. Links to other sites are not followed.
const DOCUMENTS: [&str; 5] = [
    "*.md",
    "crates/*/README.md",
    "data/*.md",
    "docs/**/*.md",
    "results/**/*.md",
];

pub(crate) fn releasable() -> Result<()> {
    package()?;
    for linter in LINTERS {
        start(&mut tool(linter)?)?;
    }
    lychee(&DOCUMENTS)
}

/// Looks for dead links with lychee, in files or in a folder of web pages.
pub(crate) fn lychee(words: &[&str]) -> Result<()> {
    start(tool("lychee --offline --include-fragments --no-progress --quiet")?.args(words))
}

/// A call of a program from `requirements.txt`.
fn tool(line: &str) -> Result<Command> {
    let python = venv("releasable-venv", "xtask/releasable/requirements.txt")?;
    let (program, words) = line.split_once(' ').unwrap_or((line, ""));
    Ok(call(python.with_file_name(program), words))
}

/// Makes the packages without building them, because that takes minutes: `cargo xtask tidy` checks that a package has
/// the files that it compiles in. A warning from cargo is an error.
fn package() -> Result<()> {
    let mut package = cargo("package --workspace --no-verify --locked --allow-dirty");
    let output = package.output().context("cargo package")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let is_fine = output.status.success() && !said.contains("warning");
    if !is_fine {
        complain(said.trim_end());
    }
    ensure!(is_fine, "cargo package reports a warning or an error");
    Ok(())
}
