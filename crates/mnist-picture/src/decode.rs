//! From a file's bytes to a grey picture, upright, on white paper.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, Luma};

use crate::error::{MAX_SIDE, PictureError};

/// Most memory decoding may take, in bytes.
const MAX_ALLOC: u64 = 512 << 20;

/// The kinds of files that are read.
const READ: [ImageFormat; 4] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::WebP,
];

/// The picture in a PNG, JPEG, BMP or WebP file, told by its content: in grey, turned upright as its
/// metadata says, on white paper where it is transparent.
///
/// # Errors
/// [`PictureError`] where the bytes are no such image, damaged, or too large.
pub fn decode(bytes: &[u8]) -> Result<GrayImage, PictureError> {
    Ok(over_white(picture(bytes)?))
}

fn picture(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    if !READ.contains(&format) {
        return Err(PictureError::Format);
    }
    if format == ImageFormat::Jpeg && is_cut_short(bytes) {
        return Err(PictureError::CutShort);
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;

    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE {
        return Err(PictureError::TooLarge { width, height });
    }
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;

    // A camera writes its pixels as the sensor lay and says in the metadata how to turn them.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether a JPEG's end marker is missing. Previews in its metadata have their own, and cameras write
/// more after it.
fn is_cut_short(jpeg: &[u8]) -> bool {
    const END: u8 = 0xD9;
    // In a scan's data 0xFF stands before 0 or the number of a restart.
    let is_marker = |b: &[u8]| b[0] == 0xFF && !matches!(b[1], 0 | 1 | 0xFF | 0xD0..=0xD7);
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let Some(place) = rest.windows(2).position(is_marker) {
        if rest[place + 1] == END {
            return false;
        }
        let segment = &rest[place + 2..];
        let length = segment.first_chunk().map_or(2, |l| u16::from_be_bytes(*l));
        rest = segment.get(usize::from(length)..).unwrap_or_default();
    }
    true
}

/// The picture in grey, on white paper where it is transparent.
fn over_white(image: DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.into_luma8();
    }
    let image = image.into_luma_alpha8();
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let [grey, alpha] = image.get_pixel(x, y).0.map(u32::from);
        Luma([((grey * alpha + 255 * (255 - alpha) + 127) / 255) as u8])
    })
}
