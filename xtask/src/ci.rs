//! `cargo xtask ci`: runs the checks of continuous integration, cheapest first.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child::{output, start};
use crate::lab::{cargo, root};
use crate::{
    book, browser, cluster, crosscheck, interop, readmes, releasable, reproduce, tidy, verify,
};

/// Projects outside the workspace.
const FUZZ: &str = "fuzz/Cargo.toml";
const PEERS: &str = "xtask/peers/rust/Cargo.toml";

pub(crate) fn ci() -> Result<()> {
    let before = status()?;
    tidy::tidy()?;
    lint()?;
    book::book()?;
    // The README's two commands in the README's order, in one clone.
    reproduce::reproduce(&reproduce::quick())?;
    unchanged(&before, "cargo xtask reproduce --seeds 1")?;
    test_in_the_background()?;
    readmes::examples()?;
    readmes::readmes()?;
    verify::verify(&verify::Options::tables())?;
    interop::interop(&interop::Options::default())?;
    for single in [false, true] {
        crosscheck::crosscheck(&crosscheck::Options { single })?;
    }
    browser::browser(&browser::committed())?;
    cluster::cluster_test(&cluster::Options::default())?;
    unchanged(&before, "cargo xtask ci")
}

fn lint() -> Result<()> {
    start(&mut cargo("fmt --all --check"))?;
    for manifest in [FUZZ, PEERS] {
        start(cargo("fmt --check --manifest-path").arg(manifest))?;
    }
    // The peers take many minutes to build; only their lock file is checked.
    start(cargo("update --workspace --locked --quiet --manifest-path").arg(PEERS))?;
    releasable::releasable()?;
    let clippy = |targets: &str, lints: &str| {
        start(&mut cargo(&format!(
            "clippy --workspace {targets} --all-features --locked -- -D warnings {lints}"
        )))
    };
    // Tests, benchmarks and examples may unwrap.
    clippy("--lib --bins", "-D clippy::unwrap_used")?;
    clippy("--tests --benches --examples", "-A clippy::unwrap_used")?;
    // The targets link only with the fuzzer, and tests of the workspace run their code. A check does not need the
    // fuzzer's C++ library.
    let mut targets = cargo("check --bins --examples --target-dir target/fuzz --locked");
    targets.args(["--manifest-path", FUZZ]);
    start(targets.env("CUSTOM_LIBFUZZER_PATH", "none/libfuzzer.a"))?;
    let mut doc = cargo("doc --workspace --no-deps --all-features --locked");
    start(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Runs the tests as a shell's background job, which ignores SIGINT and reads nothing from a terminal. Ctrl-C is passed
/// on as SIGTERM.
fn test_in_the_background() -> Result<()> {
    let script = "\"$@\" & job=$!; trap 'kill \"$job\"' INT TERM; wait \"$job\"";
    let test = cargo("test --workspace --locked");
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(test.get_program());
    start(shell.args(test.get_args()).current_dir(root()))
}

/// The files that git lists as changed or new.
fn status() -> Result<String> {
    let mut git = Command::new("git");
    let status = output(git.args(["status", "--porcelain"]).current_dir(root()))?;
    String::from_utf8(status).context("git status")
}

fn unchanged(before: &str, command: &str) -> Result<()> {
    let after = status()?;
    ensure!(
        after == before,
        "`{command}` changed the working tree; git status was:\n{before}and is:\n{after}"
    );
    Ok(())
}
