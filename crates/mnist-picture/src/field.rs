//! Converts a digit's ink to 28 × 28 pixels: scale, stretch, centre.

use crate::paper::Ink;
use crate::plane::{Bounds, Plane};
use crate::strokes::{Piece, Strokes};

/// The side of the field, in pixels.
pub const SIDE: usize = 28;

/// The number of pixels in the field.
pub const PIXELS: usize = SIDE * SIDE;

/// The side of the box that a digit is scaled to, in pixels.
const BOX: usize = 20;

/// The field of a picture that has MNIST's form already: 28 × 28 pixels, an even background, and a digit as large as the
/// box. The digit is centred, but not scaled, because scaling would blur it.
pub(crate) fn as_it_is(grey: &[u8], width: usize, height: usize) -> Option<[u8; PIXELS]> {
    if (width, height) != (SIDE, SIDE) {
        return None;
    }
    let border = (0..PIXELS).filter(|place| {
        let (x, y) = (place % SIDE, place / SIDE);
        x == 0 || y == 0 || x + 1 == SIDE || y + 1 == SIDE
    });
    let mut border: Vec<u8> = border.map(|place| grey[place]).collect();
    border.sort_unstable();
    let middle = border.len() / 2;
    // Twice the median: doubled, a picture and its negative agree exactly.
    let background = i64::from(border[middle - 1]) + i64::from(border[middle]);
    let departure = |place: usize| 2 * i64::from(grey[place]) - background;
    let squares = |sign: i64| -> i64 {
        let towards = |place| (sign * departure(place)).max(0);
        (0..PIXELS)
            .map(|place| towards(place) * towards(place))
            .sum()
    };
    let sign = if squares(-1) > squares(1) { -1 } else { 1 };
    let levels: Vec<f64> = (0..PIXELS)
        .map(|place| ((sign * departure(place)).max(0) / 2) as f64)
        .collect();
    let inked = (0..PIXELS).filter(|&place| levels[place] > 0.0);
    let bounds = inked
        .map(|place| Bounds::pixel(place % SIDE, place / SIDE))
        .reduce(|bounds, pixel| bounds.with(&pixel))?;
    let all = Plane {
        width: SIDE,
        height: SIDE,
        values: levels,
    };
    (bounds.longest() == BOX).then(|| centre(&stretch(&crop(&all, &bounds, |_, level| level))))
}

/// The field of a digit that was found.
pub(crate) fn field(ink: &Ink, strokes: &Strokes, digit: &Piece) -> [u8; PIXELS] {
    let is_its = |place: usize| digit.numbers.contains(&strokes.numbers[place]);
    let (mut sum, mut count) = (0.0, 0.0);
    for (place, &level) in ink.sharp.values.iter().enumerate() {
        if level > strokes.inked && is_its(place) {
            sum += level;
            count += 1.0;
        }
    }
    // The mean of the inked pixels and beyond is black, as MNIST's strokes are, however the light fell;
    // below `edge` is paper; what lies between is the soft edge of a stroke.
    let full = sum / count - strokes.edge;
    let digit = crop(&ink.sharp, &digit.bounds, |place, level| {
        if is_its(place) {
            ((level - strokes.edge) / full).clamp(0.0, 1.0)
        } else {
            0.0
        }
    });
    let longest = digit.width.max(digit.height);
    let scaled = |side: usize| ((2 * BOX * side + longest) / (2 * longest)).max(1);
    let (width, height) = (scaled(digit.width), scaled(digit.height));
    centre(&stretch(&resized(&resized(&digit, width), height)))
}

/// Resizes the rows to `side` pixels and exchanges rows for columns; twice is the whole picture. Each
/// pixel is a mean, weighted by a triangle as wide as two pixels of the coarser grid.
fn resized(plane: &Plane, side: usize) -> Plane {
    let ratio = plane.width as f64 / side as f64;
    let reach = ratio.max(1.0);
    let mut values = Vec::with_capacity(side * plane.height);
    for i in 0..side {
        let middle = (i as f64 + 0.5) * ratio - 0.5;
        let first = (middle - reach).floor().max(0.0) as usize;
        let end = ((middle + reach).floor() as usize + 1).min(plane.width);
        for row in plane.values.chunks(plane.width) {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (x, level) in row.iter().enumerate().take(end).skip(first) {
                let weight = (1.0 - (x as f64 - middle).abs() / reach).max(0.0);
                sum += weight * level;
                weights += weight;
            }
            values.push(sum / weights);
        }
    }
    Plane {
        width: plane.height,
        height: side,
        values,
    }
}

/// The part of a plane within `bounds`. `change` gives each new level from the pixel's position and its level.
fn crop(plane: &Plane, bounds: &Bounds, change: impl Fn(usize, f64) -> f64) -> Plane {
    let (width, height) = (bounds.width(), bounds.height());
    let mut values = Vec::with_capacity(width * height);
    for y in bounds.top..bounds.bottom {
        for x in bounds.left..bounds.right {
            let place = y * plane.width + x;
            values.push(change(place, plane.values[place]));
        }
    }
    Plane {
        width,
        height,
        values,
    }
}

/// Multiplies the levels so that the brightest is 255.
fn stretch(plane: &Plane) -> Plane {
    let brightest = plane.values.iter().copied().fold(0.0, f64::max);
    let stretched = |level: &f64| (level * 255.0 / brightest + 0.5).floor();
    Plane {
        values: plane.values.iter().map(stretched).collect(),
        ..*plane
    }
}

/// Lays the digit, no larger than the field, so that its centre of mass falls on the pixel
/// (14, 14): in each of MNIST's pictures the mean index is between 13.5 and 14.5.
fn centre(digit: &Plane) -> [u8; PIXELS] {
    let (mut mass, mut mass_x, mut mass_y) = (0.0, 0.0, 0.0);
    for (place, &level) in digit.values.iter().enumerate() {
        mass += level;
        mass_x += level * (place % digit.width) as f64;
        mass_y += level * (place / digit.width) as f64;
    }
    let start = |moment: f64, side: usize| {
        let centred = ((SIDE / 2) as f64 - moment / mass + 0.5).floor();
        (centred.max(0.0) as usize).min(SIDE - side)
    };
    let (left, top) = (start(mass_x, digit.width), start(mass_y, digit.height));
    let mut field = [0; PIXELS];
    for (place, &level) in digit.values.iter().enumerate() {
        let (x, y) = (place % digit.width, place / digit.width);
        field[(top + y) * SIDE + left + x] = level as u8;
    }
    field
}
