//! Virtual environments for Python, under `target`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::child::quietly;
use crate::disk::{read_text, write};
use crate::lab::{complain, root};

/// A Python with the packages of the file `requirements`. Installs the packages at the first use, and again when the
/// file has changed.
pub(crate) fn venv(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = root().join("target").join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let stamp = folder.join("requirements.txt");
    let requirements = root().join(requirements);
    let wanted = read_text(&requirements)?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }

    complain(&format!(
        "installing {} into {}",
        requirements.display(),
        folder.display()
    ));
    let mut make = Command::new(system_python());
    quietly(make.args(["-m", "venv"]).arg(&folder))
        .context("is Python installed, with its venv module (Debian: python3-venv)?")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    quietly(install.arg(&requirements))
        .context("is there a network, and a Python new enough for these versions?")?;
    write(&stamp, &wanted)?;
    Ok(python)
}

/// Python 3: `python` on Windows and in many virtual environments, `python3` elsewhere.
pub(crate) fn system_python() -> &'static str {
    let is_three = |name: &&str| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.stdout.starts_with(b"Python 3"))
    };
    let names = ["python3", "python"];
    names.into_iter().find(is_three).unwrap_or("python3")
}
