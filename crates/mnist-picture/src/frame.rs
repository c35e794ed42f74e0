//! Removes lines around, under and across digits: frames, rings and rules.

use crate::doubt::Doubt;
use crate::paper::Ink;
use crate::plane::{Bounds, Filled, Plane, median};
use crate::strokes::{LEAST, Piece, Strokes, connected};

/// The number of rounds in which frames are looked for, because frames may be nested.
const ROUNDS: usize = 4;

/// The maximum number of pieces in which frames are looked for.
const MOST: usize = 60;

/// More boxes are not looked at for lines that digits touch.
const MOST_BOXES: usize = 8;

/// A rule is at least this many times as long as thick, and one that stands alone this many times.
const THIN: usize = 12;
const THIN_ALONE: usize = 8;

/// A line's length over that of the ends that are looked at.
const END_PART: usize = 40;

/// Slopes that are tried for a rule each way, and how many of them make 45°.
const SLOPES: isize = 16;
const STEEPNESS: isize = 80;

/// Removes frames, rings and rules from the ink. Returns the remaining strokes, and doubts about strokes that may be lost.
pub(crate) fn take_out(ink: &mut Ink) -> (Strokes, Vec<Doubt>) {
    let mut doubts = Vec::new();
    let (width, height) = (ink.smooth.width, ink.smooth.height);
    let whole = Bounds {
        left: 0,
        top: 0,
        right: width,
        bottom: height,
    };
    let mut strokes = connected(ink);
    for _ in 0..ROUNDS {
        let (pieces, numbers) = (&strokes.pieces, &strokes.numbers);
        let mut found = Vec::new();
        for index in 0..pieces.len().min(MOST) {
            if let Some(doubt) = kind(index, pieces, numbers, &ink.smooth) {
                found.push(pieces[index].numbers[0]);
                doubts.extend(doubt);
            }
        }
        if found.is_empty() {
            let boxes = pieces.iter().map(|piece| piece.bounds);
            let boxes = boxes.filter(|b| 4 * b.longest() >= width.max(height));
            let windows = std::iter::once(whole).chain(boxes.take(MOST_BOXES));
            let mut erased = false;
            for window in windows {
                erased |= erase_lines(ink, strokes.edge, window, window == whole);
            }
            if !erased {
                break;
            }
            doubts.push(Doubt::Lines);
        } else {
            erase(ink, numbers, &found);
        }
        strokes = connected(ink);
    }
    (strokes, doubts)
}

/// Whether a piece is a frame, a ring or a rule, and the doubt that this leaves; `None` for any other.
fn kind(
    index: usize,
    pieces: &[Piece],
    numbers: &[usize],
    picture: &Plane,
) -> Option<Option<Doubt>> {
    let piece = &pieces[index];
    let b = piece.bounds;
    let others = || {
        pieces
            .iter()
            .enumerate()
            .filter(|(k, _)| *k != index)
            .map(|(_, p)| p)
    };
    let longest = others().map(|other| other.bounds.longest()).max()?;
    if longest < LEAST || b.longest() < 2 * LEAST {
        return None;
    }
    let [at_left, at_right] = [b.left < 3, b.right + 3 > picture.width];
    let [at_top, at_bottom] = [b.top < 3, b.bottom + 3 > picture.height];
    if is_rule(piece) {
        let is_level = b.width() > b.height();
        let across = if is_level {
            at_left && at_right
        } else {
            at_top && at_bottom
        };
        // Rules are parallel.
        let is_across = |other: &&Piece| {
            !is_rule(other) || (other.bounds.width() > other.bounds.height()) != is_level
        };
        let all = others()
            .filter(is_across)
            .map(|other| other.bounds)
            .reduce(|a, b| a.with(&b))?;
        if is_level {
            // Over a digit it could be the bar of a 5 or a 7.
            let under = all.bottom <= b.top + 1 && 10 * b.width() >= 11 * all.width();
            return (across || under).then_some(Some(Doubt::Lines));
        }
        let long = 2 * b.height() >= 3 * all.height();
        return (across && long).then_some(Some(Doubt::Lines));
    }
    let sides = [at_left, at_right, at_top, at_bottom];
    let sides = sides.into_iter().filter(|&at| at).count();
    let number = piece.numbers[0];
    let filled = Filled::of(numbers, picture.width, number, b);
    let is_inside = |other: &&Piece| {
        let b = other.bounds;
        let middle = ((b.left + b.right) / 2, (b.top + b.bottom) / 2);
        other.bounds.longest() >= LEAST && filled.has(middle.0, middle.1)
    };
    let inside = others()
        .filter(is_inside)
        .map(|other| other.bounds.longest())
        .max();
    if let Some(inside) = inside {
        let round = filled.is_round();
        let thin = 5 * piece.pixels <= filled.area;
        if 5 * piece.pixels <= 2 * filled.area && (5 * inside >= b.longest() || (thin && !round)) {
            return Some(round.then_some(Doubt::Ring));
        }
    }
    // A frame of which the picture cuts a side off.
    let within = others().any(|other| {
        let o = other.bounds;
        6 * o.longest() >= b.longest() && b.with(&o) == b
    });
    let spare = 4 * piece.pixels <= b.width() * b.height();
    (sides >= 2 && within && spare).then_some(None)
}

