//! `cargo xtask ci`: runs the checks of continuous integration, cheapest first.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::child::{start, text};
use crate::lab::{call, cargo, complain, root};
use crate::{
    browser, cluster, crosscheck, interop, readmes, releasable, reproduce, site, tidy, verify, wasm,
};

/// Projects outside the workspace.
const FUZZ: &str = "fuzz/Cargo.toml";
const PEERS: &str = "xtask/peers/rust/Cargo.toml";

pub(crate) fn ci() -> Result<()> {
    let before = status()?;
    let mut steps = Steps(Vec::new());
    steps.run("tidy", tidy::tidy)?;
    steps.run("lints, documentation", lint)?;
    // The README's two commands in the README's order, in one clone.
    steps.run("reproduce", || reproduce::reproduce(&reproduce::quick()))?;
    unchanged(&before, "cargo xtask reproduce --seeds 1")?;
    steps.run("test", test_in_the_background)?;
    steps.run("readmes", || {
        readmes::examples()?;
        readmes::readmes()
    })?;
    steps.run("verify --tables", || {
        verify::verify(&verify::Options::tables())
    })?;
    steps.run("interop", || interop::interop(&Default::default()))?;
    for (name, single) in [("crosscheck", false), ("crosscheck --single", true)] {
        let options = crosscheck::Options { single };
        steps.run(name, || crosscheck::crosscheck(&options))?;
    }
    steps.run("wasm", wasm::rebuild)?;
    steps.run("browser", || browser::browser(&Default::default()))?;
    let pages = site::Options {
        out: None,
        check: true,
    };
    steps.run("site", || site::site(&pages))?;
    steps.run(
        "cluster-test",
        || cluster::cluster_test(&Default::default()),
    )?;
    complain(&format!("seconds: {}", steps.0.join(", ")));
    unchanged(&before, "cargo xtask ci")
}

/// The steps that are done, each with its seconds.
struct Steps(Vec<String>);

impl Steps {
    fn run(&mut self, name: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        let start = Instant::now();
        step().with_context(|| format!("step {name}"))?;
        self.0.push(format!("{name} {}", start.elapsed().as_secs()));
        Ok(())
    }
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
    let test = cargo("test --release --workspace --locked");
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(test.get_program());
    start(shell.args(test.get_args()).current_dir(root()))
}

/// The files that git lists as changed or new.
fn status() -> Result<String> {
    text(&mut call("git", "status --porcelain"))
}

fn unchanged(before: &str, command: &str) -> Result<()> {
    let after = status()?;
    ensure!(
        after == before,
        "`{command}` changed the working tree; git status was:\n{before}and is:\n{after}"
    );
    Ok(())
}
