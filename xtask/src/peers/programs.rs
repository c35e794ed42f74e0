//! The programs to time, which take turns.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::report::{Configuration, Row};
use crate::child::start;
use crate::lab::{cargo, complain, root, target};
use crate::machine::Processors;
use crate::python::venv;
use crate::timing::{Report, Task, Timed, build_epoch};

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

/// The programs that also evaluate and stop early.
const RUNNERS: [Peer; 3] = [PEERS[0], PEERS[2], PEERS[3]];

/// A program to time.
#[derive(Clone, Copy, PartialEq)]
enum Peer {
    /// The example `epoch`, with its input in this form.
    Ours(&'static str),
    /// A file of `xtask/peers`.
    Script(&'static str),
    /// A program of `xtask/peers/rust`.
    Rust(&'static str),
}

impl Peer {
    /// Whether the program can do what is to be timed.
    fn can(self, timed: Timed) -> bool {
        match timed {
            Timed::Epochs(_) => true,
            Timed::Run => RUNNERS.contains(&self),
        }
    }
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
            timed: Timed::Epochs(1),
        };
        for peer in PEERS {
            let mut command = self.command(peer, threads);
            Report::of(command.args(["--examples", "1000"]), task)?;
        }
        Ok(())
    }

    /// Lets the peers take turns, so that a temporary disturbance affects all of them.
    pub(super) fn measure(&self, configuration: Configuration) -> Result<Vec<Row>> {
        let Configuration { task, rounds } = configuration;
        let peers = PEERS.into_iter().filter(|peer| peer.can(task.timed));
        let mut reports: Vec<(Peer, Vec<Report>)> = peers.map(|peer| (peer, Vec::new())).collect();
        for round in 1..=rounds {
            complain(&format!(
                "{}threads {}, hidden {}, batch {}: round {round} of {rounds}",
                if task.timed == Timed::Run {
                    "whole run, "
                } else {
                    ""
                },
                task.threads,
                task.hidden,
                task.batch
            ));
            for (peer, reports) in &mut reports {
                let mut command = self.command(*peer, task.threads);
                reports.push(Report::of(&mut command, task)?);
            }
        }
        let (_, ours) = &reports[0];
        let ours: Vec<f64> = ours.iter().map(Report::median).collect();
        let rows = reports.iter();
        rows.map(|(_, reports)| Row::new(configuration, reports, &ours))
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
