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

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, Luma};

/// Side of the field, in pixels.
pub const SIDE: usize = 28;

/// Pixels of a picture.
pub const PIXELS: usize = SIDE * SIDE;

/// Side of the box the digit is scaled to, in pixels.
const BOX: u32 = 20;

/// Greatest width and height accepted, in pixels.
const MAX_SIDE: u32 = 10_000;

/// Most memory decoding may take, in bytes.
const MAX_ALLOC: u64 = 512 << 20;

/// Least difference between ink and background, in grey levels; the noise of a blank scan and the
/// artefacts of its JPEG stay below.
const MIN_CONTRAST: u8 = 24;

/// Why a picture could not be brought to MNIST's form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DigitError {
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
impl From<image::ImageError> for DigitError {
    fn from(error: image::ImageError) -> Self {
        Self::Decode(error)
    }
}

/// The decoders end some of their messages with a line break.
fn one_line(error: &image::ImageError) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Decodes a PNG or JPEG, told by its content, and brings it to MNIST's form: 28 × 28 row by row,
/// 0 for background and 255 for ink.
///
/// # Errors
/// [`DigitError`] where the bytes are no such image, or as [`to_mnist`].
pub fn from_bytes(bytes: &[u8]) -> Result<[u8; PIXELS], DigitError> {
    to_mnist(&over_white(decode(bytes)?))
}

