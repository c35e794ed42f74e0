//! Uses the program of an archive as a person without Rust would.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;

use crate::child::text;
use crate::disk::{copy, read};
use crate::lab::{call, complain, root};

/// A picture of a digit, and the beginning of the answer.
const PICTURE: (&str, &str) = ("fuzz/seeds/picture/digit.png", "digit.png: 1 (");

/// The committed files of the run that the program repeats.
const RUN: &str = "results/paper/softmax/seed-0";

/// Unpacks the archive into an empty folder, reads a digit, trains, compares the run with the committed one byte by byte,
/// and writes a report. The environment is empty. On Linux, the folder is the root of the file system, which has only the
/// libraries that the program is linked with, and there is no network.
///
/// # Errors
/// The first command that fails, or the first file that differs.
pub(super) fn check(name: &str, archive: &[u8]) -> Result<()> {
    let folder = tempfile::tempdir().context("a folder for the archive")?;
    let folder = folder.path();
    unpack(archive, folder)?;
    copy(root().join(PICTURE.0), folder.join("digit.png"))?;
    let program = PathBuf::from(name).join(format!("mnist-lab{}", std::env::consts::EXE_SUFFIX));
    if cfg!(target_os = "linux") {
        copy_libraries(&folder.join(&program), folder)?;
    }
    let lab = |words: &str| {
        let mut command = start_in(folder, &program);
        command.args(words.split(' ')).current_dir(folder);
        text(command.env_clear()).with_context(|| format!("mnist-lab {words}"))
    };
    let said = lab("predict --quiet digit.png")?;
    ensure!(
        said.starts_with(PICTURE.1),
        "expected {:?}, found {said:?}",
        PICTURE.1
    );
    lab("run softmax --seeds 0 --quiet --out runs")?;
    let count = same_files(&folder.join("runs/paper/softmax/seed-0"))?;
    lab("report runs/paper --quiet")?;
    let report = folder.join("runs/paper/report.html");
    ensure!(report.is_file(), "no report.html");
    complain(&format!(
        "{name}: predict, run and report succeed; {count} files as in {RUN}"
    ));
    Ok(())
}

pub(super) fn unpack(archive: &[u8], folder: &Path) -> Result<()> {
    let unpacked = tar::Archive::new(GzDecoder::new(archive)).unpack(folder);
    unpacked.with_context(|| folder.display().to_string())
}

/// A call of the program with `folder` as the root of the file system, in which a user may be root without rights outside.
#[cfg(target_os = "linux")]
fn start_in(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "--root"]);
    command.arg(folder).arg(Path::new("/").join(program));
    command
}

#[cfg(not(target_os = "linux"))]
fn start_in(folder: &Path, program: &Path) -> Command {
    Command::new(folder.join(program))
}

/// Copies the shared libraries of a program into a root at `folder`, under the same paths. A static program has none.
fn copy_libraries(program: &Path, folder: &Path) -> Result<()> {
    let said = Command::new("ldd").arg(program).output().context("ldd")?;
    for path in libraries(&String::from_utf8_lossy(&said.stdout)) {
        copy(path, folder.join(path.trim_start_matches('/')))?;
    }
    Ok(())
}

/// The paths in the output of `ldd`.
fn libraries(said: &str) -> Vec<&str> {
    let words = said.split_whitespace();
    words.filter(|word| word.starts_with('/')).collect()
}

/// Compares the committed files of a run with those of another, and returns their number.
fn same_files(run: &Path) -> Result<usize> {
    let list = text(call("git", "ls-files").arg(RUN))?;
    for path in list.lines() {
        let name = Path::new(path).file_name().unwrap_or_default();
        ensure!(
            read(root().join(path))? == read(run.join(name))?,
            "{path}: the program writes other bytes"
        );
    }
    let count = list.lines().count();
    ensure!(count > 0, "{RUN}: no files");
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_paths() {
        let said = "\tlinux-vdso.so.1 (0x7ffe)\n\tlibc.so.6 => /lib/libc.so.6 (0x7f1a)\n\t/lib64/ld-linux.so.2 (0x7f1b)\n";
        assert_eq!(libraries(said), ["/lib/libc.so.6", "/lib64/ld-linux.so.2"]);
        assert!(libraries("\tstatically linked\n").is_empty());
    }
}
