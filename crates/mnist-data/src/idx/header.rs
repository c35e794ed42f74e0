//! The header of an IDX file: element type and dimensions.

use std::fmt;

/// The type of the elements of an IDX file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// Unsigned integer, 1 byte.
    U8,
    /// Signed integer, 1 byte.
    I8,
    /// Signed integer, 2 bytes.
    I16,
    /// Signed integer, 4 bytes.
    I32,
    /// IEEE 754 floating point, 4 bytes.
    F32,
    /// IEEE 754 floating point, 8 bytes.
    F64,
}

impl ElementType {
    /// All six types, in the order of their codes.
    pub const ALL: [Self; 6] = [
        Self::U8,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::F32,
        Self::F64,
    ];

    /// The type with this code, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// The type's code, the third byte of the header.
    pub const fn code(self) -> u8 {
        match self {
            Self::U8 => 0x08,
            Self::I8 => 0x09,
            Self::I16 => 0x0B,
            Self::I32 => 0x0C,
            Self::F32 => 0x0D,
            Self::F64 => 0x0E,
        }
    }

    /// The size of an element in bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// The name and the code: `u8 (0x08)`.
impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::F64 => "f64",
        };
        write!(f, "{name} (0x{:02X})", self.code())
    }
}

/// The largest array that a header may declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of dimensions.
    pub dims: usize,
    /// The maximum size of all elements in bytes. Dimensions of zero are not counted, so the product of the others is
    /// within the limit too.
    pub bytes: u64,
}

/// Limits of 4 dimensions and 2³¹ bytes, 45 times the largest file of MNIST.
impl Default for Limits {
    fn default() -> Self {
        Self {
            dims: 4,
            bytes: 1 << 31,
        }
    }
}

/// The header of an IDX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxHeader {
    /// The type of the elements.
    pub element: ElementType,
    /// The length of each dimension, outermost first.
    pub dims: Vec<usize>,
}

impl IdxHeader {
    /// The length of the header in bytes, which is the offset of the first element.
    pub fn len_bytes(&self) -> u64 {
        4 + 4 * self.dims.len() as u64
    }

    /// The length of all elements in bytes; `None` if it exceeds 2⁶⁴ − 1.
    pub fn data_bytes(&self) -> Option<u64> {
        if self.dims.contains(&0) {
            return Some(0);
        }
        self.nonzero_bytes()
    }

    pub(super) fn nonzero_bytes(&self) -> Option<u64> {
        self.dims
            .iter()
            .filter(|&&n| n != 0)
            .try_fold(self.element.size() as u64, |bytes, &n| {
                bytes.checked_mul(n as u64)
            })
    }
}
