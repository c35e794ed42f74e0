//! Which ink belongs to which digit.

use crate::paper::{Ink, Plane};

/// Least difference between ink and background, in grey levels; the artefacts of a blank scan's JPEG stay
/// below.
const MIN_CONTRAST: f64 = 24.0;

/// Ink stands out from the paper by as many standard deviations of its noise; of a million pixels of noise
/// not one does.
const SIGMAS: f64 = 6.0;

/// Least longest side of a digit, in pixels.
pub(crate) const LEAST: usize = 5;

/// The longest side of the picture over the least of a digit.
const LEAST_PART: usize = 40;

/// More pieces than this are a pattern or a page of text; to join them all would take long.
const MOST_PIECES: usize = 100;

/// A rectangle of pixels: `right` and `bottom` lie beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Bounds {
    /// The longer of width and height.
    pub(crate) fn longest(&self) -> usize {
        (self.right - self.left).max(self.bottom - self.top)
    }

    pub(crate) fn with(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Ink that hangs together, or several such pieces that make one digit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// The numbers that its pixels have in [`Pieces::numbers`].
    pub(crate) numbers: Vec<u32>,
    pub(crate) bounds: Bounds,
    /// How many pixels are inked.
    pub(crate) area: usize,
    /// The sum of their levels.
    pub(crate) level: f64,
}

/// The digits of a picture.
pub(crate) struct Pieces {
    /// From left to right.
    pub(crate) digits: Vec<Piece>,
    /// Of each pixel, the number of its piece, from 1; 0 on paper.
    pub(crate) numbers: Vec<u32>,
    /// Grey levels above which a pixel is within a stroke, its soft edge included.
    pub(crate) edge: f64,
    /// Grey levels above which a pixel is inked.
    pub(crate) inked: f64,
}

/// Finds the digits; none, where nothing stands out as strokes would.
pub(crate) fn pieces(ink: &Ink) -> Pieces {
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
    let (edge, inked) = ((full / 3.0).max(3.0 * ink.noise), full / 2.0);
    let (numbers, connected) = connected(ink, edge, inked);
    let digits = digits(joined(of_one_pen(connected)), &ink.sharp);
    Pieces {
        digits,
        numbers,
        edge,
        inked,
    }
}

/// Numbers the pixels above `edge` such that neighbours, also across corners, have the same; the pieces
/// with an inked pixel.
fn connected(ink: &Ink, edge: f64, inked: f64) -> (Vec<u32>, Vec<Piece>) {
    let Plane {
        width,
        height,
        values,
    } = &ink.smooth;
    let mut numbers = vec![0; values.len()];
    let mut found = Vec::new();
    let mut number = 0;
    let mut open = Vec::new();
    for start in 0..values.len() {
        if numbers[start] != 0 || values[start] <= edge {
            continue;
        }
        number += 1;
        numbers[start] = number;
        open.push(start);
        let (mut bounds, mut area, mut level) = (None, 0, 0.0);
        while let Some(place) = open.pop() {
            let (x, y) = (place % width, place / width);
            if ink.sharp.values[place] > inked {
                let pixel = Bounds {
                    left: x,
                    top: y,
                    right: x + 1,
                    bottom: y + 1,
                };
                bounds = Some(bounds.map_or(pixel, |bounds: Bounds| bounds.with(&pixel)));
                area += 1;
                level += ink.sharp.values[place];
            }
            for row in y.max(1) - 1..(y + 2).min(*height) {
                for column in x.max(1) - 1..(x + 2).min(*width) {
                    let next = row * width + column;
                    if numbers[next] == 0 && values[next] > edge {
                        numbers[next] = number;
                        open.push(next);
                    }
                }
            }
        }
        found.extend(bounds.map(|bounds| Piece {
            numbers: vec![number],
            bounds,
            area,
            level,
        }));
    }
    (numbers, found)
}

/// The pieces without what is much fainter than the digits, as shades and smears, and without what is too
/// small to be part of one; noise may leave many of these. None, if there are too many.
fn of_one_pen(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let longest = longest(&pieces);
    let mean = |piece: &Piece| piece.level / piece.area as f64;
    let large = pieces
        .iter()
        .filter(|piece| 4 * piece.bounds.longest() >= longest);
    let darkest = large.map(mean).fold(0.0, f64::max);
    pieces.retain(|piece| mean(piece) > 0.6 * darkest && 20 * piece.bounds.longest() >= longest);
    if pieces.len() > MOST_PIECES {
        pieces.clear();
    }
    pieces
}

/// Joins the pieces that belong to one digit.
fn joined(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let longest = longest(&pieces);
    let mut first = 0;
    while first < pieces.len() {
        let other = (first + 1..pieces.len())
            .find(|&other| belong(&pieces[first], &pieces[other], longest));
        match other {
            None => first += 1,
            Some(other) => {
                let other = pieces.remove(other);
                let piece = &mut pieces[first];
                piece.numbers.extend(other.numbers);
                piece.bounds = piece.bounds.with(&other.bounds);
                piece.area += other.area;
                piece.level += other.level;
                // The larger piece may belong to one that was passed over.
                first = 0;
            }
        }
    }
    pieces
}

fn longest(pieces: &[Piece]) -> usize {
    let sides = pieces.iter().map(|piece| piece.bounds.longest());
    sides.max().unwrap_or(0)
}

/// Whether two pieces are of one digit: one over the other, as the bar of a 5 that does not touch its bow,
/// or a small one close by. Digits in a row stand beside each other and are of about one size.
fn belong(a: &Piece, b: &Piece, longest: usize) -> bool {
    let apart = |low: usize, high: usize| low.saturating_sub(high);
    let left = a.bounds.left.max(b.bounds.left);
    let right = a.bounds.right.min(b.bounds.right);
    let across = apart(left, right);
    let down = apart(
        a.bounds.top.max(b.bounds.top),
        a.bounds.bottom.min(b.bounds.bottom),
    );
    let width = |piece: &Piece| piece.bounds.right - piece.bounds.left;
    let over = 2 * apart(right, left) >= width(a).min(width(b));
    let small = 2 * a.bounds.longest().min(b.bounds.longest()) <= longest;
    let close = 6 * across.max(down) <= longest;
    (over && 4 * down <= longest) || (small && close)
}

/// The pieces that are digits, from left to right: those of about one size. What is larger than a digit and
/// reaches the border, as a table or a shadow does, is none. None is, if most of the ink is in other pieces, as in
/// noise.
fn digits(mut pieces: Vec<Piece>, picture: &Plane) -> Vec<Piece> {
    let least = LEAST.max(picture.width.max(picture.height) / LEAST_PART);
    let is_inside = |piece: &Piece| {
        let bounds = &piece.bounds;
        let (right, bottom) = (bounds.right + 1, bounds.bottom + 1);
        bounds.left > 1 && bounds.top > 1 && right < picture.width && bottom < picture.height
    };
    let sides = pieces
        .iter()
        .filter(|piece| is_inside(piece))
        .map(|piece| piece.bounds.longest());
    let inside = sides.max().unwrap_or(0);
    if inside >= 2 * least {
        pieces.retain(|piece| is_inside(piece) || 2 * piece.bounds.longest() <= 3 * inside);
    }
    let longest = longest(&pieces);
    let area = |pieces: &[Piece]| pieces.iter().map(|piece| piece.area).sum::<usize>();
    let all = area(&pieces);
    pieces.retain(|piece| 2 * piece.bounds.longest() > longest);
    if longest < least || 2 * area(&pieces) < all {
        pieces.clear();
    }
    pieces.sort_by_key(|piece| piece.bounds.left);
    pieces
}
