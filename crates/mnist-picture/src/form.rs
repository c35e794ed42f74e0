//! From a grey picture to the field of 28 × 28: ink, crop, scale, centre.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

use crate::error::{MIN_CONTRAST, PictureError};

/// Side of the field, in pixels.
pub const SIDE: usize = 28;

/// Pixels of a picture.
pub const PIXELS: usize = SIDE * SIDE;

/// Side of the box the digit is scaled to, in pixels.
const BOX: u32 = 20;

/// Brings a grey picture of one digit, dark on light or light on dark, to MNIST's form: 28 × 28
/// row by row, 0 for background and 255 for ink.
///
/// A picture already in that form is only centred, since scaling would blur it.
///
/// # Errors
/// [`PictureError::NoInk`] where nothing stands out from the background.
pub fn to_mnist(gray: &GrayImage) -> Result<[u8; PIXELS], PictureError> {
    let ink = ink(gray);
    let contrast = ink.pixels().map(|p| p.0[0]).max().unwrap_or(0);
    if contrast < MIN_CONTRAST {
        return Err(PictureError::NoInk { contrast });
    }
    let fitted = match Bounds::of(&ink, 0) {
        Some(bounds) if is_mnist(&ink, &bounds) => bounds.crop(&ink),
        _ => fit(&ink),
    };
    Ok(centre(&stretch(fitted)))
}

/// How far each pixel departs from the background towards the ink, which is dark or light.
fn ink(gray: &GrayImage) -> GrayImage {
    let background = twice_background(gray);
    let departure = |p: &Luma<u8>| 2 * i32::from(p.0[0]) - background;
    // Squares, so that the few pixels of a stroke outweigh the many of a shaded background.
    let towards = |sign: i32| -> i64 {
        gray.pixels()
            .map(|p| i64::from((sign * departure(p)).max(0)).pow(2))
            .sum()
    };
    let sign = if towards(-1) > towards(1) { -1 } else { 1 };
    let mut ink = gray.clone();
    for p in ink.pixels_mut() {
        p.0[0] = ((sign * departure(p)).max(0) / 2) as u8;
    }
    ink
}

/// Twice the median of the outermost pixels: doubled, a picture and its negative agree exactly.
fn twice_background(gray: &GrayImage) -> i32 {
    let (width, height) = gray.dimensions();
    let mut border: Vec<u8> = gray
        .enumerate_pixels()
        .filter(|(x, y, _)| *x == 0 || *y == 0 || x + 1 == width || y + 1 == height)
        .map(|(_, _, p)| p.0[0])
        .collect();
    border.sort_unstable();
    match border.len() {
        0 => 0,
        n => i32::from(border[(n - 1) / 2]) + i32::from(border[n / 2]),
    }
}

/// Whether the ink within `bounds` fills MNIST's box already.
fn is_mnist(ink: &GrayImage, bounds: &Bounds) -> bool {
    ink.dimensions() == (SIDE as u32, SIDE as u32) && bounds.width.max(bounds.height) == BOX
}

/// Scales the ink that stands out from the noise to MNIST's box, keeping its aspect ratio.
fn fit(ink: &GrayImage) -> GrayImage {
    let threshold = otsu(ink);
    let bounds = Bounds::of(ink, threshold).unwrap_or(Bounds::all(ink));
    let mut digit = bounds.crop(ink);
    // Below half of Otsu's threshold is noise; the mean of the ink and beyond is black, as MNIST's
    // strokes are, however the light fell; what lies between is the soft edge of a stroke.
    let floor = u32::from(threshold / 2);
    let full = mean_above(&digit, threshold).saturating_sub(floor).max(1);
    for p in digit.pixels_mut() {
        p.0[0] = (u32::from(p.0[0]).saturating_sub(floor) * 255 / full).min(255) as u8;
    }
    let longest = f64::from(bounds.width.max(bounds.height));
    let scaled =
        |side: u32| ((f64::from(BOX) * f64::from(side) / longest).round() as u32).clamp(1, BOX);
    let (width, height) = (scaled(bounds.width), scaled(bounds.height));
    imageops::resize(&digit, width, height, FilterType::Triangle)
}

