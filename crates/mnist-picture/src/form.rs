//! From a grey picture to fields of 28 × 28.

use image::GrayImage;

use crate::error::PictureError;
use crate::field::{self, PIXELS};
use crate::paper;
use crate::pieces::{self, LEAST};

/// Brings a grey picture of one digit, dark on light or light on dark, to MNIST's form: 28 × 28
/// row by row, 0 for background and 255 for ink.
///
/// A picture already in that form is only centred, since scaling would blur it.
///
/// # Errors
/// [`PictureError::NoDigit`] where nothing stands out from the background as strokes would, and
/// [`PictureError::SeveralDigits`] where the ink is in pieces of about one size, apart from each other.
pub fn to_mnist(grey: &GrayImage) -> Result<[u8; PIXELS], PictureError> {
    match split(grey)?[..] {
        [digit] => Ok(digit),
        ref several => Err(PictureError::SeveralDigits {
            found: several.len(),
        }),
    }
}

/// Brings each digit of a row to MNIST's form as [`to_mnist`], from left to right; at least one.
///
/// # Errors
/// [`PictureError::NoDigit`].
pub fn split(grey: &GrayImage) -> Result<Vec<[u8; PIXELS]>, PictureError> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    if width * height == 0 || width.max(height) < LEAST {
        return Err(PictureError::NoDigit);
    }
    if let Some(digit) = field::as_it_is(grey, width, height) {
        return Ok(vec![digit]);
    }
    let ink = paper::ink(grey, width, height);
    let pieces = pieces::pieces(&ink);
    match pieces.digits.len() {
        0 => Err(PictureError::NoDigit),
        _ => Ok(pieces
            .digits
            .iter()
            .map(|digit| field::field(&ink, &pieces, digit))
            .collect()),
    }
}
