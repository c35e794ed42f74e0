//! Errors in pictures.

/// The maximum width and height, in pixels.
pub(crate) const MAX_SIDE: u32 = 10_000;

/// An error in converting a picture to MNIST's form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The bytes are in no known format.
    #[error("neither a PNG, a JPEG, a BMP nor a WebP image; convert it to PNG")]
    Format,
    /// The picture is too large.
    #[error(
        "the image has {width} × {height} pixels; expected at most {MAX_SIDE} × {MAX_SIDE}; shrink or crop it"
    )]
    TooLarge {
        /// The width in the header, in pixels.
        width: u32,
        /// The height in the header, in pixels.
        height: u32,
    },
    /// The end of a JPEG is missing, which the decoder would not report.
    #[error("the JPEG is cut short: no end marker follows its last scan")]
    CutShort,
    /// The picture is damaged or truncated, or needs too much memory.
    #[error("decoding the image: {}", one_line(.0))]
    Decode(image::ImageError),
    /// No strokes were found.
    #[error(
        "no digit found: nothing of a digit's form stands out from the background and its noise"
    )]
    NoDigit,
    /// There are several pieces of ink of similar size.
    #[error("more than one digit? there are {found} pieces of ink apart from each other")]
    SeveralDigits {
        /// The number of digits found.
        found: usize,
    },
}

/// Written by hand, because a derived conversion would print the error twice, as message and as cause.
impl From<image::ImageError> for PictureError {
    fn from(error: image::ImageError) -> Self {
        Self::Decode(error)
    }
}

/// The decoders end some of their messages with a line break.
fn one_line(error: &image::ImageError) -> String {
    error
        .to_string()
        // Some messages contain the two characters `\n`, not a line break.
        .replace("\\n", " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
