//! The files of a data set, and the data set that a suite's printed numbers are about.

use mnist_data::Dataset;
use mnist_data::known::{KnownSet, SETS};
use serde::{Deserialize, Serialize};

/// The data set that runs must use to be compared with the paper's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataSet {
    /// MNIST, by the SHA-256 of its files.
    #[default]
    #[serde(rename = "MNIST")]
    Mnist,
    /// Any data set.
    #[serde(rename = "any")]
    Any,
}

impl DataSet {
    /// Whether these files are those of the data set.
    pub fn has(self, files: &[DataFile]) -> bool {
        self == Self::Any || known(files) == Some(&SETS[0])
    }
}

/// The name of a data file, and the SHA-256 of its uncompressed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// The name without folder and `.gz`.
    pub name: String,
    /// The SHA-256, in hexadecimal.
    pub sha256: String,
}

/// The names and checksums of a data set's files.
pub fn data_files(dataset: &Dataset) -> Vec<DataFile> {
    let files = dataset.digests().iter().map(|file| DataFile {
        name: file.name.clone(),
        sha256: file.sha256.clone(),
    });
    files.collect()
}

/// The name of the data set with these files, as text.
pub(crate) fn name(files: &[DataFile]) -> &'static str {
    known(files).map_or("another data set", |set| set.name)
}

fn known(files: &[DataFile]) -> Option<&'static KnownSet> {
    let sums: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    KnownSet::of_uncompressed(&sums)
}
