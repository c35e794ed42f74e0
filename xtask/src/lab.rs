//! mnist-lab and cargo, as the jobs call them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::child::start;

/// Which mnist-lab.
#[derive(Clone, Copy, Default)]
pub(crate) enum Lab {
    /// As its users have it, built if need be.
    #[default]
    Release,
    /// The one that `cargo test` has built and tried: beside this very program.
    Tested,
}

impl Lab {
    /// Builds it where need be, and lets cargo say so: minutes of silence look like a hang.
    pub(crate) fn build(self) -> Result<()> {
        match self {
            Self::Tested => Ok(()),
            Self::Release => {
                let mut build = cargo(&["build", "--release", "--locked"]);
                start(build.args(["--package", "mnist-lab"]))
            }
        }
    }

    /// Its file, for those who call it from another folder.
    pub(crate) fn program(self) -> Result<PathBuf> {
        let xtask = std::env::current_exe().context("the path of xtask")?;
        let name = format!("mnist-lab{}", std::env::consts::EXE_SUFFIX);
        match self {
            Self::Tested => Ok(xtask.with_file_name(name)),
            // Beside the folder of debug builds, in which xtask is.
            Self::Release => {
                let target = xtask.ancestors().nth(2).context("the target folder")?;
                Ok(target.join("release").join(name))
            }
        }
    }

    /// A call of it.
    pub(crate) fn command(self, subcommand: &str) -> Command {
        let mut command = match (self, self.program()) {
            (Self::Tested, Ok(program)) => {
                let mut command = Command::new(program);
                command.current_dir(root());
                command
            }
            _ => {
                let mut command = cargo(&["run", "--release", "--locked", "--quiet"]);
                command.args(["--package", "mnist-lab", "--"]);
                command
            }
        };
        command.arg(subcommand);
        command
    }
}

/// A call of cargo, in the workspace's folder.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Writes a line to standard error. If that is closed, nobody wants to know.
pub(crate) fn complain(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