/// Brings a grey picture of one digit, dark on light or light on dark, to MNIST's form: 28 × 28
/// row by row, 0 for background and 255 for ink.
///
/// A picture already in that form is only centred, since scaling would blur it.
///
/// # Errors
/// [`DigitError::NoInk`] where nothing stands out from the background.
pub fn to_mnist(gray: &GrayImage) -> Result<[u8; PIXELS], DigitError> {
    let ink = ink(gray);
    let contrast = ink.pixels().map(|p| p.0[0]).max().unwrap_or(0);
    if contrast < MIN_CONTRAST {
        return Err(DigitError::NoInk { contrast });
    }
    let fitted = match Bounds::of(&ink, 0) {
        Some(bounds) if is_mnist(&ink, &bounds) => bounds.crop(&ink),
        _ => fit(&ink),
    };
    Ok(centre(&stretch(fitted)))
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, DigitError> {
    let format = image::guess_format(bytes).map_err(|_| DigitError::Format)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Err(DigitError::Format);
    }
    if format == ImageFormat::Jpeg && is_cut_short(bytes) {
        return Err(DigitError::CutShort);
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;

    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE {
        return Err(DigitError::TooLarge { width, height });
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
    use image::{GrayAlphaImage, ImageFormat, LumaA};

    /// Strokes of `radius` through `points`, with soft edges, light on dark.
    fn strokes((w, h): (u32, u32), radius: f64, points: &[(f64, f64)]) -> GrayImage {
        GrayImage::from_fn(w, h, |x, y| {
            let p = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let near = |s: &[(f64, f64)]| distance(p, s[0], s[1]);
            let d = points.windows(2).map(near).fold(f64::INFINITY, f64::min);
            Luma([(255.0 * (radius + 0.5 - d).clamp(0.0, 1.0)) as u8])
        })
    }

    fn distance(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let t = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy);
        let t = t.clamp(0.0, 1.0);
        (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
    }

    /// A seven on a field of `side` pixels.
    fn seven(side: u32) -> GrayImage {
        let s = f64::from(side);
        let points = [(0.2, 0.2), (0.7, 0.2), (0.4, 0.8)].map(|(x, y)| (x * s, y * s));
        strokes((side, side), 0.04 * s, &points)
    }

    fn negative(gray: &GrayImage) -> GrayImage {
        let mut gray = gray.clone();
        imageops::invert(&mut gray);
        gray
    }

    fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn picture(field: &[u8; PIXELS]) -> GrayImage {
        GrayImage::from_raw(SIDE as u32, SIDE as u32, field.to_vec()).unwrap()
    }

    fn mean_difference(a: &[u8; PIXELS], b: &[u8; PIXELS]) -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(a.abs_diff(*b)))
            .sum::<f64>()
            / PIXELS as f64
    }

    /// What every result must be: in a box of 20, reaching 255, its mass in the middle.
    fn assert_mnist(field: &[u8; PIXELS]) {
        let picture = picture(field);
        let bounds = Bounds::of(&picture, 0).unwrap();
        assert!(bounds.width <= BOX && bounds.height <= BOX, "{bounds:?}");
        assert!(bounds.width.max(bounds.height) >= BOX - 1, "{bounds:?}");
        assert_eq!(field.iter().max(), Some(&255));
        let mass: f64 = field.iter().map(|v| f64::from(*v)).sum();
        let moment = |at: fn(usize) -> usize| -> f64 {
            let moments = field
                .iter()
                .enumerate()
                .map(|(i, v)| at(i) as f64 * f64::from(*v));
            moments.sum::<f64>() / mass
        };
        for centre in [moment(|i| i % SIDE), moment(|i| i / SIDE)] {
            assert!((centre - 14.0).abs() <= 0.5, "{centre}");
        }
    }

    #[test]
    fn every_size_comes_to_the_form() {
        for side in [20, 28, 57, 300, 1001] {
            assert_mnist(&to_mnist(&seven(side)).unwrap());
        }
        let [small, large] = [100, 700].map(|side| to_mnist(&seven(side)).unwrap());
        assert!(mean_difference(&small, &large) < 4.0);
    }

    #[test]
    fn ink_may_be_dark_or_light() {
        let light = seven(120);
        assert_eq!(
            to_mnist(&light).unwrap(),
            to_mnist(&negative(&light)).unwrap()
        );
        // Grey paper, darker than half: its border alone would say that the ink is light.
        let mut dim = negative(&light);
        dim.pixels_mut().for_each(|p| p.0[0] = 20 + p.0[0] / 3);
        let difference = mean_difference(&to_mnist(&light).unwrap(), &to_mnist(&dim).unwrap());
        assert!(difference < 1.0, "{difference}");
    }

    #[test]
    fn what_is_in_the_form_stays_as_it_is() {
        for side in [40, 99, 640] {
            let once = to_mnist(&seven(side)).unwrap();
            let twice = to_mnist(&picture(&once)).unwrap();
            assert_eq!(once, twice);
            assert_eq!(once, to_mnist(&negative(&picture(&once))).unwrap());
        }
    }

    #[test]
    fn noise_and_shade_do_not_widen_the_box() {
        let clean = negative(&seven(200));
        let noisy = GrayImage::from_fn(200, 200, |x, y| {
            let noise = (x * 7 + y * 13) % 17;
            let v = u32::from(clean.get_pixel(x, y).0[0]) * 3 / 4 + x / 10;
            Luma([(v + noise) as u8])
        });
        let [clean, noisy] = [clean, noisy].map(|image| to_mnist(&image).unwrap());
        assert_mnist(&noisy);
        let difference = mean_difference(&clean, &noisy);
        assert!(difference < 5.0, "{difference}");
    }

    #[test]
    fn png_jpeg_and_transparency_agree() {
        let light = seven(160);
        let expected = to_mnist(&light).unwrap();
        let paper = negative(&light);
        assert_eq!(
            from_bytes(&encode(paper.clone(), ImageFormat::Png)).unwrap(),
            expected
        );

        let jpeg = from_bytes(&encode(paper, ImageFormat::Jpeg)).unwrap();
        assert!(mean_difference(&jpeg, &expected) < 2.0);

        // Black ink on nothing, as drawing programs export it.
        let cut_out =
            GrayAlphaImage::from_fn(160, 160, |x, y| LumaA([0, light.get_pixel(x, y).0[0]]));
        assert_eq!(
            from_bytes(&encode(cut_out, ImageFormat::Png)).unwrap(),
            expected
        );
    }

    #[test]
    fn a_photo_is_turned_upright() {
        // EXIF with one entry, orientation 6: turn by a quarter to the right.
        let exif = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\
            \0\x06\0\0\0\0\0\0";
        let upright = negative(&seven(160));
        let mut jpeg = encode(imageops::rotate270(&upright), ImageFormat::Jpeg);
        jpeg.splice(2..2, exif.iter().copied());
        let difference = mean_difference(&from_bytes(&jpeg).unwrap(), &to_mnist(&upright).unwrap());
        assert!(difference < 2.0, "{difference}");
    }

    #[test]
    fn a_thin_one_keeps_its_shape() {
        let one = strokes((40, 2000), 1.0, &[(20.0, 10.0), (20.0, 1990.0)]);
        let field = to_mnist(&one).unwrap();
        let bounds = Bounds::of(&picture(&field), 0).unwrap();
        assert_eq!((bounds.width, bounds.height), (1, BOX));
        assert!((12..=15).contains(&bounds.x));
    }

    #[test]
    fn mass_at_one_end_stays_in_the_field() {
        let mut club = GrayImage::new(300, 60);
        for (x, y, p) in club.enumerate_pixels_mut() {
            let handle = (20..280).contains(&x) && (29..31).contains(&y);
            let head = (20..60).contains(&x) && (10..50).contains(&y);
            p.0[0] = if handle || head { 255 } else { 0 };
        }
        let field = to_mnist(&club).unwrap();
        let bounds = Bounds::of(&picture(&field), 0).unwrap();
        assert_eq!((bounds.x + bounds.width, bounds.width), (28, 20));
    }

    #[test]
    fn a_blank_picture_has_no_ink() {
        for image in [
            GrayImage::new(0, 0),
            GrayImage::new(1, 1),
            GrayImage::from_pixel(1, 1, Luma([255])),
            GrayImage::from_pixel(50, 30, Luma([200])),
            GrayImage::from_fn(50, 30, |x, y| Luma([200 + (x * y % 20) as u8])),
        ] {
            let error = to_mnist(&image).unwrap_err();
            assert!(matches!(error, DigitError::NoInk { .. }), "{error}");
            assert!(error.to_string().starts_with("no ink found: "));
        }
    }

    #[test]
    fn tiny_pictures_are_accepted() {
        for (w, h) in [(1, 2), (2, 1), (2, 2), (3, 3), (1, 9)] {
            let mut image = GrayImage::new(w, h);
            image.put_pixel(w / 2, h / 2, Luma([255]));
            to_mnist(&image).unwrap();
        }
    }

    #[test]
    fn what_is_no_image_is_refused() {
        for bytes in [
            &b""[..],
            b"\0",
            b"GIF89a\x01\0\x01\0\0\0\0",
            b"BM",
            b"seven",
            &[7; 784],
        ] {
            let error = from_bytes(bytes).unwrap_err();
            assert!(matches!(error, DigitError::Format), "{error}");
        }
    }

    #[test]
    fn a_file_cut_short_is_an_error() {
        // A PNG's last 12 bytes say that it ends, and nothing of the picture.
        for (format, needless) in [(ImageFormat::Png, 12), (ImageFormat::Jpeg, 0)] {
            let whole = encode(seven(64), format);
            for length in 0..whole.len() {
                match from_bytes(&whole[..length]) {
                    Ok(_) => assert!(length >= whole.len() - needless, "{format:?} {length}"),
                    Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
                }
            }
        }
        // What cameras write after the end, and a preview with an end of its own before a cut.
        let jpeg = encode(seven(64), ImageFormat::Jpeg);
        assert!(from_bytes(&[&jpeg[..], &[0xFF, 0xDA, 0, 2]].concat()).is_ok());
        let preview = [&[0xFF, 0xE1, 0, 6][..], &[0xFF, 0xD8, 0xFF, 0xD9]].concat();
        let with_preview = [&jpeg[..2], &preview, &jpeg[2..]].concat();
        assert!(from_bytes(&with_preview).is_ok());
        let cut = &with_preview[..with_preview.len() - 20];
        assert!(matches!(from_bytes(cut), Err(DigitError::CutShort)));
        let png = encode(seven(64), ImageFormat::Png);
        let error = from_bytes(&png[..png.len() / 2]).unwrap_err();
        assert!(matches!(error, DigitError::Decode(_)), "{error}");
    }

    #[test]
    fn a_header_cannot_ask_for_all_memory() {
        // IHDR's width and height begin at byte 16, its checksum lies at 29.
        let mut png = encode(GrayImage::new(4, 4), ImageFormat::Png);
        png[16..24].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]);
        let checksum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        let error = from_bytes(&png).unwrap_err();
        assert!(
            matches!(error, DigitError::TooLarge { .. } | DigitError::Decode(_)),
            "{error}"
        );

        // 10,000 × 10,000 pixels of 16-bit RGBA would take 800 MB.
        png[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
        png[24..26].copy_from_slice(&[16, 6]);
        let checksum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        let error = from_bytes(&png).unwrap_err();
        assert!(
            matches!(error, DigitError::Decode(image::ImageError::Limits(_))),
            "{error}"
        );

        // In a JPEG the size follows the marker of its frame.
        let mut jpeg = encode(GrayImage::new(8, 8), ImageFormat::Jpeg);
        let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
        let error = from_bytes(&jpeg).unwrap_err();
        assert!(
            matches!(
                error,
                DigitError::TooLarge {
                    width: 65535,
                    height: 65535
                }
            ),
            "{error}"
        );
    }

    /// The checksum of a PNG chunk, bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
                if crc & 1 == 1 {
                    (crc >> 1) ^ 0xEDB8_8320
                } else {
                    crc >> 1
                }
            })
        })
    }

    #[test]
    fn otsu_parts_two_heaps() {
        let image = GrayImage::from_fn(100, 1, |x, _| Luma([if x < 70 { 10 } else { 200 }]));
        assert!((10..200).contains(&otsu(&image)));
        assert_eq!(otsu(&GrayImage::new(3, 3)), 0);
    }
}
