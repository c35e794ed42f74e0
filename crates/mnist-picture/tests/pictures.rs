//! Drawn pictures of digits, converted to MNIST's form.

use image::imageops;
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, Luma, LumaA};
use mnist_picture::{PIXELS, PictureError, SIDE, from_bytes, split, to_mnist};
use std::io::Cursor;

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

/// Side of the box that a digit is scaled to, in pixels.
const BOX: u32 = 20;

/// The columns and the rows that hold ink.
fn inked(field: &[u8; PIXELS]) -> [std::ops::Range<u32>; 2] {
    let inked = |&place: &usize| field[place] > 0;
    let places = || (0..PIXELS).filter(inked);
    let range = |along: fn(usize) -> usize| {
        let first = places().map(along).min().unwrap() as u32;
        first..places().map(along).max().unwrap() as u32 + 1
    };
    [range(|place| place % SIDE), range(|place| place / SIDE)]
}

/// Checks that a result is in a box of 20 pixels, reaches 255, and has its mass in the middle.
fn assert_mnist(field: &[u8; PIXELS]) {
    let sides = inked(field).map(|range| range.len() as u32);
    assert!(sides[0].max(sides[1]) <= BOX, "{sides:?}");
    assert!(sides[0].max(sides[1]) >= BOX - 1, "{sides:?}");
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
    let cut_out = GrayAlphaImage::from_fn(160, 160, |x, y| LumaA([0, light.get_pixel(x, y).0[0]]));
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
    let [columns, rows] = inked(&field);
    assert_eq!((columns.len() as u32, rows.len() as u32), (1, BOX));
    assert!((12..=15).contains(&columns.start));
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
    let [columns, _] = inked(&field);
    assert_eq!(columns, 28 - BOX..28);
}

#[test]
fn a_blank_picture_has_no_digit() {
    for image in [
        GrayImage::new(0, 0),
        GrayImage::new(1, 1),
        GrayImage::from_pixel(1, 1, Luma([255])),
        GrayImage::from_pixel(50, 30, Luma([200])),
        GrayImage::from_fn(50, 30, |x, y| Luma([200 + (x * y % 20) as u8])),
    ] {
        let error = to_mnist(&image).unwrap_err();
        assert!(matches!(error, PictureError::NoDigit), "{error}");
        assert!(error.to_string().starts_with("no digit found: "));
    }
}

#[test]
fn tiny_pictures_have_no_digit() {
    for (w, h) in [(1, 2), (2, 1), (2, 2), (3, 3), (4, 4)] {
        let mut image = GrayImage::new(w, h);
        image.put_pixel(w / 2, h / 2, Luma([255]));
        let error = to_mnist(&image).unwrap_err();
        assert!(matches!(error, PictureError::NoDigit), "{error}");
    }
    for (w, h) in [(1, 9), (9, 1), (5, 5), (0, 9)] {
        let mut image = GrayImage::new(w, h);
        image.pixels_mut().skip(1).for_each(|p| p.0[0] = 255);
        let _ = to_mnist(&image);
    }
}

/// Numbers from 0 to 255 without a pattern (a xorshift).
fn noise() -> impl FnMut() -> u8 {
    let mut state = 1_u32;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    }
}

#[test]
fn noise_is_no_digit() {
    let mut level = noise();
    for (width, height) in [(28, 28), (60, 40), (300, 200), (900, 1200)] {
        for strength in [1_u32, 4, 2, 16] {
            let noisy = GrayImage::from_fn(width, height, |_, _| {
                Luma([128 + (u32::from(level()) / strength / 2) as u8])
            });
            let error = to_mnist(&noisy).unwrap_err();
            assert!(
                matches!(error, PictureError::NoDigit),
                "{width} {strength}: {error}"
            );
        }
    }
}

#[test]
fn a_pattern_is_no_digit() {
    // Columns of dashes, each so near to the next that a column alone would be one digit.
    let pattern = GrayImage::from_fn(400, 400, |x, y| {
        Luma([if x % 12 < 4 && y % 29 < 24 { 20 } else { 230 }])
    });
    for pattern in [negative(&pattern), pattern] {
        let error = to_mnist(&pattern).unwrap_err();
        assert!(matches!(error, PictureError::NoDigit), "{error}");
    }
}

