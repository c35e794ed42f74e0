#![doc = include_str!("../README.md")]

mod decode;
mod doubt;
mod error;
mod field;
mod form;
mod frame;
mod page;
mod paper;
mod pieces;
mod plane;
mod rows;
mod strokes;

pub use decode::decode;
pub use doubt::{Doubt, UNSURE};
pub use error::PictureError;
pub use field::{PIXELS, SIDE};
pub use form::{Digits, split, to_mnist};
pub use image::GrayImage;

/// The same preparation as a script for browsers and Node, which defines `MnistPicture`. `prepare(grey, width, height)`
/// takes grey levels row by row. It returns `{ pixels, doubts }`, with the 784 bytes of [`to_mnist`], or `{ problem }`,
/// which is `"no-digit"` or `"several-digits"`.
pub const PREPARE_JS: &str = include_str!("prepare.js");

/// Decodes a PNG, JPEG, BMP or WebP file, and converts it to MNIST's form: 28 × 28 pixels row by row, 0 for background
/// and 255 for ink. The content decides the format.
///
/// # Errors
/// The bytes are in another format, or as [`to_mnist`].
pub fn from_bytes(bytes: &[u8]) -> Result<[u8; PIXELS], PictureError> {
    to_mnist(&decode(bytes)?)
}
