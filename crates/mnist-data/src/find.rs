//! Which of a folder's files are the four.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, checksum, known};

/// The uncompressed names of the four files, for a prefix or as MNIST has them.
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

/// Where file `i` of `names` is, with or without `.gz`, with `-` or `.` before `idx`.
pub(crate) fn find(dir: &Path, names: &[String; 4], i: usize) -> Result<PathBuf, Error> {
    look_for(dir, &names[i]).ok_or_else(|| missing(dir, names, i))
}

/// The first that exists. A folder of the name counts only if there is no such file: archives are often
/// unpacked each into a folder of its own name.
fn look_for(dir: &Path, name: &str) -> Option<PathBuf> {
    // What cannot be looked at counts as existing, so that opening it tells the reason.
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

/// That file `i` is not there; or, if none of the four is, whose files are there instead.
fn missing(dir: &Path, names: &[String; 4], i: usize) -> Error {
    let has = |name: &str| look_for(dir, name).is_some();
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
        found: if dir.is_dir() {
            "neither"
        } else {
            "no such directory"
        },
    }
}
