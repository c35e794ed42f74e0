//! Pictures that show more than a digit on paper: other things are removed, or reported as doubts.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use mnist_picture::{Doubt, PIXELS, PictureError, SIDE, decode, split, to_mnist};

const SIZE: u32 = 240;

/// The amount of ink, from 0 to 1, at a position in a picture of 240 × 240 pixels with a seven in the middle.
fn seven(x: f64, y: f64) -> f64 {
    let points = [(85.0, 75.0), (155.0, 75.0), (110.0, 165.0)];
    points
        .windows(2)
        .map(|s| stroke((x, y), s[0], s[1]))
        .fold(0.0, f64::max)
}

fn stroke(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let t = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy);
    let t = t.clamp(0.0, 1.0);
    (7.0 - (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)).clamp(0.0, 1.0)
}

/// A picture of `side` pixels from the grey level at each place.
fn picture(width: u32, height: u32, level: impl Fn(f64, f64) -> f64) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        Luma([level(f64::from(x), f64::from(y)) as u8])
    })
}

/// Ink of 40 on paper of 220.
fn on_paper(ink: f64) -> f64 {
    220.0 - 180.0 * ink
}

fn plain() -> [u8; PIXELS] {
    to_mnist(&picture(SIZE, SIZE, |x, y| on_paper(seven(x, y)))).unwrap()
}

#[track_caller]
fn assert_seven(field: &[u8; PIXELS]) {
    let difference = field
        .iter()
        .zip(plain())
        .map(|(a, b)| f64::from(a.abs_diff(b)));
    let mean = difference.sum::<f64>() / PIXELS as f64;
    let rows = field.chunks(SIDE).map(|row| {
        row.iter()
            .map(|&ink| if ink > 127 { '#' } else { '.' })
            .chain(['\n'])
            .collect::<String>()
    });
    // Shapes that differ have 30 and more; a shift by a pixel has up to 14.
    assert!(mean < 16.0, "{mean}\n{}", rows.collect::<String>());
}

/// The picture is read as a seven, with exactly these doubts.
#[track_caller]
fn assert_read(picture: &GrayImage, doubts: &[Doubt]) {
    let digits = split(picture).unwrap();
    assert_seven(&digits.single().unwrap());
    assert_eq!(digits.doubts, doubts);
}

#[test]
fn a_page_is_found_on_a_table() {
    // All round, above, below, on both sides, in a corner; darker and lighter than the page.
    let pages = [
        [60.0, 50.0, 190.0, 200.0],
        [0.0, 40.0, 240.0, 240.0],
        [10.0, 0.0, 230.0, 195.0],
        [50.0, 0.0, 200.0, 240.0],
        [50.0, 45.0, 240.0, 240.0],
    ];
    for [left, top, right, bottom] in pages {
        for (table, negative) in [(40.0, false), (110.0, false), (40.0, true), (110.0, true)] {
            for turn in [0.0, 0.1, -0.25_f64] {
                let (sin, cos) = turn.sin_cos();
                let photo = picture(SIZE, SIZE, |x, y| {
                    let (dx, dy) = (x - 120.0, y - 120.0);
                    let (u, v) = (120.0 + cos * dx + sin * dy, 120.0 + cos * dy - sin * dx);
                    let is_cut = |at: f64| at == 0.0 || at == 240.0;
                    let is_page = (is_cut(left) || u >= left)
                        && (is_cut(right) || u < right)
                        && (is_cut(top) || v >= top)
                        && (is_cut(bottom) || v < bottom);
                    let level = if is_page {
                        on_paper(seven(x, y))
                    } else {
                        table
                    };
                    if negative { 255.0 - level } else { level }
                });
                assert_read(&photo, &[]);
            }
        }
    }
}

#[test]
fn a_dark_square_in_a_light_document_is_a_page() {
    let screenshot = picture(600, 400, |x, y| {
        let (u, v) = (x - 200.0, y - 90.0);
        let is_square = (50.0..190.0).contains(&u) && (50.0..190.0).contains(&v);
        if is_square {
            255.0 * seven(u, v)
        } else {
            255.0
        }
    });
    assert_read(&screenshot, &[]);
}

