//! Why a picture is refused.

/// Greatest width and height accepted, in pixels.
pub(crate) const MAX_SIDE: u32 = 10_000;

/// Least difference between ink and background, in grey levels; the noise of a blank scan and the
/// artefacts of its JPEG stay below.
pub(crate) const MIN_CONTRAST: u8 = 24;

/// Why a picture could not be brought to MNIST's form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The bytes are of no known kind.
    #[error("neither a PNG nor a JPEG image")]
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
    /// Nothing stands out from the background.
    #[error(
        "no ink found: no pixel differs from the background by {MIN_CONTRAST} grey levels, \
         the greatest difference is {contrast}"
    )]
    NoInk {
        /// Greatest difference from the background, in grey levels.
        contrast: u8,
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
