// The README's example is a test and needs the feature `bundled`.
#![cfg_attr(any(feature = "bundled", not(doctest)), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// Appears in this crate's signatures.
pub use ndarray;
/// Appears in this crate's signatures.
pub use rand;

pub mod checksum;
mod content;
mod dataset;
mod error;
mod find;
pub mod format;
mod gunzip;
pub mod idx;
mod images;
pub mod known;
mod normalize;
pub mod one_hot;
pub mod source;
mod split;

pub use dataset::{Checksums, Dataset, FileDigest, OpenOptions};
pub use error::Error;
pub use images::{Images, LabelledImages};
pub use normalize::{Normalize, Normalizer};
pub use split::{Order, Part, Split};
