//! Converts a grey picture to fields of 28 × 28 pixels.

use image::GrayImage;

use crate::doubt::Doubt;
use crate::error::PictureError;
use crate::field::{self, PIXELS};
use crate::page::page;
use crate::paper;
use crate::pieces;
use crate::plane::Grey;
use crate::rows::rows;
use crate::strokes::LEAST;

/// A page may show a smaller page, as a photograph of a screen does.
const PAGES: usize = 3;

/// The digits of a picture in MNIST's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// The rows from top to bottom, each with its digits from left to right. There is at least one digit.
    pub rows: Vec<Vec<[u8; PIXELS]>>,
    /// The reasons to doubt that these are the digits that were written, each once.
    pub doubts: Vec<Doubt>,
}

/// Converts a grey picture of one digit, dark on light or light on dark, to MNIST's form: 28 × 28 pixels row by row, 0
/// for background and 255 for ink. [`split`] also returns doubts.
///
/// A picture already in that form is only centred, since scaling would blur it.
///
/// # Errors
/// As [`split`], and [`PictureError::SeveralDigits`] for more than one digit.
pub fn to_mnist(grey: &GrayImage) -> Result<[u8; PIXELS], PictureError> {
    split(grey)?.single()
}

impl Digits {
    /// The digit, if there is only one.
    ///
    /// # Errors
    /// [`PictureError::SeveralDigits`].
    pub fn single(&self) -> Result<[u8; PIXELS], PictureError> {
        match self.rows.concat()[..] {
            [digit] => Ok(digit),
            ref several => Err(PictureError::SeveralDigits {
                found: several.len(),
            }),
        }
    }
}

/// Converts each digit of a picture to MNIST's form, as [`to_mnist`] does for one digit.
///
/// ```
/// use mnist_picture::{GrayImage, split};
///
/// // Two strokes of a pen, far apart.
/// let is_ink = |x, y| (20..100).contains(&y) && ((30..36).contains(&x) || (120..126).contains(&x));
/// let page = GrayImage::from_fn(160, 120, |x, y| [if is_ink(x, y) { 30 } else { 230 }].into());
/// let digits = split(&page)?;
/// assert_eq!(digits.rows.len(), 1);
/// assert_eq!(digits.rows[0].len(), 2);
/// # Ok::<(), mnist_picture::PictureError>(())
/// ```
///
/// # Errors
/// [`PictureError::NoDigit`] if no strokes were found.
pub fn split(grey: &GrayImage) -> Result<Digits, PictureError> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    if width * height == 0 || width.max(height) < LEAST {
        return Err(PictureError::NoDigit);
    }
    if let Some(digit) = field::as_it_is(grey, width, height) {
        return Ok(Digits {
            rows: vec![vec![digit]],
            doubts: Vec::new(),
        });
    }
    let mut picture = Grey {
        width,
        height,
        levels: grey.as_raw().into(),
    };
    for _ in 0..PAGES {
        match page(&picture) {
            None => break,
            Some(smaller) => picture = smaller,
        }
    }
    let mut ink = paper::ink(&picture);
    let (strokes, doubts) = pieces::pieces(&mut ink);
    let rows = rows(strokes.pieces.clone());
    if rows.is_empty() {
        return Err(PictureError::NoDigit);
    }
    let fields = |row: &Vec<_>| {
        row.iter()
            .map(|digit| field::field(&ink, &strokes, digit))
            .collect()
    };
    Ok(Digits {
        rows: rows.iter().map(fields).collect(),
        doubts,
    })
}
