//! The content of a file: images or labels.

use std::fmt;

/// The expected content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Images, with the dimensions count, rows, columns.
    Images,
    /// Labels, with the dimension count.
    Labels,
}

impl Content {
    /// The number of dimensions: 3 for images, 1 for labels.
    pub const fn dims(self) -> usize {
        match self {
            Self::Images => 3,
            Self::Labels => 1,
        }
    }

    pub(crate) const fn describe(dims: usize) -> &'static str {
        match dims {
            1 => "labels",
            3 => "images",
            _ => "neither images nor labels",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::describe(self.dims()))
    }
}