/// Whether a piece is a thin straight line.
fn is_rule(piece: &Piece) -> bool {
    let b = &piece.bounds;
    let (long, short) = (b.longest(), b.width().min(b.height()));
    THIN_ALONE * piece.pixels <= long * long && 5 * short <= long
}

/// Takes the pieces out, with their soft edges.
fn erase(ink: &mut Ink, numbers: &[usize], found: &[usize]) {
    let (width, height) = (ink.smooth.width, ink.smooth.height);
    for place in 0..numbers.len() {
        let (x, y) = (place % width, place / width);
        let mut is_near = false;
        if numbers[place] == 0 || found.contains(&numbers[place]) {
            for row in y.max(2) - 2..height.min(y + 3) {
                for column in x.max(2) - 2..width.min(x + 3) {
                    is_near |= found.contains(&numbers[row * width + column]);
                }
            }
        }
        if is_near {
            ink.sharp.values[place] = 0.0;
            ink.smooth.values[place] = 0.0;
        }
    }
}

/// A straight line through a window.
struct Line {
    /// Whether it goes from left to right, and not from top to bottom.
    is_level: bool,
    /// Where it is in the middle of the window, across its direction.
    middle: usize,
    pixels: Vec<usize>,
    /// How many of them are inked.
    covered: usize,
    /// The median thickness of those.
    thick: f64,
}

/// How many pixels of a line are inked; 0 if too few are.
fn covered(inked: &[bool], pixels: impl ExactSizeIterator<Item = usize>, is_whole: bool) -> usize {
    let length = pixels.len();
    let most = if is_whole { 15 } else { 25 } * length / 100;
    let end = (length / END_PART).max(3).min(length);
    let (mut missed, mut at_start, mut at_end) = (0, false, false);
    for (at, place) in pixels.enumerate() {
        if inked[place] {
            at_start |= at < end;
            at_end |= at >= length - end;
        } else {
            missed += 1;
            if missed > most {
                return 0;
            }
        }
    }
    // Across the picture, rules reach both borders.
    if (at_start && at_end) || !is_whole {
        length - missed
    } else {
        0
    }
}

/// Of each pixel, how far ink goes on in the direction of `step`, in both senses.
fn thickness(inked: &[bool], width: usize, step: usize) -> Vec<usize> {
    let mut thickness = vec![0; inked.len()];
    let is_first = |place: usize| match step {
        1 => place.is_multiple_of(width),
        _ => place < width,
    };
    for place in 0..inked.len() {
        if inked[place] {
            thickness[place] = if is_first(place) {
                1
            } else {
                thickness[place - step] + 1
            };
        }
    }
    for place in (step..inked.len()).rev() {
        if inked[place] && inked[place - step] && !is_first(place) {
            thickness[place - step] = thickness[place];
        }
    }
    thickness
}

