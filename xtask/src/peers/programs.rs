//! The programs that are timed, and how they take turns.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::configuration::Configuration;
use super::report::{Report, Row};
use crate::lab::{complain, root};

/// In the order in which they take turns. The first is what the others are compared with.
const PEERS: [Peer; 5] = [
    Peer::Ours("sparse"),
    Peer::Ours("dense"),
    Peer::Script("torch_eager.py"),
    Peer::Script("jax_scan.py"),
    Peer::Script("sklearn_mlp.py"),
];

/// A program to be timed.
#[derive(Clone, Copy)]
enum Peer {
    /// The example `epoch`, with its input in this form.
    Ours(&'static str),
    /// A file of `xtask/peers`.
    Script(&'static str),
}

/// The programs that are started, and the processors they are pinned to.
pub(super) struct Programs {
    pub(super) python: PathBuf,
    pub(super) epoch: PathBuf,
    pub(super) processors: Vec<usize>,
    pub(super) taskset: bool,
}

impl Programs {
    /// Lets the peers take turns, so that what disturbs the machine for a while disturbs them all.
    pub(super) fn measure(&self, configuration: Configuration) -> Result<Vec<Row>> {
        let mut reports: [Vec<Report>; PEERS.len()] = std::array::from_fn(|_| Vec::new());
        for round in 1..=configuration.rounds {
            let Configuration {
                threads,
                hidden,
                batch,
                rounds,
                ..
            } = configuration;
            complain(&format!(
                "threads {threads}, hidden {hidden}, batch {batch}: round {round} of {rounds}"
            ));
            for (peer, reports) in PEERS.into_iter().zip(&mut reports) {
                reports.push(self.run(peer, configuration)?);
            }
        }
        let ours: Vec<f64> = reports[0].iter().map(Report::median).collect();
        reports
            .iter()
            .map(|reports| Row::new(configuration, reports, &ours))
            .collect()
    }

    fn run(&self, peer: Peer, configuration: Configuration) -> Result<Report> {
        let mut command = match peer {
            Peer::Ours(form) => {
                let mut command = self.pinned(configuration.threads, &self.epoch);
                command.args(["--input", form]);
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
        };
        for (name, value) in [
            ("--threads", configuration.threads),
            ("--hidden", configuration.hidden),
            ("--batch", configuration.batch),
            ("--epochs", configuration.epochs),
        ] {
            command.args([name, &value.to_string()]);
        }
        command.arg("--data").arg(root().join("data"));
        let shown = format!("{command:?}");
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| shown.clone())?;
        if !output.status.success() {
            bail!("{shown} ended with {}", output.status);
        }
        Report::read(&output.stdout).with_context(|| format!("output of {shown}"))
    }

    /// A program of ours, on the processors that the scripts choose too: the first ones allowed.
    pub(super) fn pinned(&self, threads: usize, program: &Path) -> Command {
        if !self.taskset {
            return Command::new(program);
        }
        let list: Vec<_> = self.processors[..threads]
            .iter()
            .map(usize::to_string)
            .collect();
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &list.join(",")]).arg(program);
        command
    }
}
