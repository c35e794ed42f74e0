#![doc = include_str!("../README.md")]

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
