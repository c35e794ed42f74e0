//! `cargo xtask dist`: an archive with the program, for people without Rust.

mod check;
mod licences;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::child::{output, quietly, start, text};
use crate::disk::{fresh, read, write};
use crate::lab::{call, cargo, complain, hex, root, target};

/// The program, as the profile for archives compiles it.
const BUILD: &str = "build --profile dist --locked --package mnist-lab";

/// Shells, and the names that their completion scripts must have.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "mnist-lab.bash"),
    ("zsh", "_mnist-lab"),
    ("fish", "mnist-lab.fish"),
];

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask dist --check
  cargo xtask dist --target x86_64-unknown-linux-musl

The archive and SHA256SUMS are in target/dist. Its files have the time of the
commit, so the same program is packed into the same bytes.")]
pub(crate) struct Options {
    /// Target triple whose programs this machine runs [default: the compiler's own]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// Unpack the archive, and use the program without Rust; on Linux, in a root without other programs
    #[arg(long)]
    check: bool,
}

pub(crate) fn dist(options: &Options) -> Result<()> {
    let mut build = cargo(BUILD);
    let triple = match &options.target {
        Some(triple) => {
            build.args(["--target", triple]);
            triple.clone()
        }
        None => host()?,
    };
    start(&mut build)?;
    let built = target()?.join(options.target.as_deref().unwrap_or(""));
    let name = format!("mnist-lab{}", std::env::consts::EXE_SUFFIX);
    let program = built.join("dist").join(name);

    let name = format!("mnist-lab-{}-{triple}", env!("CARGO_PKG_VERSION"));
    let archive = target()?.join("dist").join(format!("{name}.tar.gz"));
    let bytes = packed(&name, &contents(&program, &triple)?)?;
    write(&archive, &bytes)?;
    let size = format!("{:.1} MB", bytes.len() as f64 / 1e6);
    complain(&format!("{}: {size}", archive.display()));
    sum_all(&target()?.join("dist"))?;
    match options.check {
        true => check::check(&name, &bytes),
        false => Ok(()),
    }
}

/// The triple that the compiler compiles for by default.
fn host() -> Result<String> {
    let version = text(&mut call("rustc", "-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// The files of the archive: their names, and their bytes.
fn contents(program: &Path, triple: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let file_name = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
    let mut files = vec![
        (file_name(program), read(program)?),
        (
            "README.md".to_owned(),
            read(root().join("xtask/dist/README.md"))?,
        ),
        (
            "THIRD-PARTY.txt".to_owned(),
            licences::third_party(triple)?.into_bytes(),
        ),
        (
            "rust-standard-library.html".to_owned(),
            licences::standard_library()?,
        ),
    ];
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        files.push((name.to_owned(), read(root().join(name))?));
    }
    for (shell, name) in COMPLETIONS {
        let script = output(Command::new(program).args(["completions", shell]))?;
        files.push((format!("completions/{name}"), script));
    }
    let pages = fresh("dist-man")?;
    fs::create_dir(&pages).with_context(|| pages.display().to_string())?;
    quietly(Command::new(program).arg("man").arg(&pages))?;
    for page in fs::read_dir(&pages)? {
        let path = page?.path();
        files.push((format!("man/{}", file_name(&path)), read(path)?));
    }
    files.sort();
    Ok(files)
}

/// A compressed archive of a folder with these files. Their time is that of the commit.
fn packed(folder: &str, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let time = text(&mut call("git", "log -1 --format=%ct"))?;
    let time = time.trim().parse().context("git log: seconds")?;
    let mut archive = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::best()));
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mtime(time);
        let is_program = name.starts_with("mnist-lab");
        header.set_mode(if is_program { 0o755 } else { 0o644 });
        archive.append_data(&mut header, format!("{folder}/{name}"), &bytes[..])?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// Writes the checksums of all archives in a folder, as `sha256sum` does.
fn sum_all(folder: &Path) -> Result<()> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let name = entry?.file_name().display().to_string();
        if name.ends_with(".tar.gz") {
            let sum = hex(&Sha256::digest(read(folder.join(&name))?));
            lines.push(format!("{sum}  {name}\n"));
        }
    }
    ensure!(!lines.is_empty(), "{}: no archive", folder.display());
    lines.sort_by(|a, b| a[64..].cmp(&b[64..]));
    write(folder.join("SHA256SUMS"), lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_the_same_twice_and_its_sum_is_listed() {
        let files = [
            ("README.md".to_owned(), b"# a".to_vec()),
            ("mnist-lab".to_owned(), b"\x7fELF".to_vec()),
        ];
        let bytes = packed("a-1", &files).unwrap();
        assert_eq!(bytes, packed("a-1", &files).unwrap());
        let folder = tempfile::tempdir().unwrap();
        assert!(sum_all(folder.path()).is_err());
        let archive = folder.path().join("a-1.tar.gz");
        fs::write(&archive, &bytes).unwrap();
        sum_all(folder.path()).unwrap();
        let sums = fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap();
        assert!(sums.ends_with("  a-1.tar.gz\n") && sums.len() == 64 + 13);

        check::unpack(&bytes, folder.path()).unwrap();
        let readme = fs::read(folder.path().join("a-1/README.md")).unwrap();
        assert_eq!(readme, b"# a");
    }
}
