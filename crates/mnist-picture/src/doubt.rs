//! What makes a reading doubtful.

/// Why a digit that was found may not be the digit that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Lines were taken out of the picture, and perhaps strokes with them.
    #[error("lines were left out, as of ruled or squared paper")]
    Lines,
    /// A ring around a digit was taken out.
    #[error("a ring around the digit was left out")]
    Ring,
    /// A digit has more loops than any digit, or two beside each other.
    #[error("a shape has more loops than a digit")]
    Loops,
    /// A digit reaches the border of the picture.
    #[error("the ink reaches the picture's border and may be cut off")]
    Border,
}
