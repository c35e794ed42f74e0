//! Connected ink.

use crate::paper::Ink;
use crate::plane::{Bounds, Plane, label};

/// Least difference between ink and background, in grey levels; the artefacts of a blank scan's JPEG stay
/// below.
const MIN_CONTRAST: f64 = 24.0;

/// The minimum contrast of ink, in standard deviations of the paper's noise. Not one pixel of noise in a million has it.
const SIGMAS: f64 = 6.0;

/// Least longest side of a digit, in pixels.
pub(crate) const LEAST: usize = 5;

/// Connected ink, or several parts that form one digit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// The numbers that its pixels have in [`Strokes::numbers`].
    pub(crate) numbers: Vec<usize>,
    pub(crate) bounds: Bounds,
    /// How many pixels it has with its soft edge.
    pub(crate) pixels: usize,
    /// How many pixels are inked.
    pub(crate) area: usize,
    /// The sum of their levels.
    pub(crate) level: f64,
}

/// The ink of a picture in pieces.
pub(crate) struct Strokes {
    pub(crate) pieces: Vec<Piece>,
    /// The number of each pixel's piece, from 1; 0 for paper.
    pub(crate) numbers: Vec<usize>,
    /// Grey levels above which a pixel is within a stroke, its soft edge included.
    pub(crate) edge: f64,
    /// Grey levels above which a pixel is inked.
    pub(crate) inked: f64,
}

/// Grey levels above which a pixel is in a stroke, with its soft edge and without.
fn levels(ink: &Ink) -> (f64, f64) {
    let least = MIN_CONTRAST.max(SIGMAS * ink.noise);
    let (mut squares, mut cubes) = (0.0, 0.0);
    for &level in &ink.smooth.values {
        if level > least {
            squares += level * level;
            cubes += level * level * level;
        }
    }
    // Each level weighted by its square: strokes count more than a shade that the background left.
    let full = if squares > 0.0 {
        cubes / squares
    } else {
        f64::INFINITY
    };
    ((full / 3.0).max(3.0 * ink.noise), full / 2.0)
}

/// Numbers the pixels of strokes such that neighbours, also across corners, have the same; the pieces have an
/// inked pixel.
pub(crate) fn connected(ink: &Ink) -> Strokes {
    let (edge, inked) = levels(ink);
    let Plane {
        width,
        height,
        values,
    } = &ink.smooth;
    let in_stroke = |place: usize| values[place] > edge;
    let (numbers, regions) = label((*width, *height), true, in_stroke);
    let mut found: Vec<Option<Piece>> = vec![None; regions.len()];
    for (place, &level) in ink.sharp.values.iter().enumerate() {
        if numbers[place] != 0 && level > inked {
            let pixel = Bounds::pixel(place % width, place / width);
            let number = numbers[place];
            let piece = found[number - 1].get_or_insert(Piece {
                numbers: vec![number],
                bounds: pixel,
                pixels: regions[number - 1].area,
                area: 0,
                level: 0.0,
            });
            piece.bounds = piece.bounds.with(&pixel);
            piece.area += 1;
            piece.level += level;
        }
    }
    Strokes {
        pieces: found.into_iter().flatten().collect(),
        numbers,
        edge,
        inked,
    }
}
