//! Removes lines around, under and across digits: frames, rings and rules.

use crate::doubt::Doubt;
use crate::paper::Ink;
use crate::pieces::{LEAST, Piece};
use crate::plane::{Bounds, Filled, Plane};

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
const SLOPES: i32 = 16;
const STEEPNESS: f64 = 80.0;

/// Removes frames, rings and rules from the ink, and returns doubts about strokes that may be lost with them.
pub(crate) fn take_out(
    ink: &mut Ink,
    connected: impl Fn(&Ink) -> (Vec<usize>, Vec<Piece>, f64),
) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    for round in 0..ROUNDS {
        let (numbers, pieces, edge) = connected(ink);
        let mut found = Vec::new();
        for index in 0..pieces.len().min(MOST) {
            if let Some(doubt) = kind(index, &pieces, &numbers, &ink.smooth) {
                found.push(pieces[index].numbers[0]);
                doubts.extend(doubt);
            }
        }
        if !found.is_empty() {
            erase(ink, &numbers, &found);
            continue;
        }
        let (width, height) = (ink.smooth.width, ink.smooth.height);
        let whole = Bounds {
            left: 0,
            top: 0,
            right: width,
            bottom: height,
        };
        let boxes = pieces.iter().map(|piece| piece.bounds);
        let boxes = boxes.filter(|b| 4 * b.longest() >= width.max(height));
        let windows = std::iter::once(whole).chain(boxes.take(MOST_BOXES));
        let mut erased = false;
        for window in windows {
            erased |= erase_lines(ink, edge, window, window == whole);
        }
        if round > 0 || !erased {
            break;
        }
        doubts.push(Doubt::Lines);
    }
    doubts
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
    slope: f64,
    /// Where it is in the middle of the window.
    middle: f64,
    /// Where it begins and ends.
    from: usize,
    to: usize,
    /// How much of it is inked, in pixels.
    covered: usize,
}

impl Line {
    /// The pixel at a place along the line.
    fn at(&self, along: usize) -> (usize, usize) {
        let half = (self.from + self.to) as f64 / 2.0;
        let across = self.middle + self.slope * (along as f64 - half);
        let across = (across + 0.5).floor().max(0.0) as usize;
        match self.is_level {
            true => (along, across),
            false => (across, along),
        }
    }

    fn length(&self) -> usize {
        self.to - self.from
    }
}

/// How much of a line is inked at least, in percent.
fn share(is_whole: bool) -> usize {
    if is_whole { 85 } else { 75 }
}

/// The lines through a window that are inked almost everywhere, the best first.
fn lines(inked: &[bool], width: usize, window: Bounds, is_whole: bool) -> Vec<Line> {
    let share = share(is_whole);
    let mut lines = Vec::new();
    for is_level in [true, false] {
        let (from, to, low, high) = match is_level {
            true => (window.left, window.right, window.top, window.bottom),
            false => (window.top, window.bottom, window.left, window.right),
        };
        for k in -SLOPES..=SLOPES {
            let slope = f64::from(k) / STEEPNESS;
            let drift = (slope * (to - from) as f64 / 2.0).abs();
            for middle in low..high {
                let middle = middle as f64;
                if middle - drift < low as f64 || middle + drift + 1.0 > high as f64 {
                    continue;
                }
                let mut line = Line {
                    is_level,
                    slope,
                    middle,
                    from,
                    to,
                    covered: 0,
                };
                let is_inked = |along: usize| {
                    let (x, y) = line.at(along);
                    inked[y * width + x]
                };
                // Across the picture, rules reach both borders.
                let end = (line.length() / END_PART).max(3).min(line.length());
                let reaches = (from..from + end).any(is_inked) && (to - end..to).any(is_inked);
                let covered = (from..to).filter(|&along| is_inked(along)).count();
                if 100 * covered >= share * line.length() && (reaches || !is_whole) {
                    line.covered = covered;
                    lines.push(line);
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
    let size = (ink.smooth.width, ink.smooth.height);
    let mut inked: Vec<bool> = ink
        .smooth
        .values
        .iter()
        .map(|&level| level > edge)
        .collect();
    let count = |inked: &[bool]| inked.iter().filter(|&&is| is).count();
    let all = count(&inked);
    let mut erased = Vec::new();
    // Of lines from left to right and of others, the least and the greatest place across.
    let mut extent = [(f64::INFINITY, f64::NEG_INFINITY); 2];
    let share = share(is_whole);
    for line in &lines(&inked, size.0, window, is_whole) {
        let runs: Vec<(usize, Bounds)> = (line.from..line.to)
            .filter_map(|along| run(&inked, size, line, along))
            .collect();
        let mut lengths: Vec<usize> = runs.iter().map(|run| run.0).collect();
        lengths.sort_unstable();
        let thick = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
        if 100 * runs.len() < share * line.length() || THIN * thick > line.length() {
            continue;
        }
        let (least, most) = &mut extent[usize::from(line.is_level)];
        *least = least.min(line.middle);
        *most = most.max(line.middle);
        for (length, place) in runs {
            if 2 * length <= 3 * thick + 2 {
                for y in place.top..place.bottom {
                    for x in place.left..place.right {
                        inked[y * size.0 + x] = false;
                        erased.push(y * size.0 + x);
                    }
                }
            }
        }
    }
    let far = |k: usize, side: usize| 2.0 * (extent[k].1 - extent[k].0) >= side as f64;
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

/// The ink that crosses a line at a place along the line: how far it goes, and its pixels.
fn run(
    inked: &[bool],
    (width, height): (usize, usize),
    line: &Line,
    along: usize,
) -> Option<(usize, Bounds)> {
    let (x, y) = line.at(along);
    if !inked[y * width + x] {
        return None;
    }
    let mut bounds = Bounds::pixel(x, y);
    if line.is_level {
        while bounds.top > 0 && inked[(bounds.top - 1) * width + x] {
            bounds.top -= 1;
        }
        while bounds.bottom < height && inked[bounds.bottom * width + x] {
            bounds.bottom += 1;
        }
        return Some((bounds.height(), bounds));
    }
    while bounds.left > 0 && inked[y * width + bounds.left - 1] {
        bounds.left -= 1;
    }
    while bounds.right < width && inked[y * width + bounds.right] {
        bounds.right += 1;
    }
    Some((bounds.width(), bounds))
}