/// The thin lines through a window that are inked almost everywhere, the best first.
fn lines(inked: &[bool], width: usize, window: Bounds, is_whole: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for is_level in [true, false] {
        let (from, to, low, high, along, across) = match is_level {
            true => (
                window.left,
                window.right,
                window.top,
                window.bottom,
                1,
                width,
            ),
            false => (
                window.top,
                window.bottom,
                window.left,
                window.right,
                width,
                1,
            ),
        };
        let length = to - from;
        // No line is covered more than all of them together.
        let is_any = |at: usize| (low..high).any(|k| inked[at * along + k * across]);
        let all: Vec<bool> = (from..to).map(is_any).collect();
        if covered(&all, 0..length, is_whole) == 0 {
            continue;
        }
        let thickness = thickness(inked, width, across);
        for slope in -SLOPES..=SLOPES {
            let drift = |at: usize| {
                let from_middle = 2 * at as isize - length as isize;
                (slope * from_middle + STEEPNESS).div_euclid(2 * STEEPNESS)
            };
            let most = (slope.unsigned_abs() * length).div_ceil(2 * STEEPNESS.unsigned_abs());
            for middle in low + most..high.saturating_sub(most) {
                let pixels = (0..length).map(|at| {
                    (from + at) * along + middle.saturating_add_signed(drift(at)) * across
                });
                let covered = covered(inked, pixels.clone(), is_whole);
                if covered == 0 {
                    continue;
                }
                let inked = pixels.clone().filter(|&place| inked[place]);
                let thick = median(inked.map(|place| thickness[place] as f64).collect());
                if THIN as f64 * thick <= length as f64 {
                    lines.push(Line {
                        is_level,
                        middle,
                        pixels: pixels.collect(),
                        covered,
                        thick,
                    });
                }
            }
        }
    }
    lines.sort_by_key(|line| inked.len() - line.covered);
    lines
}

/// Erases thin straight lines, though digits may touch them: those across the whole picture, or those around
/// a box. Strokes that cross a line are kept. Whether there were any.
fn erase_lines(ink: &mut Ink, edge: f64, window: Bounds, is_whole: bool) -> bool {
    let width = ink.smooth.width;
    let is_inked = |level: &f64| *level > edge;
    let mut inked: Vec<bool> = ink.smooth.values.iter().map(is_inked).collect();
    let lines = lines(&inked, width, window, is_whole);
    let count = |inked: &[bool]| inked.iter().filter(|&&is| is).count();
    let all = count(&inked);
    let mut erased = Vec::new();
    // Of lines from left to right and of others, the least and the greatest place across.
    let mut extent = [(usize::MAX, 0); 2];
    for line in &lines {
        // Better lines may have taken the ink.
        if covered(&inked, line.pixels.iter().copied(), is_whole) == 0 {
            continue;
        }
        let (least, most) = &mut extent[usize::from(line.is_level)];
        *least = line.middle.min(*least);
        *most = line.middle.max(*most);
        for &place in &line.pixels {
            if !inked[place] {
                continue;
            }
            let (step, low, high) = match line.is_level {
                true => (width, 0, inked.len()),
                false => (1, place - place % width, place - place % width + width),
            };
            let (mut first, mut end) = (place, place + step);
            while first >= low + step && inked[first - step] {
                first -= step;
            }
            while end < high && inked[end] {
                end += step;
            }
            let thick = (end - first) / step;
            if 2.0 * thick as f64 <= 3.0 * line.thick + 2.0 {
                for place in (first..end).step_by(step) {
                    inked[place] = false;
                    erased.push(place);
                }
            }
        }
    }
    let far = |k: usize, side: usize| 2 * extent[k].1.saturating_sub(extent[k].0) >= side;
    let is_box = far(1, window.height()) && far(0, window.width());
    // A lone line may be a 1.
    let left = count(&inked);
    if erased.is_empty() || !(is_whole || is_box) || 20 * left < all || left < LEAST * LEAST {
        return false;
    }
    for place in erased {
        ink.sharp.values[place] = 0.0;
        ink.smooth.values[place] = 0.0;
    }
    true
}
