//! The data set that a suite's printed numbers are about.

use mnist_data::known::{KnownSet, SETS};
use serde::{Deserialize, Serialize};

use crate::store::DataFile;

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

/// The name of the data set with these files, as text.
pub(crate) fn name(files: &[DataFile]) -> &'static str {
    known(files).map_or("another data set", |set| set.name)
}

fn known(files: &[DataFile]) -> Option<&'static KnownSet> {
    let sums: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    KnownSet::of_uncompressed(&sums)
}
