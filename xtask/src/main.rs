//! `cargo xtask`: starts the workspace's jobs. It links none of the crates; it runs cargo, and
//! mnist-lab through it.

mod browser;
mod child;
mod cluster;
mod committed;
mod crosscheck;
mod gate;
mod interop;
mod lab;
mod machine;
mod peers;
mod python;
mod readmes;
mod releasable;
mod reproduce;
mod timing;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use child::{Interrupted, start};
use lab::{Lab, cargo, complain, root};
use reproduce::{Reproduce, reproduce};

/// Jobs of this workspace
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Run every experiment of the paper and the gradient check; write metrics, figures, REPORT.md,
    /// report.html.
    /// Goes on where an earlier call was interrupted
    Reproduce(Reproduce),
    /// Run what continuous integration runs
    #[command(after_help = "Example:
  cargo xtask ci")]
    Ci,
    /// Refuse what the architecture forbids: dependencies, circles of imports, long files, dead links
    Tidy,
    /// Refuse what a release would stumble on: packages, licences, workflow, container file; needs Python
    Releasable,
    /// Build and run the program of each library's README in a fresh project, without optimisation
    Readmes,
    /// Run the committed results again and compare them, byte by byte
    Verify(verify::Options),
    /// Train two epochs of every experiment again in NumPy, ask SciPy for the statistics, and compare; needs Python
    Crosscheck(crosscheck::Options),
    /// Read exports with ONNX Runtime, NumPy and TensorBoard, and import what they write; needs Python
    Interop(interop::Options),
    /// Try the report's page in a browser; needs Python, Chromium and its driver
    Browser(browser::Options),
    /// Do a sweep as a job array on a real Slurm of two nodes, under faults; needs Python and Slurm
    ClusterTest(cluster::Options),
    /// Time an epoch of training beside PyTorch, JAX, scikit-learn, candle and burn; needs Python
    BenchPeers(peers::Options),
    /// Say whether the working tree is faster or slower than a commit, beyond noise
    BenchGate(gate::Options),
    /// Time an epoch against hidden units, batch, layers and examples, into results/bench
    #[command(after_help = "Example:
  cargo xtask bench-growth")]
    BenchGrowth,
}

fn main() -> ExitCode {
    let job = Cli::parse().job;
    let result = child::listen().and_then(|()| match job {
        Job::Reproduce(options) => reproduce(&options),
        Job::Ci => ci(),
        Job::Tidy => tidy(),
        Job::Releasable => releasable::releasable(),
        Job::Readmes => readmes::readmes(),
        Job::Verify(options) => verify::verify(&options),
        Job::Crosscheck(options) => crosscheck::crosscheck(&options),
        Job::Interop(options) => interop::interop(&options),
        Job::Browser(options) => browser::browser(&options),
        Job::ClusterTest(options) => cluster::cluster_test(&options),
        Job::BenchPeers(options) => peers::bench_peers(&options),
        Job::BenchGate(options) => gate::bench_gate(&options),
        Job::BenchGrowth => bench_growth(),
    });
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if let Some(Interrupted { code }) = error.downcast_ref() {
        return ExitCode::from(*code);
    }
    complain(&format!("error: {error:#}"));
    ExitCode::FAILURE
}

fn bench_growth() -> Result<()> {
    start(&mut cargo(&[
        "run",
        "--release",
        "--locked",
        "--package",
        "experiments",
        "--example",
        "growth",
    ]))
}

/// A program of its own, so that no other job waits for a parser of Rust to be built.
fn tidy() -> Result<()> {
    start(&mut cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "tidy",
    ]))
}

/// Cheapest first.
fn ci() -> Result<()> {
    let scratch = root().join("target").join("ci");
    tidy()?;
    start(&mut cargo(&["fmt", "--all", "--check"]))?;
    let peers = "xtask/peers/rust/Cargo.toml";
    for manifest in ["fuzz/Cargo.toml", peers] {
        start(&mut cargo(&["fmt", "--manifest-path", manifest, "--check"]))?;
    }
    // The peers are not built here, which takes many minutes; but their lock file must fit.
    let lock = ["update", "--workspace", "--locked", "--quiet"];
    start(cargo(&lock).args(["--manifest-path", peers]))?;
    releasable::releasable()?;
    start(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))?;
    // Only compiled: they link under the fuzzer alone, and their bodies are tested elsewhere. The fuzzer's own
    // library, in C++, is not needed for that.
    let mut targets = cargo(&[
        "check",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--bins",
        "--examples",
        "--target-dir",
        "target/fuzz",
        "--locked",
    ]);
    start(targets.env("CUSTOM_LIBFUZZER_PATH", "none/libfuzzer.a"))?;
    let mut doc = cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
        "--locked",
    ]);
    start(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    start(&mut cargo(&[
        "test",
        "--workspace",
        "--all-features",
        "--locked",
    ]))?;
    readmes::examples()?;
    readmes::readmes()?;
    let lab = Lab::Tested;
    interop::interop(&interop::Options { torch: false, lab })?;
    for single in [false, true] {
        crosscheck::crosscheck(&crosscheck::Options { single, lab })?;
    }
    reproduce(&Reproduce::quick(scratch.clone(), lab))?;
    let page = scratch.join("paper").join("report.html");
    browser::browser(&browser::Options { page, lab })?;
    verify::quick(&scratch, lab)?;
    cluster::cluster_test(&cluster::Options::short(lab))
}
