//! Errors in IDX data.

use std::io;

use super::header::ElementType;

/// An error in IDX data. Offsets count from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// Reading failed.
    #[error("byte {offset}: cannot read on: {error}")]
    Io {
        /// The number of bytes read before.
        offset: u64,
        /// The reader's reason.
        error: io::Error,
    },

    /// The file is empty.
    #[error("byte 0: expected an IDX header, found an empty file")]
    Empty,

    /// The file does not begin with two zero bytes.
    #[error(
        "byte 0: expected the two zero bytes of the IDX magic number, found \"{}\"",
        .found.escape_ascii()
    )]
    Magic {
        /// The first four bytes.
        found: [u8; 4],
    },

    /// The third byte is not an element type.
    #[error("byte 2: expected an IDX element type (0x08, 0x09, 0x0B to 0x0E), found 0x{found:02X}")]
    UnknownElement {
        /// The third byte.
        found: u8,
    },

    /// The elements have another type than expected.
    #[error("byte 2: expected element type {expected}, found {found}")]
    Element {
        /// The expected type.
        expected: ElementType,
        /// The type in the header.
        found: ElementType,
    },

    /// The header declares more dimensions than [`Limits::dims`](super::Limits::dims).
    #[error("byte 3: expected at most {limit} dimensions, found {found}")]
    TooManyDims {
        /// The limit.
        limit: usize,
        /// The number in the header.
        found: usize,
    },

    /// The header declares more bytes of elements than [`Limits::bytes`](super::Limits::bytes).
    #[error(
        "byte 4: expected dimensions of at most {limit} bytes in all, found {dims:?} of {element}"
    )]
    TooLarge {
        /// The limit.
        limit: u64,
        /// The dimensions in the header.
        dims: Vec<usize>,
        /// The element type in the header.
        element: ElementType,
    },

    /// The file ends within its header.
    #[error(
        "byte {found}: expected a header of {expected} bytes, found the end of the file after {found}"
    )]
    HeaderTruncated {
        /// The length of the header.
        expected: u64,
        /// Length of the file.
        found: u64,
    },

    /// The file is shorter than its header declares.
    #[error(
        "byte {found}: expected {expected} bytes as the header declares, \
         found the end of the file after {found}"
    )]
    Truncated {
        /// Declared length of the file, header included.
        expected: u64,
        /// Length of the file.
        found: u64,
    },

    /// The file is longer than its header declares.
    #[error(
        "byte {expected}: expected the end of the file, as the header declares {expected} bytes, \
         found more bytes"
    )]
    Trailing {
        /// Declared length of the file, header included.
        expected: u64,
    },
}