#[test]
fn frames_are_left_out() {
    for line in [1.0, 4.0, 12.0] {
        // Along the border, with a margin, and on two sides of the picture alone.
        let edge = |x: f64, y: f64| x.min(y).min(239.0 - x).min(239.0 - y);
        for inset in [0.0, 1.0, 10.0, 30.0] {
            let framed = picture(SIZE, SIZE, |x, y| {
                let is_line = (inset..inset + line).contains(&edge(x, y));
                on_paper(seven(x, y).max(f64::from(u8::from(is_line))))
            });
            assert_read(&framed, &[]);
        }
        let corner = picture(SIZE, SIZE, |x, y| {
            let is_line = x < line || y < line;
            on_paper(seven(x, y).max(f64::from(u8::from(is_line))))
        });
        assert_seven(&to_mnist(&corner).unwrap());
    }
}

#[test]
fn a_box_that_the_digit_touches_is_left_out_with_a_doubt() {
    let touching = picture(SIZE, SIZE, |x, y| {
        let out = (x - 120.0).abs().max((y - 113.0).abs()) - 52.0;
        on_paper(seven(x, y).max(f64::from(u8::from((0.0..3.0).contains(&out)))))
    });
    assert_read(&touching, &[Doubt::Lines]);
}

#[test]
fn a_ring_is_left_out_with_a_doubt() {
    let ring = picture(SIZE, SIZE, |x, y| {
        let out = (x - 120.0).hypot(y - 120.0) - 80.0;
        on_paper(seven(x, y).max(f64::from(u8::from((0.0..8.0).contains(&out)))))
    });
    assert_read(&ring, &[Doubt::Ring]);
}

#[test]
fn ruled_and_squared_paper_leave_a_doubt() {
    for (columns, dark) in [(false, 0.5), (false, 1.0), (true, 0.5), (true, 1.0)] {
        let lined = picture(SIZE, SIZE, |x, y| {
            let is_line = (y + 24.0) % 48.0 < 2.0 || (columns && (x + 24.0) % 48.0 < 2.0);
            on_paper(seven(x, y).max(if is_line { dark } else { 0.0 }))
        });
        assert_read(&lined, &[Doubt::Lines]);
    }
}

#[test]
fn an_underline_is_left_out_with_a_doubt() {
    let underlined = picture(SIZE, SIZE, |x, y| {
        let is_line = (60.0..180.0).contains(&x) && (190.0..200.0).contains(&y);
        on_paper(seven(x, y).max(f64::from(u8::from(is_line))))
    });
    assert_read(&underlined, &[Doubt::Lines]);
}

#[test]
fn a_digit_at_the_border_leaves_a_doubt() {
    let cut = picture(SIZE, 170, |x, y| on_paper(seven(x, y)));
    assert_eq!(split(&cut).unwrap().doubts, [Doubt::Border]);
}

#[test]
fn rows_are_read_from_top_to_bottom() {
    // Three and two, a little slanted; the last one upside down.
    let places = [
        (0.0, 0.0),
        (100.0, 10.0),
        (200.0, 20.0),
        (0.0, 150.0),
        (100.0, 160.0),
    ];
    let page = picture(440, 400, |x, y| {
        let ink = places.iter().map(|(u, v)| match *v {
            160.0 => seven(240.0 - (x - u), 240.0 - (y - v)),
            _ => seven(x - u, y - v),
        });
        on_paper(ink.fold(0.0, f64::max))
    });
    let digits = split(&page).unwrap();
    let counts: Vec<usize> = digits.rows.iter().map(Vec::len).collect();
    assert_eq!(counts, [3, 2]);
    for digit in &digits.rows.concat()[..4] {
        assert_seven(digit);
    }
    assert!(matches!(
        digits.single(),
        Err(PictureError::SeveralDigits { found: 5 })
    ));
}

