//! Reasons to doubt a reading.

/// A class with a lower probability is uncertain.
pub const UNSURE: f64 = 0.9;

/// A reason why the digit that was found may differ from the digit that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Lines were removed from the picture, and perhaps strokes with them.
    #[error("lines were left out, as of ruled or squared paper")]
    Lines,
    /// A ring around a digit was removed.
    #[error("a ring around the digit was left out")]
    Ring,
    /// A shape has more loops than any digit, two beside each other, or one as between a ring and a digit.
    #[error("a shape has other loops than a digit")]
    Loops,
    /// A shape fills its bounds as a blot or a box does.
    #[error("a shape is fuller than a digit")]
    Full,
    /// A digit reaches the border of the picture.
    #[error("the ink reaches the picture's border and may be cut off")]
    Border,
}
