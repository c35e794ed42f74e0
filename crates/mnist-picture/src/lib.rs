//! Brings the photograph or scan of one digit to the form of MNIST's pictures.
//!
//! MNIST's digits are white ink on black, scaled with their aspect ratio to fit a box of 20 × 20
//! pixels, and placed in a field of 28 × 28 so that the centre of mass lies at its centre, on the
//! pixel (14, 14) counted from 0 (LeCun et al., 1998). A network trained on them reads nothing else.
//!
//! ```text
//! bytes ─ decode, turn upright, alpha over white, grey ─► grey picture
//!       ─ background from the border, |difference|     ─► ink, bright on black
//!       ─ Otsu's threshold, bounding box               ─► crop
//!       ─ scale to 20 × 20, stretch the contrast       ─► box
//!       ─ centre of mass to (14, 14)                   ─► 28 × 28
//! ```
//!
//! # Example
//! ```
//! // A vertical stroke on paper, as a scan of 60 × 60 pixels.
//! let scan = mnist_picture::GrayImage::from_fn(60, 60, |x, y| {
//!     let ink = (28..33).contains(&x) && (10..50).contains(&y);
//!     [if ink { 40 } else { 220 }].into()
//! });
//! let picture = mnist_picture::to_mnist(&scan)?;
//! assert_eq!(picture.len(), 28 * 28);
//! assert!(picture[14 * 28 + 14] > 200 && picture[0] == 0);
//! # Ok::<(), mnist_picture::PictureError>(())
//! ```

mod decode;
mod error;
mod form;

pub use error::PictureError;
pub use form::{PIXELS, SIDE, to_mnist};
pub use image::GrayImage;

/// Decodes a PNG or JPEG, told by its content, and brings it to MNIST's form: 28 × 28 row by row,
/// 0 for background and 255 for ink.
///
/// # Errors
/// [`PictureError`] where the bytes are no such image, or as [`to_mnist`].
pub fn from_bytes(bytes: &[u8]) -> Result<[u8; PIXELS], PictureError> {
    to_mnist(&decode::grey(bytes)?)
}

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
