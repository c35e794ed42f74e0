//! `cargo xtask wasm`: builds the WebAssembly of `mnist-web`, which is committed, so that only its authors need the
//! compiler's target.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use flate2::Compression;
use flate2::read::GzEncoder;
use sha2::{Digest, Sha256};

use crate::child::{quietly, start, text};
use crate::disk::{fresh, read, read_text, write};
use crate::lab::{Lab, call, cargo, complain, hex, root, target};

const TARGET: &str = "wasm32-unknown-unknown";

/// The folder of the compressed modules.
const FOLDER: &str = "crates/lab-report/src/wasm";

/// The file with the digest of the sources that the modules were built from, and with the compiler.
const SOURCES: &str = "sources.sha256";

/// The forms, and their features besides those in `.cargo/config.toml`.
const FORMS: [(&str, &str); 2] = [("relaxed", "+relaxed-simd"), ("exact", "")];

/// The maximum size of all compressed modules, because pages contain them.
const LARGEST: usize = 600_000;

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask wasm           build the modules into crates/lab-report/src/wasm
  cargo xtask wasm --check   train with the modules there, and compare with the committed results

Building needs `rustup target add wasm32-unknown-unknown`, and --check needs Node.")]
pub(crate) struct Options {
    /// Test the modules in Node instead of building them
    #[arg(long)]
    check: bool,
}

pub(crate) fn wasm(options: &Options) -> Result<()> {
    match options.check {
        true => check(),
        false => build(),
    }
}

fn build() -> Result<()> {
    ensure!(
        target_is_installed()?,
        "the target {TARGET} is not installed; `rustup target add {TARGET}` installs it"
    );
    let folder = root().join(FOLDER);
    let mut all = 0;
    for (form, features) in FORMS {
        let (name, small) = (file(form), compressed(features)?);
        complain(&format!("{name}: {} bytes", small.len()));
        all += small.len();
        write(folder.join(name), small)?;
    }
    ensure!(
        all <= LARGEST,
        "the modules have {all} bytes; expected at most {LARGEST}"
    );
    let made = format!("{}\n{}\n", digest()?, compiler()?);
    write(folder.join(SOURCES), made)
}

/// The version of the compiler, on which the bytes of the modules depend.
fn compiler() -> Result<String> {
    Ok(text(&mut call("rustc", "--version"))?.trim().to_owned())
}

/// The digest of the sources and the compiler of the committed modules.
fn recorded() -> Result<(String, String)> {
    let found = read_text(root().join(FOLDER).join(SOURCES))?;
    let (digest, compiler) = found.split_once('\n').unwrap_or_default();
    Ok((digest.to_owned(), compiler.trim().to_owned()))
}

/// Builds the modules again, where the compiler has the target, and compares them with the committed ones if those are
/// of the same compiler.
pub(crate) fn rebuild() -> Result<()> {
    if !target_is_installed()? {
        complain(&format!(
            "the modules are not built again: `rustup target add {TARGET}` was not run"
        ));
        return Ok(());
    }
    let ((_, before), now) = (recorded()?, compiler()?);
    for (form, features) in FORMS {
        let path = root().join(FOLDER).join(file(form));
        let is_same = compressed(features)? == read(&path)?;
        ensure!(
            is_same || before != now,
            "{}: the sources give another module; `cargo xtask wasm` replaces it",
            path.display()
        );
    }
    if before != now {
        complain(&format!(
            "the modules are of {before}, so their bytes were not compared"
        ));
    }
    Ok(())
}

fn file(form: &str) -> String {
    format!("{form}.wasm.gz")
}

/// Builds a form, compressed.
fn compressed(features: &str) -> Result<Vec<u8>> {
    let module = module(features)?;
    let mut small = Vec::new();
    io::copy(
        &mut GzEncoder::new(&module[..], Compression::best()),
        &mut small,
    )?;
    Ok(small)
}

/// Whether the compiler has the standard library of the target.
fn target_is_installed() -> Result<bool> {
    let folder = text(call("rustc", "--print target-libdir --target").arg(TARGET))?;
    Ok(Path::new(folder.trim()).exists())
}

/// Builds a form. The modules contain no paths of this machine.
fn module(features: &str) -> Result<Vec<u8>> {
    let mut flags = vec!["-Clink-arg=--compress-relocations".to_owned()];
    if !features.is_empty() {
        flags.push(format!("-Ctarget-feature={features}"));
    }
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let registry = cargo_home.or(home).context("cargo's home folder")?;
    let registry = registry.join("registry/src");
    for (folder, name) in [(root(), "."), (&registry, "registry")] {
        flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
    }
    let mut build = cargo(&format!(
        "build --package mnist-web --profile wasm --locked --target {TARGET} --config"
    ));
    // cargo adds these to the flags of `.cargo/config.toml`.
    build.arg(format!("target.{TARGET}.rustflags={flags:?}"));
    start(&mut build)?;
    read(target()?.join(TARGET).join("wasm/mnist_web.wasm"))
}

/// Whether the committed modules were built from the present sources. If not, a finding.
pub(crate) fn finding() -> Result<Option<String>> {
    let (recorded, _) = recorded()?;
    let is_current = recorded == digest()?;
    Ok((!is_current).then(|| {
        format!("{FOLDER}: built from other sources; `cargo xtask wasm` builds the modules again")
    }))
}

/// The SHA-256 of everything that the modules are built from: the names and versions of all packages, the sources of
/// ours, and the settings of the workspace. The compiler is not part of it.
fn digest() -> Result<String> {
    let tree = format!(
        "tree --package mnist-web --target {TARGET} --edges normal --prefix none --no-dedupe --locked"
    );
    let packages = text(&mut cargo(&tree))?;
    let mut packages: Vec<&str> = packages.lines().collect();
    packages.sort_unstable();
    packages.dedup();

    let mut files = vec![root().join(".cargo/config.toml"), root().join("Cargo.toml")];
    let mut hash = Sha256::new();
    for package in packages {
        match folder(package) {
            Some(folder) => {
                files.push(folder.join("Cargo.toml"));
                sources(&folder.join("src"), &mut files)?;
            }
            None => hash.update(format!("{package}\n")),
        }
    }
    files.sort_unstable();
    for file in files {
        let bytes = read(&file)?;
        let name = file.strip_prefix(root()).unwrap_or(&file);
        let name = name.to_string_lossy().replace('\\', "/");
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    }
    Ok(hex(&hash.finalize()))
}

/// The folder of one of our packages, which `cargo tree` prints in brackets at the end of the line.
fn folder(package: &str) -> Option<&Path> {
    let (_, folder) = package.strip_suffix(')')?.split_once(" (")?;
    Some(Path::new(folder)).filter(|folder| folder.is_absolute())
}

/// Adds the Rust files in a folder and its subfolders.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Trains in Node, and compares with the committed results and with a run of the program.
fn check() -> Result<()> {
    let out = fresh("wasm-check")?;
    let run = "run softmax --seeds 0..1 --set epochs=3 --quiet --out";
    quietly(Lab::build()?.command(run).arg(&out))?;
    let mut node = call("node", "xtask/wasm/check.mjs");
    start(node.args([root(), &root().join(FOLDER), &out]))
}
