//! Divides the ink into digits.

use crate::doubt::Doubt;
use crate::frame;
use crate::paper::Ink;
use crate::plane::{Filled, Plane, Region, label};
use crate::strokes::{LEAST, Piece, Strokes};

/// The side of a square of the picture's area over the least longest side of a digit.
const LEAST_PART: usize = 40;

/// More pieces than this are a pattern or a page of text; to join them all would take long.
const MOST_PIECES: usize = 100;

/// A digit's width over the height in which its lowest stroke may be an underline, and over what such a line is
/// longer on each side.
const LINE_PART: usize = 5;
const INSET_PART: usize = 12;

/// Finds the digits and the doubts about them, each doubt once; no digits if there are no strokes.
pub(crate) fn pieces(ink: &mut Ink) -> (Strokes, Vec<Doubt>) {
    let (mut strokes, mut doubts) = frame::take_out(ink);
    strokes.pieces = digits(joined(of_one_pen(strokes.pieces)), &ink.sharp);
    for digit in &strokes.pieces {
        doubts.extend(doubt(digit, &strokes.numbers, &ink.sharp));
    }
    doubts.sort_unstable();
    doubts.dedup();
    (strokes, doubts)
}

/// The doubts about a digit: its border, a line that it stands on, how full it is, its loops.
fn doubt(digit: &Piece, numbers: &[usize], picture: &Plane) -> Vec<Doubt> {
    let b = &digit.bounds;
    let mut doubts = Vec::new();
    if b.is_at_border(picture.width, picture.height) {
        doubts.push(Doubt::Border);
    }
    let (w, h) = (b.width(), b.height());
    let is_paper = |place: usize| {
        let number = numbers[(b.top + place / w) * picture.width + b.left + place % w];
        !digit.numbers.contains(&number)
    };
    if is_underlined((w, h), |x, y| !is_paper(y * w + x)) {
        doubts.push(Doubt::Lines);
    }
    let (paper, regions) = label((w, h), false, is_paper);
    let is_closed = |region: &Region| !region.bounds.is_at_border(w, h);
    let area = |is_in: &dyn Fn(&&Region) -> bool| -> usize {
        regions.iter().filter(is_in).map(|it| it.area).sum()
    };
    let (filled, ink) = (w * h - area(&|it| !is_closed(it)), w * h - area(&|_| true));
    let is_wide = 2 * w.min(h) >= w.max(h);
    if is_wide && (25 * filled >= 23 * w * h || 25 * ink >= 19 * w * h) {
        doubts.push(Doubt::Full);
    }
    let mut loops = Vec::new();
    for (index, region) in regions.iter().enumerate() {
        if is_closed(region) && region.area >= 4 && 100 * region.area >= w * h {
            loops.push(Filled::of(&paper, w, index + 1, region.bounds));
        }
    }
    let beside = match &loops[..] {
        [a, b] => {
            let (a, b) = (a.bounds, b.bounds);
            2 * a.common_rows(&b) >= a.height().min(b.height())
        }
        _ => false,
    };
    // What is between a ring and a digit that touches it.
    let is_bent = |it: &Filled| 6 * it.area >= w * h && 0.43 * it.hull() > it.area as f64;
    if loops.len() > 2 || beside || loops.iter().any(is_bent) {
        doubts.push(Doubt::Loops);
    }
    doubts
}

/// Whether the lowest part of a digit is a thin line that goes on to both sides of what is above.
fn is_underlined((w, h): (usize, usize), is_ink: impl Fn(usize, usize) -> bool) -> bool {
    let band = h - h.min(w / LINE_PART);
    let is_above = |x: &usize| (0..band).any(|y| is_ink(*x, y));
    let (Some(first), Some(last)) = ((0..w).find(is_above), (0..w).rev().find(is_above)) else {
        return false;
    };
    let inset = w.div_ceil(INSET_PART);
    // Beside what is above, the line is thin and without gaps.
    let thickness = |x: usize| (band..h).filter(|&y| is_ink(x, y)).count();
    let is_line = |x: usize| thickness(x) > 0 && 2 * thickness(x) <= w / LINE_PART;
    let mut beside = (0..first).chain(last + 1..w);
    first >= inset && last + inset < w && beside.all(is_line)
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
                piece.pixels += other.pixels;
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
    let over = 2 * apart(right, left) >= a.bounds.width().min(b.bounds.width());
    let small = 2 * a.bounds.longest().min(b.bounds.longest()) <= longest;
    let close = 6 * across.max(down) <= longest;
    (over && 4 * down <= longest) || (small && close)
}

/// The pieces that are digits: those of about one size. What is larger than a digit and
/// reaches the border, as a table or a shadow does, is none. None is, if most of the ink is in other pieces, as in
/// noise.
fn digits(mut pieces: Vec<Piece>, picture: &Plane) -> Vec<Piece> {
    let mut least = LEAST;
    while (LEAST_PART * (least + 1)) * (LEAST_PART * (least + 1)) <= picture.values.len() {
        least += 1;
    }
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
    pieces
}
