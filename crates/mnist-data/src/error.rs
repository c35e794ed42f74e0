//! Errors in data sets, each with the file, the offset, and the expected and found values.

use std::io;

use crate::{checksum::Published, content::Content, format::FileFormat, idx::IdxError, known};

/// An error in a data set. Every message is one line.
///
/// Offsets count the bytes of the uncompressed file from 0. Messages include their causes, so
/// [`source`](std::error::Error::source) returns none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the data set is absent, both compressed and uncompressed.
    #[error("{dir}: expected {name}.gz or {name}, found {found}")]
    Missing {
        /// The folder that was searched.
        dir: String,
        /// The file's name without `.gz`.
        name: String,
        /// A description of the folder's content.
        found: String,
    },

    /// A file exists but cannot be opened.
    #[error("{file}: cannot read: {error}")]
    Open {
        /// The file.
        file: String,
        /// The system's reason.
        error: io::Error,
    },

    /// A file is not in IDX format, or has another length than the header declares.
    #[error("{file}: {problem}")]
    Idx {
        /// The file.
        file: String,
        /// The problem.
        problem: IdxError,
    },

    /// A file is in another format.
    #[error("{file}: expected an IDX file, found {found}")]
    Foreign {
        /// The file.
        file: String,
        /// Its format.
        found: FileFormat,
    },

    /// A gzip file is truncated.
    #[error(
        "{file}: byte {offset} (uncompressed): expected more gzip data, \
         found the end of the file (truncated gzip)"
    )]
    GzipTruncated {
        /// The file.
        file: String,
        /// Bytes that could be uncompressed.
        offset: u64,
    },

    /// A gzip file cannot be decompressed, or its checksum does not match.
    #[error("{file}: byte {offset} (uncompressed): expected valid gzip data, found: {error}")]
    Gzip {
        /// The file.
        file: String,
        /// Bytes that could be uncompressed.
        offset: u64,
        /// The decompressor's reason.
        error: io::Error,
    },

    /// A file has the wrong number of dimensions, for example because images and labels are interchanged.
    #[error(
        "{file}: byte 3: expected {expected} ({}-dimensional), found {} ({found}-dimensional)",
        .expected.dims(), Content::describe(*.found)
    )]
    Content {
        /// The file.
        file: String,
        /// The expected content.
        expected: Content,
        /// The number of dimensions in its header.
        found: usize,
    },

    /// A folder has files of EMNIST instead of MNIST.
    #[error(
        "{dir}: expected train-images-idx3-ubyte and three more, found EMNIST: {}",
        list(splits)
    )]
    Emnist {
        /// The folder that was searched.
        dir: String,
        /// The file name prefix of each split, for [`OpenOptions::prefix`](crate::OpenOptions::prefix), and its
        /// number of classes.
        splits: Vec<(&'static str, usize)>,
    },

    /// A folder has files of QMNIST instead of MNIST.
    #[error(
        "{dir}: expected train-images-idx3-ubyte and three more, found QMNIST; its labels \
         (idx2-int, eight numbers per image) are not read; docs/src/experiment.md has a script that converts them"
    )]
    Qmnist {
        /// The folder that was searched.
        dir: String,
    },

    /// A file differs from the published file, or belongs to another set than an earlier file.
    #[error(
        "{file}: expected SHA-256 {} ({set}'s {}), found {found} (uncompressed, of {})",
        .expected.sha256, .expected.name, .found_set.unwrap_or("an unknown set")
    )]
    Checksum {
        /// The file.
        file: String,
        /// The set that the file should belong to.
        set: &'static str,
        /// The file of that set.
        expected: Published,
        /// The SHA-256 of the uncompressed bytes read.
        found: String,
        /// The known set that the file belongs to, if any.
        found_set: Option<&'static str>,
    },

    /// None of the four files belongs to a known set.
    #[error("{file}: expected a file of {}, found SHA-256 {found}", known_sets())]
    UnknownSet {
        /// The first file.
        file: String,
        /// The SHA-256 of the uncompressed bytes read.
        found: String,
    },

    /// A label in a file is not below the number of classes.
    #[error(
        "{file}: byte {offset}: expected a label in 0..{classes}, found {label} as label {index}"
    )]
    FileLabel {
        /// The file.
        file: String,
        /// The label's offset in the file.
        offset: u64,
        /// The label's position among the labels, from 0.
        index: usize,
        /// The label.
        label: u8,
        /// The number of classes.
        classes: usize,
    },

    /// A file of images and its file of labels have different lengths.
    #[error(
        "{labels_file}: expected {images} labels, one for each image of {images_file}, found {labels}"
    )]
    FileCounts {
        /// The file of the images.
        images_file: String,
        /// The number of images in it.
        images: usize,
        /// The file of the labels.
        labels_file: String,
        /// The number of labels in it.
        labels: usize,
    },

    /// Training and test images differ in size.
    #[error(
        "{test_file}: expected images of {} x {} pixels as in {train_file}, found {} x {}",
        .train.0, .train.1, .test.0, .test.1
    )]
    FileImageSize {
        /// The file of the training images.
        train_file: String,
        /// Rows and columns of the training images.
        train: (usize, usize),
        /// The file of the test images.
        test_file: String,
        /// Rows and columns of the test images.
        test: (usize, usize),
    },

    /// The number of bytes does not match the number and size of the images.
    #[error("images: expected {count} x {rows} x {cols} pixels, found {found}")]
    PixelCount {
        /// Number of images.
        count: usize,
        /// Rows of each.
        rows: usize,
        /// Columns of each.
        cols: usize,
        /// Number of bytes given.
        found: usize,
    },

    /// Images and labels differ in number.
    #[error("labels: expected {images}, one for each image, found {labels}")]
    Counts {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },

    /// The number of classes is 0 or above 256.
    #[error("classes: expected 1 to 256, found {found}")]
    Classes {
        /// The number given.
        found: usize,
    },

    /// A label is not below the number of classes.
    #[error("label {index}: expected a value in 0..{classes}, found {label}")]
    Label {
        /// The label's position, from 0.
        index: usize,
        /// The label.
        label: u8,
        /// The number of classes.
        classes: usize,
    },

    /// A row of a matrix is not a one-hot code.
    #[error(
        "row {row}: expected a single 1 among zeros, found {ones} ones and {others} other values that are not 0"
    )]
    OneHot {
        /// The row, from 0.
        row: usize,
        /// The number of ones in the row.
        ones: usize,
        /// The number of entries that are neither 0 nor 1.
        others: usize,
    },

    /// A row of probabilities or logits contains NaN.
    #[error("row {row}: expected numbers, found a NaN")]
    NotANumber {
        /// The row, from 0.
        row: usize,
    },

    /// A validation ratio is not between 0 and 1.
    #[error("validation ratio: expected a number between 0 and 1, both excluded, found {found}")]
    Ratio {
        /// The ratio given.
        found: f64,
    },

    /// A split would leave a part empty.
    #[error(
        "split: expected a validation part of 1 to {} of {total} images, found {validation}",
        .total.saturating_sub(1)
    )]
    EmptyPart {
        /// Number of images to be split.
        total: usize,
        /// The requested number of validation images.
        validation: usize,
    },

    /// There are more images than an index of 32 bits can number.
    #[error("split: expected at most {} images, found {total}", u32::MAX)]
    TooMany {
        /// Number of images to be split.
        total: usize,
    },

    /// There are no training images to fit a normalisation to.
    #[error("normalisation {normalization}: expected at least one training image, found none")]
    NoTrainingImages {
        /// The normalisation's name.
        normalization: &'static str,
    },

    /// An unknown normalisation.
    #[error("unknown normalisation `{found}`; expected per-image, global, per-pixel, unit or none")]
    NormalizeName {
        /// The name given.
        found: String,
    },
}

/// The splits in words: `emnist-letters (27 classes), emnist-digits (10 classes)`.
fn list(splits: &[(&str, usize)]) -> String {
    let split = |(prefix, classes): &(&str, usize)| format!("{prefix} ({classes} classes)");
    splits.iter().map(split).collect::<Vec<_>>().join(", ")
}

/// The known sets in words: `MNIST, Fashion-MNIST or KMNIST`.
fn known_sets() -> String {
    let [others @ .., last] = known::SETS.map(|set| set.name);
    format!("{} or {last}", others.join(", "))
}