#[test]
fn a_long_row_is_read() {
    for count in [35_u32, 80] {
        let row = picture(100 * count, 200, |x, y| {
            on_paper(seven(x % 100.0 + 70.0, y))
        });
        let digits = split(&row).unwrap();
        assert_eq!(digits.rows.len(), 1);
        assert_eq!(digits.rows[0].len(), count as usize);
        digits.rows[0].iter().for_each(assert_seven);
    }
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn transparency_is_paper_whatever_the_ink() {
    for ink in [
        [0, 0, 0],
        [255, 255, 255],
        [250, 220, 80],
        [0, 0, 160],
        [128, 128, 128],
    ] {
        let [red, green, blue] = ink;
        let cut_out = RgbaImage::from_fn(SIZE, SIZE, |x, y| {
            let alpha = 255.0 * seven(f64::from(x), f64::from(y));
            Rgba([red, green, blue, alpha as u8])
        });
        assert_read(&decode(&png(cut_out)).unwrap(), &[]);
    }
    // A page with transparent corners, and one in the middle of nothing.
    for margin in [3, 45] {
        for (pen, paper) in [(20, 240), (240, 20)] {
            let page = RgbaImage::from_fn(SIZE, SIZE, |x, y| {
                let inside = x.min(y).min(SIZE - 1 - x).min(SIZE - 1 - y) >= margin;
                let ink = seven(f64::from(x), f64::from(y));
                let level = f64::from(paper) + ink * (f64::from(pen) - f64::from(paper));
                let level = level as u8;
                Rgba([level, level, level, 255 * u8::from(inside)])
            });
            assert_read(&decode(&png(page)).unwrap(), &[]);
        }
    }
}

#[test]
fn colours_of_one_brightness_are_told_apart() {
    for (pen, paper) in [
        ([0, 0, 255], [0, 0, 0]),
        ([255, 240, 0], [255, 255, 255]),
        ([220, 0, 0], [0, 0, 255]),
        ([0, 150, 0], [220, 40, 40]),
    ] {
        let coloured = RgbImage::from_fn(SIZE, SIZE, |x, y| {
            let ink = seven(f64::from(x), f64::from(y)) > 0.5;
            Rgb(if ink { pen } else { paper })
        });
        assert_read(&decode(&png(coloured)).unwrap(), &[]);
    }
}

#[test]
fn a_ring_that_the_digit_touches_leaves_a_doubt() {
    // At one place, at two, and at three.
    for radius in [62.0, 55.0, 47.0_f64] {
        let ring = picture(SIZE, SIZE, |x, y| {
            let is_ring = ((x - 120.0).hypot(y - 120.0) - radius).abs() < 3.0;
            on_paper(seven(x, y).max(f64::from(is_ring)))
        });
        let doubts = split(&ring).unwrap().doubts;
        assert_eq!(doubts, [Doubt::Loops], "radius {radius}");
    }
}

#[test]
fn an_underline_that_the_digit_touches_leaves_a_doubt() {
    for top in [155.0, 160.0, 168.0] {
        let underlined = picture(SIZE, SIZE, |x, y| {
            let is_line = (55.0..190.0).contains(&x) && (top..top + 5.0).contains(&y);
            on_paper(seven(x, y).max(f64::from(is_line)))
        });
        let doubts = split(&underlined).unwrap().doubts;
        assert_eq!(doubts, [Doubt::Lines], "line from {top}");
    }
}

#[test]
fn blots_and_empty_boxes_leave_a_doubt() {
    let shapes: [fn(f64, f64) -> bool; 3] = [
        |x, y| x.hypot(y) < 20.0,
        |x, y| x.abs() < 20.0 && y.abs() < 15.0,
        |x, y| (46.0..50.0).contains(&x.abs().max(y.abs())),
    ];
    for is_ink in shapes {
        let shape = picture(SIZE, SIZE, |x, y| {
            on_paper(f64::from(is_ink(x - 120.0, y - 120.0)))
        });
        assert_eq!(split(&shape).unwrap().doubts, [Doubt::Full]);
    }
}
