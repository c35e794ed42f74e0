//! Why a picture is refused.

/// Greatest width and height accepted, in pixels.
pub(crate) const MAX_SIDE: u32 = 10_000;

/// Why a picture could not be brought to MNIST's form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The bytes are of no known kind.
    #[error("neither a PNG, a JPEG, a BMP nor a WebP image")]
    Format,
    /// The picture has more pixels than are accepted.
    #[error(
        "the image has {width} × {height} pixels, more than {MAX_SIDE} × {MAX_SIDE} are not read"
    )]
    TooLarge {
        /// Width the header states, in pixels.
        width: u32,
        /// Height the header states, in pixels.
        height: u32,
    },
    /// The end of a JPEG is missing; its decoder would fill up what is not there.
    #[error("the JPEG is cut short: no end marker follows its last scan")]
    CutShort,
    /// The picture is damaged, cut short or needs too much memory.
    #[error("decoding the image: {}", one_line(.0))]
    Decode(image::ImageError),
    /// Nothing stands out from the background as strokes would.
    #[error("no digit found: no strokes stand out from the background and its noise")]
    NoDigit,
    /// The ink is in pieces of about one size, apart from each other.
    #[error("more than one digit? there are {found} pieces of ink apart from each other")]
    SeveralDigits {
        /// How many.
        found: usize,
    },
}

/// By hand, since a derived one would make the error its own cause and so be said twice.
impl From<image::ImageError> for PictureError {
    fn from(error: image::ImageError) -> Self {
        Self::Decode(error)
    }
}

/// The decoders end some of their messages with a line break.
fn one_line(error: &image::ImageError) -> String {
    error
        .to_string()
        // Some hold the two characters, not a line break.
        .replace("\\n", " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
