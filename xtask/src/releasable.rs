//! `cargo xtask releasable`: what can be checked of a release before the release.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child::start;
use crate::lab::{cargo, complain, root};
use crate::python::venv;

/// Programs that come as Python packages, and their arguments: licences, sources and the dependencies between crates;
/// links of documents; scripts and pages; the container file; workflows and forms.
const LINTERS: [&str; 8] = [
    "cargo-deny --locked --log-level=error check --deny unused-wrapper licenses bans sources",
    "lychee --offline --include-fragments --no-progress --quiet *.md crates/*/README.md data/*.md docs/**/*.md results/**/*.md",
    "biome ci --error-on-warnings",
    "hadolint Containerfile",
    "zizmor --offline --pedantic --quiet .",
    "check-jsonschema --builtin-schema=vendor.github-workflows .github/workflows/ci.yml",
    "check-jsonschema --builtin-schema=vendor.dependabot .github/dependabot.yml",
    "check-jsonschema --builtin-schema=vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml \
     .github/ISSUE_TEMPLATE/difference.yml .github/ISSUE_TEMPLATE/idea.yml",
];

pub(crate) fn releasable() -> Result<()> {
    package()?;
    let python = venv("releasable-venv", "xtask/releasable/requirements.txt")?;
    for linter in LINTERS {
        let mut words = linter.split_whitespace();
        let mut command = Command::new(python.with_file_name(words.next().unwrap_or_default()));
        start(command.args(words).current_dir(root()))?;
    }
    Ok(())
}

/// Makes the packages without building them, which takes minutes: `cargo xtask tidy` checks that a package holds the
/// files that it compiles in. A warning of cargo's is an error.
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
