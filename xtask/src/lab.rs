//! Calls of cargo, mnist-lab and other programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::child::start;

/// A release build of mnist-lab, as users have it.
pub(crate) struct Lab {
    pub(crate) program: PathBuf,
}

impl Lab {
    /// Builds mnist-lab. cargo shows the progress, because minutes of silence look like a hang.
    pub(crate) fn build() -> Result<Self> {
        let mut build = cargo("build --release --locked --package mnist-lab");
        start(&mut build)?;
        let name = format!("mnist-lab{}", std::env::consts::EXE_SUFFIX);
        let program = target()?.join("release").join(name);
        Ok(Self { program })
    }

    /// A call of a subcommand, in the workspace's folder.
    pub(crate) fn command(&self, subcommand: &str) -> Command {
        call(&self.program, subcommand)
    }
}

/// A call of cargo, in the workspace's folder. Arguments are split at blanks.
pub(crate) fn cargo(args: &str) -> Command {
    call(
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        args,
    )
}

/// A call of a program, in the workspace's folder. Arguments are split at blanks.
pub(crate) fn call(program: impl AsRef<OsStr>, args: &str) -> Command {
    let mut command = Command::new(program);
    command.args(args.split_whitespace()).current_dir(root());
    command
}

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The folder that cargo builds into; xtask is in one of its subfolders.
pub(crate) fn target() -> Result<PathBuf> {
    let xtask = std::env::current_exe().context("path of xtask")?;
    let target = xtask.ancestors().nth(2).context("target folder")?;
    Ok(target.to_owned())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a line to standard error, and ignores a failure: a closed stream has no reader.
pub(crate) fn complain(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