/// The mean of the levels above `threshold`, 0 where there are none.
fn mean_above(gray: &GrayImage, threshold: u8) -> u32 {
    let above = gray.pixels().map(|p| p.0[0]).filter(|v| *v > threshold);
    let (count, sum) = above.fold((0, 0), |(n, sum), v| (n + 1, sum + u64::from(v)));
    (sum / u64::max(count, 1)) as u32
}

/// Otsu's threshold: the level at or below which background lies, such that the variance between
/// the two classes, ω₀ ω₁ (μ₀ − μ₁)², is greatest.
fn otsu(gray: &GrayImage) -> u8 {
    let mut histogram = [0_u64; 256];
    for p in gray.pixels() {
        histogram[usize::from(p.0[0])] += 1;
    }
    let level_sum = |part: &[u64], from: usize| -> f64 {
        part.iter()
            .enumerate()
            .map(|(i, n)| ((from + i) as u64 * n) as f64)
            .sum()
    };
    let mut best = (0.0, 0);
    for threshold in 0..255 {
        let (below, above) = histogram.split_at(usize::from(threshold) + 1);
        let [n0, n1] = [below, above].map(|part| part.iter().sum::<u64>() as f64);
        if n0 > 0.0 && n1 > 0.0 {
            let apart = level_sum(below, 0) / n0 - level_sum(above, below.len()) / n1;
            let between = n0 * n1 * apart * apart;
            if between > best.0 {
                best = (between, threshold);
            }
        }
    }
    best.1
}

/// Multiplies the levels so that the brightest is 255.
fn stretch(mut gray: GrayImage) -> GrayImage {
    let brightest = gray
        .pixels()
        .map(|p| u32::from(p.0[0]))
        .max()
        .unwrap_or(0)
        .max(1);
    for p in gray.pixels_mut() {
        p.0[0] = ((u32::from(p.0[0]) * 255 + brightest / 2) / brightest) as u8;
    }
    gray
}

/// Lays the digit, no larger than the field, so that its centre of mass falls on the pixel
/// (14, 14): in each of MNIST's pictures the mean index is between 13.5 and 14.5.
fn centre(digit: &GrayImage) -> [u8; PIXELS] {
    let (mut mass, mut mass_x, mut mass_y) = (0.0, 0.0, 0.0);
    for (x, y, p) in digit.enumerate_pixels() {
        let m = f64::from(p.0[0]);
        mass += m;
        mass_x += m * f64::from(x);
        mass_y += m * f64::from(y);
    }
    let start = |moment: f64, side: u32| {
        let centred = ((SIDE / 2) as f64 - moment / mass).round();
        // A cast clips at zero, and takes the 0/0 of a picture without mass to zero.
        (centred as usize).min(SIDE.saturating_sub(side as usize))
    };
    let (left, top) = (start(mass_x, digit.width()), start(mass_y, digit.height()));
    let mut field = [0; PIXELS];
    for (x, y, p) in digit.enumerate_pixels() {
        field[(top + y as usize) * SIDE + left + x as usize] = p.0[0];
    }
    field
}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Bounds {
    /// The least rectangle that holds every pixel above `threshold`.
    fn of(gray: &GrayImage, threshold: u8) -> Option<Self> {
        let above = gray
            .enumerate_pixels()
            .filter(|(_, _, p)| p.0[0] > threshold);
        let (x0, y0, x1, y1) = above.fold(None, |corners, (x, y, _)| match corners {
            None => Some((x, y, x, y)),
            Some((x0, y0, x1, y1)) => Some((x.min(x0), y.min(y0), x.max(x1), y.max(y1))),
        })?;
        Some(Self {
            x: x0,
            y: y0,
            width: x1 - x0 + 1,
            height: y1 - y0 + 1,
        })
    }

    fn all(gray: &GrayImage) -> Self {
        let (width, height) = gray.dimensions();
        Self {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    fn crop(&self, gray: &GrayImage) -> GrayImage {
        imageops::crop_imm(gray, self.x, self.y, self.width, self.height).to_image()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otsu_parts_two_heaps() {
        let image = GrayImage::from_fn(100, 1, |x, _| Luma([if x < 70 { 10 } else { 200 }]));
        assert!((10..200).contains(&otsu(&image)));
        assert_eq!(otsu(&GrayImage::new(3, 3)), 0);
    }
}
