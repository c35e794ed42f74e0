//! Python for the jobs that need it: virtual environments under `target`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::lab::{complain, root};

/// A Python with what `requirements` lists, a file of the workspace; made at its first use and again
/// when that file changes.
pub(crate) fn venv(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = root().join("target").join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let stamp = folder.join("requirements.txt");
    let requirements = root().join(requirements);
    let wanted =
        fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }

    complain(&format!(
        "installing {} into {}",
        requirements.display(),
        folder.display()
    ));
    prepare(
        Command::new(system_python())
            .args(["-m", "venv"])
            .arg(&folder),
        "is Python installed, with its venv module (Debian: python3-venv)?",
    )?;
    prepare(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements),
        "is there a network, and a Python new enough for these versions?",
    )?;
    fs::write(&stamp, &wanted).with_context(|| stamp.display().to_string())?;
    Ok(python)
}

/// Python 3 is `python` on Windows, and in many virtual environments; `python3` elsewhere.
pub(crate) fn system_python() -> &'static str {
    let is_three = |name: &&str| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.stdout.starts_with(b"Python 3"))
    };
    let names = ["python3", "python"];
    names.into_iter().find(is_three).unwrap_or("python3")
}

/// Runs a command whose output is for the eyes only.
fn prepare(command: &mut Command, hint: &str) -> Result<()> {
    // pip may write to standard output, which is for results.
    let shown = format!("{command:?}");
    let status = command
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("{shown}: {hint}"))?;
    ensure!(status.success(), "{shown} ended with {status}; {hint}");
    Ok(())
}
