//! Finds the four files of a data set in a folder.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{Error, checksum, format::FileFormat, known};

/// The uncompressed names of the four files, with a prefix or with MNIST's names.
pub(crate) fn names(prefix: Option<&str>) -> [String; 4] {
    match prefix {
        None => checksum::MNIST.map(|file| file.name.to_owned()),
        Some(prefix) => [
            format!("{prefix}-train-images-idx3-ubyte"),
            format!("{prefix}-train-labels-idx1-ubyte"),
            format!("{prefix}-test-images-idx3-ubyte"),
            format!("{prefix}-test-labels-idx1-ubyte"),
        ],
    }
}

/// The path of file `i` of `names`, with or without `.gz`, with `-` or `.` before `idx`.
pub(crate) fn find(dir: &Path, names: &[String; 4], i: usize) -> Result<PathBuf, Error> {
    let found = match dir.is_file() {
        true => None,
        false => look_for(dir, &names[i]),
    };
    found.ok_or_else(|| missing(dir, names, i))
}

/// The first path that exists. A folder counts only if there is no file, because archives are often unpacked into a
/// folder with the archive's name.
fn look_for(dir: &Path, name: &str) -> Option<PathBuf> {
    // A path that cannot be examined counts as existing, so that opening it reports the reason.
    let exists = |path: &&PathBuf| fs::exists(path).unwrap_or(true);
    let dotted = name.replace("-idx", ".idx");
    let places = [
        format!("{name}.gz"),
        name.to_owned(),
        format!("{dotted}.gz"),
        dotted,
    ];
    let places = places.map(|name| dir.join(name));
    let mut there = places.iter().filter(exists);
    let file = there.clone().find(|path| !path.is_dir());
    file.or_else(|| there.next()).cloned()
}

/// The error for an absent file `i`. If all four are absent, the error names another data set in the folder.
fn missing(dir: &Path, names: &[String; 4], i: usize) -> Error {
    let has = |name: &str| !dir.is_file() && look_for(dir, name).is_some();
    let place = dir.display().to_string();
    if *names == self::names(None) && !names.iter().any(|name| has(name)) {
        let is_here = |(prefix, _): &&(&str, usize)| has(&self::names(Some(prefix))[0]);
        let splits: Vec<_> = known::EMNIST.iter().filter(is_here).copied().collect();
        if !splits.is_empty() {
            return Error::Emnist { dir: place, splits };
        }
        if has("qmnist-train-images-idx3-ubyte") || has("qmnist-test-images-idx3-ubyte") {
            return Error::Qmnist { dir: place };
        }
    }
    Error::Missing {
        dir: place,
        name: names[i].clone(),
        found: instead(dir),
    }
}

/// Describes the content of `dir` if the files are not there, and how to get them.
fn instead(dir: &Path) -> String {
    let first = "train-images-idx3-ubyte";
    if let Some(format) =
        read_start(dir).and_then(|(name, start)| FileFormat::detect(&name, &start))
    {
        return format!("{format}; expected a folder of four files in IDX");
    }
    if !dir.is_dir() {
        return "no such directory".to_owned();
    }
    for inner in ["raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw"] {
        if look_for(&dir.join(inner), first).is_some() {
            return format!("torchvision's folder; name {}", dir.join(inner).display());
        }
    }
    for name in ["mnist.npz", "train.csv", "mnist_train.csv", "archive.zip"] {
        if dir.join(name).exists() {
            return format!("{name}; MNIST's own four files in IDX are needed");
        }
    }
    "neither".to_owned()
}

/// The name and the first bytes of a file at a path that should be a folder.
fn read_start(path: &Path) -> Option<(String, Vec<u8>)> {
    let file = fs::metadata(path)
        .ok()
        .filter(|it| it.is_file())
        .and(fs::File::open(path).ok())?;
    let mut start = Vec::new();
    file.take(FileFormat::PREFIX as u64)
        .read_to_end(&mut start)
        .ok()?;
    Some((path.display().to_string(), start))
}