#[test]
fn digits_apart_are_several_and_come_from_left_to_right() {
    let one = strokes((240, 160), 6.0, &[(60.0, 30.0), (50.0, 130.0)]);
    let seven = strokes(
        (240, 160),
        6.0,
        &[(100.0, 30.0), (170.0, 30.0), (120.0, 130.0)],
    );
    let both = GrayImage::from_fn(240, 160, |x, y| {
        Luma([one.get_pixel(x, y).0[0].max(seven.get_pixel(x, y).0[0])])
    });
    let error = to_mnist(&both).unwrap_err();
    assert!(
        matches!(error, PictureError::SeveralDigits { found: 2 }),
        "{error}"
    );
    let digits = split(&both).unwrap().rows.concat();
    assert_eq!(digits.len(), 2);
    for (digit, alone) in digits.iter().zip([&one, &seven]) {
        assert_mnist(digit);
        assert!(mean_difference(digit, &to_mnist(alone).unwrap()) < 1.0);
        assert!(split(alone).unwrap().rows.concat().len() == 1);
    }
}

#[test]
fn a_digit_in_two_pieces_is_one() {
    // A five whose bar does not touch the bow.
    let bow = [(70.0, 40.0), (65.0, 90.0), (110.0, 85.0), (125.0, 120.0)];
    let bow = strokes((200, 200), 5.0, &[&bow[..], &[(65.0, 150.0)]].concat());
    let bar = strokes((200, 200), 5.0, &[(85.0, 28.0), (135.0, 25.0)]);
    let five = GrayImage::from_fn(200, 200, |x, y| {
        Luma([bow.get_pixel(x, y).0[0].max(bar.get_pixel(x, y).0[0])])
    });
    let field = to_mnist(&five).unwrap();
    assert_mnist(&field);
    assert!(mean_difference(&field, &to_mnist(&bow).unwrap()) > 5.0);
}

#[test]
fn specks_are_dropped() {
    let clean = negative(&seven(200));
    let mut specked = clean.clone();
    for (x, y) in [(5, 5), (190, 20), (30, 180), (180, 185), (100, 150)] {
        for (dx, dy) in [(0, 0), (1, 0), (0, 1)] {
            specked.put_pixel(x + dx, y + dy, Luma([0]));
        }
    }
    let [clean, specked] = [clean, specked].map(|image| to_mnist(&image).unwrap());
    assert!(mean_difference(&clean, &specked) < 1.0);
}

#[test]
fn what_is_no_image_is_refused() {
    for bytes in [
        &b""[..],
        b"\0",
        b"GIF89a\x01\0\x01\0\0\0\0",
        b"seven",
        &[7; 784],
    ] {
        let error = from_bytes(bytes).unwrap_err();
        assert!(matches!(error, PictureError::Format), "{error}");
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
    // Data after the end, as cameras write it, and a truncated file with a preview that has an end marker.
    let jpeg = encode(seven(64), ImageFormat::Jpeg);
    assert!(from_bytes(&[&jpeg[..], &[0xFF, 0xDA, 0, 2]].concat()).is_ok());
    let preview = [&[0xFF, 0xE1, 0, 6][..], &[0xFF, 0xD8, 0xFF, 0xD9]].concat();
    let with_preview = [&jpeg[..2], &preview, &jpeg[2..]].concat();
    assert!(from_bytes(&with_preview).is_ok());
    let cut = &with_preview[..with_preview.len() - 20];
    assert!(matches!(from_bytes(cut), Err(PictureError::CutShort)));
    let png = encode(seven(64), ImageFormat::Png);
    let error = from_bytes(&png[..png.len() / 2]).unwrap_err();
    assert!(matches!(error, PictureError::Decode(_)), "{error}");
}

#[test]
fn messages_are_one_line_without_escapes() {
    let mut messages = 0;
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = encode(seven(64), format);
        for place in 0..whole.len() {
            for change in [0x01, 0x10, 0xFF] {
                let mut bytes = whole.clone();
                bytes[place] ^= change;
                if let Err(error) = from_bytes(&bytes) {
                    let message = error.to_string();
                    assert!(
                        !message.contains('\n') && !message.contains("\\n"),
                        "{message}"
                    );
                    messages += 1;
                }
            }
        }
    }
    assert!(messages > 100, "{messages}");
}

#[test]
fn a_header_cannot_ask_for_all_memory() {
    // IHDR's width and height begin at byte 16, and its checksum at byte 29.
    let mut png = encode(GrayImage::new(4, 4), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]);
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    let error = from_bytes(&png).unwrap_err();
    assert!(
        matches!(
            error,
            PictureError::TooLarge { .. } | PictureError::Decode(_)
        ),
        "{error}"
    );

    // 10,000 × 10,000 pixels of 16-bit RGBA would take 800 MB.
    png[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
    png[24..26].copy_from_slice(&[16, 6]);
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    let error = from_bytes(&png).unwrap_err();
    assert!(
        matches!(error, PictureError::Decode(image::ImageError::Limits(_))),
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
            PictureError::TooLarge {
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
