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

/// Where torchvision puts the files of a data set, below its `root` or the folder of the set.
const TORCHVISION: [&str; 6] = [
    "raw",
    "MNIST/raw",
    "FashionMNIST/raw",
    "KMNIST/raw",
    "EMNIST/raw",
    "QMNIST/raw",
];

/// How to use MNIST and other sets that are not in IDX.
const CONVERT: &str = "MNIST itself is built in (feature `bundled`), \
                       and docs/src/experiment.md has a script that converts CSV, npz and QMNIST";

/// The folder of the files: `dir`, or if none of the files is there, the only folder of torchvision's in `dir` that has
/// the training images.
pub(crate) fn folder(dir: &Path, names: &[String; 4]) -> PathBuf {
    let is_here = names.iter().any(|name| has(dir, name));
    match torchvision(dir, &names[0]).as_slice() {
        [only] if !is_here => only.clone(),
        _ => dir.to_owned(),
    }
}

/// The folders of torchvision's in `dir` that have this file.
fn torchvision(dir: &Path, name: &str) -> Vec<PathBuf> {
    let folders = TORCHVISION.map(|inner| dir.join(inner)).into_iter();
    folders.filter(|folder| has(folder, name)).collect()
}

fn has(dir: &Path, name: &str) -> bool {
    dir.is_dir() && look_for(dir, name).is_some()
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
    let has = |name: &str| has(dir, name) || !torchvision(dir, name).is_empty();
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
    if let Some(format) =
        read_start(dir).and_then(|(name, start)| FileFormat::detect(&name, &start))
    {
        let convert = match format {
            FileFormat::Npz => format!("; {CONVERT}"),
            _ => String::new(),
        };
        return format!("{format}; expected a folder of four files in IDX{convert}");
    }
    if !dir.is_dir() {
        return "no such directory".to_owned();
    }
    let folders = torchvision(dir, &names(None)[0]);
    if folders.len() > 1 {
        let folders: Vec<_> = folders.iter().map(|it| it.display().to_string()).collect();
        return format!("several data sets; name one of {}", folders.join(", "));
    }
    for name in ["mnist.npz", "train.csv", "mnist_train.csv"] {
        if dir.join(name).exists() {
            return format!("{name}, which is not in IDX; {CONVERT}");
        }
    }
    if dir.join("archive.zip").exists() {
        return "archive.zip; unpack it first".to_owned();
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
