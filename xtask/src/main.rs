//! `cargo xtask`: the workspace's jobs. They run cargo, mnist-lab and other tools, and link none of the crates.

mod book;
mod browser;
mod child;
mod ci;
mod cluster;
mod committed;
mod crosscheck;
mod disk;
mod dist;
mod gate;
mod interop;
mod lab;
mod machine;
mod peers;
mod python;
mod readmes;
mod releasable;
mod reproduce;
mod site;
mod tidy;
mod timing;
mod verify;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use child::{Interrupted, start};
use lab::{cargo, complain};

/// Jobs of this workspace
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Run every experiment of the paper and the gradient check, and write the report.
    /// Continues where an earlier call was interrupted
    Reproduce(reproduce::Reproduce),
    /// Run what continuous integration runs
    #[command(after_help = "Example:
  cargo xtask ci")]
    Ci,
    /// Check paths named in documents, copies of files, and the contents of packages
    Tidy,
    /// Check packages, licences, dependencies, links, workflows and the container file; needs Python
    Releasable,
    /// Build and run the program of each README in a new project, without optimisation
    Readmes,
    /// Make an archive with the program for people without Rust, in target/dist
    Dist(dist::Options),
    /// Make committed results again and compare them byte by byte
    Verify(verify::Options),
    /// Compare training with NumPy, and the statistics with SciPy; needs Python
    Crosscheck(crosscheck::Options),
    /// Read exports with ONNX Runtime, NumPy and TensorBoard, and import their files; needs Python
    Interop(interop::Options),
    /// Build the book as web pages, and check their links; needs Python
    Book,
    /// Build a site of the book and the committed reports, and check its links; needs Python
    Site(site::Options),
    /// Test the report's page in a browser; needs Python, Chromium and its driver
    Browser(browser::Options),
    /// Build the WebAssembly that trains in web pages, or test it in Node
    Wasm(wasm::Options),
    /// Run a sweep as a job array on a real Slurm with two nodes, under faults; needs Python and Slurm
    ClusterTest(cluster::Options),
    /// Time an epoch of training beside PyTorch, JAX, scikit-learn, candle and burn; needs Python
    BenchPeers(peers::Options),
    /// Compare the speed of the working tree with that of a commit
    BenchGate(gate::Options),
    /// Time an epoch against hidden units, batch size, layers and examples, into results/bench
    #[command(after_help = "Example:
  cargo xtask bench-growth")]
    BenchGrowth,
}

fn main() -> ExitCode {
    let job = Cli::parse().job;
    let result = child::listen().and_then(|()| run(job));
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if let Some(Interrupted { code }) = error.downcast_ref() {
        return ExitCode::from(*code);
    }
    complain(&format!("error: {error:#}"));
    ExitCode::FAILURE
}

fn run(job: Job) -> Result<()> {
    match job {
        Job::Reproduce(options) => reproduce::reproduce(&options),
        Job::Ci => ci::ci(),
        Job::Tidy => tidy::tidy(),
        Job::Releasable => releasable::releasable(),
        Job::Readmes => readmes::readmes(),
        Job::Dist(options) => dist::dist(&options),
        Job::Verify(options) => verify::verify(&options),
        Job::Crosscheck(options) => crosscheck::crosscheck(&options),
        Job::Interop(options) => interop::interop(&options),
        Job::Book => book::book(),
        Job::Site(options) => site::site(&options),
        Job::Browser(options) => browser::browser(&options),
        Job::Wasm(options) => wasm::wasm(&options),
        Job::ClusterTest(options) => cluster::cluster_test(&options),
        Job::BenchPeers(options) => peers::bench_peers(&options),
        Job::BenchGate(options) => gate::bench_gate(&options),
        Job::BenchGrowth => start(&mut cargo(
            "run --release --locked --package experiments --example growth",
        )),
    }
}
