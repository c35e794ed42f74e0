//! The programs to time, which take turns.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::report::{Configuration, Row};
use crate::child::start;
use crate::lab::{cargo, complain, root, target};
use crate::machine::Processors;
use crate::python::venv;
use crate::timing::{Report, Task, build_epoch};

/// The order of the turns. The others are compared with the first.
const PEERS: [Peer; 7] = [
    Peer::Ours("sparse"),
    Peer::Ours("dense"),
    Peer::Script("torch_eager.py"),
    Peer::Script("jax_scan.py"),
    Peer::Script("sklearn_mlp.py"),
    Peer::Rust("candle"),
    Peer::Rust("burn"),
];

/// A program to time.
#[derive(Clone, Copy)]
enum Peer {
    /// The example `epoch`, with its input in this form.
    Ours(&'static str),
    /// A file of `xtask/peers`.
    Script(&'static str),
    /// A program of `xtask/peers/rust`.
    Rust(&'static str),
}

/// The programs, and the processors that they are pinned to.
pub(super) struct Programs {
    python: PathBuf,
    epoch: PathBuf,
    processors: Processors,
    rust: PathBuf,
}

impl Programs {
    /// Builds the programs, or installs their packages.
    pub(super) fn prepare(processors: Processors) -> Result<Self> {
        let python = venv("peers-venv", "xtask/peers/requirements.txt")?;
        let epoch = build_epoch(root(), &target()?)?;
        let target = target()?.join("peers-rust");
        let manifest = "xtask/peers/rust/Cargo.toml";
        let mut build = cargo("build --release --locked --manifest-path");
        build.arg(manifest).arg("--target-dir").arg(&target);
        // With all instructions of this processor. Our program selects instructions at run time.
        start(build.env("RUSTFLAGS", "-C target-cpu=native"))?;
        Ok(Self {
            python,
            epoch,
            processors,
            rust: target.join("release"),
        })
    }

    /// Runs each peer briefly, so that a peer that fails does so before hours of timing, and all files are in memory.
    pub(super) fn warm_up(&self, threads: usize) -> Result<()> {
        complain("a short run of each");
        let task = Task {
            threads,
            hidden: 32,
            batch: 128,
            epochs: 1,
        };
        for peer in PEERS {
            let mut command = self.command(peer, threads);
            Report::of(command.args(["--examples", "1000"]), task)?;
        }
        Ok(())
    }

    /// Lets the peers take turns, so that a temporary disturbance affects all of them.
    pub(super) fn measure(&self, configuration: Configuration) -> Result<Vec<Row>> {
        let mut reports: [Vec<Report>; PEERS.len()] = std::array::from_fn(|_| Vec::new());
        let Configuration { task, rounds } = configuration;
        for round in 1..=rounds {
            complain(&format!(
                "threads {}, hidden {}, batch {}: round {round} of {rounds}",
                task.threads, task.hidden, task.batch
            ));
            for (peer, reports) in PEERS.into_iter().zip(&mut reports) {
                let mut command = self.command(peer, task.threads);
                reports.push(Report::of(&mut command, task)?);
            }
        }
        let ours: Vec<f64> = reports[0].iter().map(Report::median).collect();
        reports
            .iter()
            .map(|reports| Row::new(configuration, reports, &ours))
            .collect()
    }

    fn command(&self, peer: Peer, threads: usize) -> Command {
        match peer {
            Peer::Ours(form) => {
                let mut command = self.processors.pinned(threads, &self.epoch);
                command.args(["--input", form]);
                command
            }
            Peer::Rust(name) => {
                let mut command = self.processors.pinned(threads, &self.rust.join(name));
                command.env("RAYON_NUM_THREADS", threads.to_string());
                command
            }
            // The scripts pin themselves.
            Peer::Script(name) => {
                let mut command = Command::new(&self.python);
                command
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    .arg(root().join("xtask").join("peers").join(name));
                command
            }
        }
    }
}
