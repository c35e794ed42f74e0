//! Small data sets, complete and damaged.

// each test program uses some of it
#![allow(dead_code, unreachable_pub)]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use mnist_data::{Checksums, Dataset, OpenOptions};
use tempfile::TempDir;

pub const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The folder of the real MNIST.
pub fn mnist_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data")
}

/// The bytes of an IDX file.
pub fn idx(element: u8, dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, element, u8::try_from(dims.len()).unwrap()];
    file.extend(dims.iter().flat_map(|n| n.to_be_bytes()));
    file.extend(data);
    file
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The four files of a data set with 3 training and 2 test images of 2 x 2 pixels.
pub fn small_files() -> [Vec<u8>; 4] {
    [
        idx(8, &[3, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        idx(8, &[3], &[0, 9, 1]),
        idx(8, &[2, 2, 2], &[21, 22, 23, 24, 25, 26, 27, 28]),
        idx(8, &[2], &[3, 4]),
    ]
}

/// A temporary folder with the small data set, uncompressed.
pub fn small_dir() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in NAMES.iter().zip(small_files()) {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

pub fn unchecked() -> OpenOptions {
    OpenOptions {
        checksums: Checksums::Off,
        ..OpenOptions::default()
    }
}

/// The error message of opening a data set: one line, without the folder's name at the beginning.
pub fn failure(dir: &Path, options: &OpenOptions) -> String {
    let message = Dataset::open(dir, options).unwrap_err().to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    let dir = dir.display().to_string();
    let place = message
        .strip_prefix(&dir)
        .unwrap_or_else(|| panic!("names no file: {message}"));
    place.trim_start_matches('/').to_owned()
}
