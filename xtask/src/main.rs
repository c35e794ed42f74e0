//! `cargo xtask`: starts the workspace's jobs. It links none of the crates; it runs cargo, and
//! mnist-lab through it.

mod browser;
mod child;
mod cluster;
mod crosscheck;
mod gate;
mod interop;
mod lab;
mod machine;
mod peers;
mod python;
mod readmes;
mod releasable;
mod timing;
mod verify;

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use child::{Interrupted, start};
use lab::{Lab, SEEDS, SUITES, cargo, complain, root};

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
    /// Train two epochs of every experiment again in NumPy, and compare; needs Python
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

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask reproduce                        everything, 5 seeds, into results/paper
  cargo xtask reproduce --seeds 1              a quick look
  cargo xtask reproduce --only softmax,relu --out /tmp/trial
  cargo xtask reproduce --fresh                anew, even what an earlier call has finished
  cargo xtask reproduce --suite readings       what the paper leaves open, into results/readings")]
struct Reproduce {
    /// How many seeds, from 0 on
    #[arg(long, value_name = "N", default_value_t = SEEDS,
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,

    /// Only these experiments
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    only: Vec<String>,

    /// The paper as written, or other readings of what it leaves open
    #[arg(long, value_name = "NAME", default_value = "paper", value_parser = SUITES)]
    suite: String,

    /// Where results go
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Run again what is there already, instead of going on where an earlier call stopped
    #[arg(long)]
    fresh: bool,

    #[arg(skip)]
    lab: Lab,
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

fn reproduce(options: &Reproduce) -> Result<()> {
    // cargo runs in the workspace's folder; a path given is meant from where the caller stands.
    let out = match &options.out {
        Some(out) => std::path::absolute(out).context("--out")?,
        None => root().join("results"),
    };
    let folder = out.join(&options.suite);

    let seeds = format!("0..{}", options.seeds);
    let lab = options.lab;
    lab.build()?;
    let mut run = lab.command("run");
    run.args(&options.only)
        .args(["--suite", &options.suite, "--seeds", &seeds])
        .arg("--out")
        .arg(&out);
    // Whoever changes the code wants other numbers, and says so.
    if !options.fresh {
        if folder.exists() {
            complain(&format!(
                "runs that are whole in {} are kept; --fresh begins anew",
                folder.display()
            ));
        }
        run.arg("--resume");
    }
    // The table comes once, from the report.
    let ran = start(run.stdout(Stdio::null()));
    if ran.as_ref().is_err_and(|error| error.is::<Interrupted>()) {
        complain("or with the same cargo xtask reproduce, without --fresh, and its report");
    }
    ran?;
    if options.suite == "paper" {
        let mut gradcheck = lab.command("gradcheck");
        start(gradcheck.arg("--out").arg(&folder).stdout(Stdio::null()))?;
    }
    start(lab.command("report").arg(&folder))
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
    reproduce(&Reproduce {
        seeds: 1,
        only: Vec::new(),
        suite: "paper".to_owned(),
        out: Some(scratch.clone()),
        fresh: true,
        lab,
    })?;
    let page = scratch.join("paper").join("report.html");
    browser::browser(&browser::Options { page, lab })?;
    let scope = verify::Scope {
        only: Vec::new(),
        seeds: 1,
    };
    verify::compare("paper", &scratch.join("paper"), &scope, 0.0)?;
    cluster::cluster_test(&cluster::Options::short(lab))
}
