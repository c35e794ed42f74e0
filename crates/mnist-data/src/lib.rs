//! Reads MNIST, and any data set in its format, from the bytes of its files to matrices of numbers.
//!
//! The bytes go one way:
//!
//! ```text
//! file ─► source ─► idx ─► Images + labels ─► Split ─► Normalize ─► matrix
//!         gzip or   header,   u8, checked       indices   affine,      f32 or f64
//!         raw       length                                fitted on
//!         SHA-256                                         training
//! ```
//!
//! # Vocabulary
//!
//! | word | meaning |
//! |---|---|
//! | *IDX* | the file format of MNIST: element type, dimensions, then the elements, big-endian ([`idx`]) |
//! | *image* | `rows * cols` bytes, row by row; 0 is background, 255 is ink |
//! | *label* | the class of an image, a byte in `0..classes` |
//! | *training part*, *test part* | the two halves of a data set as published ([`Dataset`]) |
//! | *validation part* | images set aside from the training part ([`Split`]) |
//! | *offset* | in an error: the position in the **uncompressed** file, in bytes from 0 |
//!
//! # Example
//!
//! ```
//! use mnist_data::{Dataset, Normalize, OpenOptions, Order, Part, Split, one_hot};
//! use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
//!
//! # fn main() -> Result<(), mnist_data::Error> {
//! # let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data");
//! let mnist = Dataset::open(dir, &OpenOptions::default())?;
//! assert_eq!(mnist.train().len(), 60_000);
//!
//! let split = Split { part: Part::Ratio(0.2), order: Order::Random };
//! let mut rng = ChaCha8Rng::seed_from_u64(0);
//! let (train, validation) = split.indices(mnist.train().len(), &mut rng)?;
//! assert_eq!((train.len(), validation.len()), (48_000, 12_000));
//!
//! let images = mnist.train().images();
//! let normalizer = Normalize::PerImage.fit(images, &train);
//! let x = normalizer.transform_rows::<f32>(images, &validation);
//! assert_eq!(x.dim(), (12_000, 784));
//!
//! let y = one_hot::encode::<f32>(&mnist.train().labels()[..5], mnist.classes())?;
//! assert_eq!(one_hot::decode(y.view())?, [5, 0, 4, 1, 9]);
//! # Ok(())
//! # }
//! ```
//!
//! # Deliberately absent
//!
//! No printing, no clock, no network: this crate neither downloads a file nor says what it is doing.
//! No random state either: whoever splits brings the generator, or a seed.
//!
//! # Features
//!
//! `bundled` compiles the four files of MNIST (11 MB) into the library, for `Dataset::bundled`.

/// Appears in this crate's signatures.
pub use ndarray;
/// Appears in this crate's signatures.
pub use rand;

pub mod checksum;
mod content;
mod dataset;
mod error;
pub mod idx;
mod images;
mod normalize;
pub mod one_hot;
pub mod source;
mod split;

pub use dataset::{Checksums, Dataset, FileDigest, OpenOptions};
pub use error::Error;
pub use images::{Images, LabelledImages};
pub use normalize::{Normalize, Normalizer};
pub use split::{Order, Part, Split};

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
