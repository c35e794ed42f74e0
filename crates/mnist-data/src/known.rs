//! Data sets in MNIST's format that are recognised by their checksums, and the names of their classes.
//!
//! EMNIST and QMNIST are recognised only by their file names. For EMNIST, only the archive of all files has a published
//! SHA-256. For QMNIST, only MD5 checksums are published.

use crate::{
    Error,
    checksum::{self, Published},
};

/// A data set with published SHA-256 checksums.
///
/// ```
/// use mnist_data::known::KnownSet;
///
/// let fashion = KnownSet::named("Fashion-MNIST").expect("it is known");
/// assert_eq!(fashion.class_names.expect("they are words")[9], "Ankle boot");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSet {
    /// The data set's usual name.
    pub name: &'static str,
    /// The files: training images and labels, test images and labels.
    pub files: [Published; 4],
    /// What an image shows, with its article.
    pub item: &'static str,
    /// The names of the classes, class 0 first; `None` if the classes are digits.
    pub class_names: Option<&'static [&'static str]>,
}

/// All data sets that are recognised by their checksums, MNIST first.
pub static SETS: [KnownSet; 3] = [
    KnownSet {
        name: "MNIST",
        files: checksum::MNIST,
        item: "a digit",
        class_names: None,
    },
    KnownSet {
        name: "Fashion-MNIST",
        files: checksum::FASHION_MNIST,
        item: "a piece of clothing",
        class_names: Some(&[
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ]),
    },
    KnownSet {
        name: "KMNIST",
        files: checksum::KMNIST,
        item: "a hiragana character",
        class_names: Some(&["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]),
    },
];

impl KnownSet {
    /// MNIST.
    pub(crate) fn mnist() -> &'static Self {
        &SETS[0]
    }

    /// The known set with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETS.iter().find(|set| set.name == name)
    }

    /// The known set whose uncompressed files have these SHA-256, in the order of [`files`](Self::files). KMNIST is not
    /// found, because only the checksums of its compressed files are published.
    pub fn of_uncompressed(sums: &[&str]) -> Option<&'static Self> {
        SETS.iter().find(|set| {
            let files = set.files.iter().filter(|file| !file.is_gzip());
            files.map(|file| file.sha256).eq(sums.iter().copied())
        })
    }

    /// The known set whose file `i` has this SHA-256, uncompressed or as stored. The checksum of the stored file is
    /// computed only if a known set has a compressed file `i` of this length.
    pub(crate) fn of_file(
        i: usize,
        sha256: &str,
        stored_bytes: u64,
        stored_sum: impl FnOnce() -> Result<String, Error>,
    ) -> Result<Option<&'static Self>, Error> {
        let with_sum = |sha256: &str| SETS.iter().find(|set| set.files[i].sha256 == sha256);
        let mut files = SETS.iter().map(|set| &set.files[i]);
        match with_sum(sha256) {
            None if files.any(|file| file.is_gzip() && file.bytes == stored_bytes) => {
                Ok(with_sum(&stored_sum()?))
            }
            set => Ok(set),
        }
    }
}

/// The name of a class, or its number if it has no name.
///
/// ```
/// use mnist_data::known::class_name;
///
/// assert_eq!(class_name(Some(&["o", "ki"]), 1), "ki");
/// assert_eq!(class_name(None, 1), "1");
/// ```
pub fn class_name(names: Option<&[&str]>, class: u8) -> String {
    let name = names.and_then(|names| names.get(usize::from(class)));
    name.map_or_else(|| class.to_string(), ToString::to_string)
}

/// The file name prefixes of EMNIST's splits, each with its number of classes. Letters are labelled 1 to 26, so class 0
/// is empty.
pub(crate) const EMNIST: [(&str, usize); 6] = [
    ("emnist-byclass", 62),
    ("emnist-bymerge", 47),
    ("emnist-balanced", 47),
    ("emnist-letters", 27),
    ("emnist-digits", 10),
    ("emnist-mnist", 10),
];

/// Whether files with this prefix store each image column by column, as EMNIST's files do.
pub(crate) fn is_column_by_column(prefix: &str) -> bool {
    let start = prefix.get(.."emnist".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case("emnist"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sum_tells_its_set_and_its_file() {
        // The set of a file with this SHA-256 uncompressed, and with this length and SHA-256 as stored.
        let found = |i, sum: &str, bytes, stored: &str| {
            KnownSet::of_file(i, sum, bytes, || Ok(stored.to_owned())).unwrap()
        };
        for set in &SETS {
            for (i, file) in set.files.iter().enumerate() {
                assert_eq!(file.sha256.len(), 64);
                assert_eq!(found(i, file.sha256, 0, ""), Some(set));
                assert_eq!(found((i + 1) % 4, file.sha256, 0, ""), None);
                let stored = found(i, "", file.bytes, file.sha256);
                assert_eq!(stored, file.is_gzip().then_some(set));
                assert_eq!(found(i, "", file.bytes + 1, file.sha256), None);
            }
            assert_eq!(KnownSet::named(set.name), Some(set));
            assert!(set.class_names.is_none_or(|names| names.len() == 10));
        }
        assert_eq!(KnownSet::named("EMNIST"), None);
    }

    #[test]
    fn a_class_without_name_is_a_number() {
        let boots = KnownSet::named("Fashion-MNIST").unwrap().class_names;
        assert_eq!(class_name(boots, 0), "T-shirt/top");
        assert_eq!(class_name(boots, 10), "10");
        assert_eq!(class_name(KnownSet::mnist().class_names, 7), "7");
    }
}
