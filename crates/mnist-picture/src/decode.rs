//! Decodes a file to a grey picture, upright, with paper instead of transparency.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, Luma, Pixel, Rgba,
    RgbaImage,
};

use crate::error::{MAX_SIDE, PictureError};

/// The maximum memory for decoding, in bytes.
const MAX_ALLOC: u64 = 512 << 20;

/// Opaque pixels whose brightness differs by less are all ink.
const ONE_BRIGHTNESS: u8 = 96;

/// A colour takes the place of brightness if its variance is as many times as large.
const FAR_BETTER: f64 = 4.0;

/// The formats that are decoded.
const READ: [ImageFormat; 4] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::WebP,
];

/// Decodes a PNG, JPEG, BMP or WebP file to a grey picture, turned upright as the metadata says. The content decides
/// the format. Transparency becomes paper: light under dark ink, dark under light ink.
///
/// # Errors
/// The bytes are in another format, damaged, or too large.
pub fn decode(bytes: &[u8]) -> Result<GrayImage, PictureError> {
    Ok(grey(picture(bytes)?))
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

    // A camera stores the pixels in the sensor's orientation, and the rotation in the metadata.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether a JPEG's end marker is missing. Previews in the metadata have end markers too, and cameras write data after
/// the last one.
fn is_cut_short(jpeg: &[u8]) -> bool {
    const END: u8 = 0xD9;
    // In the data of a scan, 0 or the number of a restart follows 0xFF.
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

/// Converts the picture to grey, with paper instead of transparency.
fn grey(image: DynamicImage) -> GrayImage {
    let has_alpha = image.color().has_alpha();
    if !has_alpha && !image.color().has_color() {
        return image.into_luma8();
    }
    let mut image = image.into_rgba8();
    if has_alpha {
        lay_on_paper(&mut image);
    }
    let channel = clearest(&image);
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        Luma([channel(image.get_pixel(x, y))])
    })
}

/// Replaces transparency with paper. If what is opaque has about one brightness, it is ink, and paper is the
/// opposite of that; otherwise it is ink on paper, and paper is as bright as most of it.
fn lay_on_paper(image: &mut RgbaImage) {
    let most = image.pixels().map(|pixel| pixel.0[3]).max().unwrap_or(0);
    if most == 0 {
        // Some programs leave alpha at 0 in all pixels.
        image.pixels_mut().for_each(|pixel| pixel.0[3] = 255);
        return;
    }
    let opaque = image
        .pixels()
        .filter(|pixel| pixel.0[3] >= most.div_ceil(2));
    let mut levels: Vec<u8> = opaque.map(luma).collect();
    levels.sort_unstable();
    let at = |percent: usize| levels[(levels.len() - 1) * percent / 100];
    let paper = match at(95) - at(5) {
        0..ONE_BRIGHTNESS => {
            if at(50) < 128 {
                255
            } else {
                0
            }
        }
        _ => at(50),
    };
    for Rgba([red, green, blue, alpha]) in image.pixels_mut() {
        for level in [red, green, blue] {
            let (over, alpha) = (u32::from(*level), u32::from(*alpha));
            *level = ((over * alpha + u32::from(paper) * (255 - alpha) + 127) / 255) as u8;
        }
    }
}

fn luma(pixel: &Rgba<u8>) -> u8 {
    pixel.to_luma().0[0]
}

/// How a pixel becomes grey: by its brightness, or as one of the colours that tells ink from paper far
/// better, as blue tells blue from black.
fn clearest(image: &RgbaImage) -> fn(&Rgba<u8>) -> u8 {
    let colours: [fn(&Rgba<u8>) -> u8; 3] = [|it| it.0[0], |it| it.0[1], |it| it.0[2]];
    let count = f64::from(image.width()) * f64::from(image.height());
    let variance = |channel: fn(&Rgba<u8>) -> u8| {
        let (mut sum, mut squares) = (0_u64, 0_u64);
        for pixel in image.pixels() {
            let level = u64::from(channel(pixel));
            sum += level;
            squares += level * level;
        }
        squares as f64 - sum as f64 * sum as f64 / count
    };
    let mut best: (fn(&Rgba<u8>) -> u8, f64) = (luma, FAR_BETTER * variance(luma));
    for colour in colours {
        let variance = variance(colour);
        if variance > best.1 {
            best = (colour, variance);
        }
    }
    best.0
}
