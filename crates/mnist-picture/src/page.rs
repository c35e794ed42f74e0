//! The page on which the digit is written, if the picture shows more: a table around the page, a border
//! around a screenshot, the dark square of a digit in a light document.

use crate::field::SIDE;
use crate::plane::{Filled, Grey, Plane, Region, factor, label, median, reduce, smooth};

/// Most pixels of the picture that the page is looked for in.
const MOST: usize = 200 * 200;

/// Least difference of neighbouring pixels at an edge, in grey levels.
const LEAST_STEP: f64 = 6.0;

/// That difference times the picture's side in pixels: a soft shadow's edge is less steep.
const STEP_PER_SIDE: f64 = 700.0;

/// A page is at least this part of its picture.
const LEAST_PART: usize = 64;

/// The part of a picture that is the page, on paper of the page's own colour where the page has no pixel;
/// `None` if the picture is all page.
pub(crate) fn page(grey: &Grey<'_>) -> Option<Grey<'static>> {
    let factor = factor(grey.width, grey.height, MOST);
    let level = |place: usize| f64::from(grey.levels[place]);
    let small = smooth(&reduce(grey.width, grey.height, factor, level));
    if small.width.min(small.height) < SIDE {
        return None;
    }
    let steep = steep(&small);
    let size = (small.width, small.height);
    let (numbers, regions) = label(size, false, |place| !steep[place]);
    let mut pages: Vec<(usize, Filled)> = Vec::new();
    for (index, region) in regions.iter().enumerate() {
        if LEAST_PART * region.area >= small.values.len() {
            let filled = Filled::of(&numbers, small.width, index + 1, region.bounds);
            if is_page(&filled, region, index + 1, &numbers, &small) {
                pages.push((index + 1, filled));
            }
        }
    }
    // The first of the largest.
    let (number, page) = pages.iter().rev().max_by_key(|(_, page)| page.area)?;
    // Several beside each other are the cells of a form, each with a digit. The page meets itself.
    let is_alone = |other: &Filled| 3 * other.area < page.area || page.bounds.meets(&other.bounds);
    if !pages.iter().all(|(_, other)| is_alone(other)) {
        return None;
    }
    cut_out(grey, factor, &small, (&numbers, *number), page)
}

/// Where the picture has edges: pixels that differ more from a neighbour than noise and soft shadows make them.
fn steep(small: &Plane) -> Vec<bool> {
    let (width, height, values) = (small.width, small.height, &small.values);
    let difference = |a: usize, b: usize| (values[a] - values[b]).abs();
    let beside = (0..values.len()).filter(|place| place % width > 0);
    let noise = median(beside.map(|place| difference(place, place - 1)).collect());
    let most = LEAST_STEP
        .max(STEP_PER_SIDE / width.max(height) as f64)
        .max(3.0 * noise);
    let is_steep = |place: usize| {
        let (x, y) = (place % width, place / width);
        (x > 0 && difference(place, place - 1) > most)
            || (x + 1 < width && difference(place, place + 1) > most)
            || (y > 0 && difference(place, place - width) > most)
            || (y + 1 < height && difference(place, place + width) > most)
    };
    (0..values.len()).map(is_steep).collect()
}

/// Whether a region is a page within the picture: convex, with straight sides, and with something on it.
fn is_page(
    filled: &Filled,
    region: &Region,
    number: usize,
    numbers: &[usize],
    small: &Plane,
) -> bool {
    if 100 * filled.area >= 97 * small.values.len() || 2 * region.area < filled.area {
        return false;
    }
    let b = &filled.bounds;
    let is_cut = b.is_at_border(small.width, small.height);
    if 0.46 * filled.hull() > filled.area as f64 || (!is_cut && filled.is_round()) {
        return false;
    }
    let is_hole = |place: usize| {
        let (x, y) = (place % b.width(), place / b.width());
        filled.inside[place] && numbers[(b.top + y) * small.width + b.left + x] != number
    };
    let (_, holes) = label((b.width(), b.height()), true, is_hole);
    let longest = holes.iter().map(|hole| hole.bounds.longest()).max();
    longest.is_some_and(|longest| longest >= 4 && 25 * longest >= b.longest())
}

/// Copies the page from the picture in full size. Beyond the page, each row continues with the level of the row's last
/// pixel of paper.
fn cut_out(
    grey: &Grey<'_>,
    factor: usize,
    small: &Plane,
    (numbers, number): (&[usize], usize),
    page: &Filled,
) -> Option<Grey<'static>> {
    let b = &page.bounds;
    let mut rows: Vec<Row> = (b.top..b.bottom)
        .map(|y| Row::of(y, small, numbers, number, page))
        .collect();
    for k in 1..rows.len() {
        if rows[k].first >= rows[k].end {
            (rows[k].before, rows[k].after) = (rows[k - 1].after, rows[k - 1].after);
        }
    }
    let used = |row: &&Row| row.first < row.end;
    let left = rows.iter().filter(used).map(|row| row.first).min()?;
    let right = rows.iter().filter(used).map(|row| row.end).max()?;
    let top = b.top + rows.iter().position(|row| used(&row))?;
    let bottom = b.top + rows.iter().rposition(|row| used(&row))? + 1;
    let (columns, lines) = (
        left * factor..grey.width.min(right * factor),
        top * factor..grey.height.min(bottom * factor),
    );
    let mut levels = Vec::with_capacity(columns.len() * lines.len());
    for y in lines.clone() {
        let row = &rows[y / factor - b.top];
        for x in columns.clone() {
            levels.push(if x / factor < row.first {
                row.before
            } else if x / factor >= row.end {
                row.after
            } else {
                grey.levels[y * grey.width + x]
            });
        }
    }
    Some(Grey {
        width: columns.len(),
        height: lines.len(),
        levels: levels.into(),
    })
}

/// Which columns of a row are within the page, and the paper's level at both ends.
#[derive(Clone, Copy)]
struct Row {
    first: usize,
    end: usize,
    before: u8,
    after: u8,
}

impl Row {
    fn of(y: usize, small: &Plane, numbers: &[usize], number: usize, page: &Filled) -> Self {
        let b = &page.bounds;
        let (first, end) = page.span(y - b.top);
        let (first, end) = (b.left + first, b.left + end);
        let is_paper = |x: &usize| numbers[y * small.width + x] == number;
        let level = |x: Option<usize>| {
            x.map_or(0, |x| {
                (small.values[y * small.width + x] + 0.5).floor() as u8
            })
        };
        let columns = first..end;
        let (before, after) = (
            level(columns.clone().find(is_paper)),
            level(columns.clone().rev().find(is_paper)),
        );
        // Otherwise, a row without paper would be ink from end to end.
        let end = if columns.clone().any(|x| is_paper(&x)) {
            columns.end
        } else {
            columns.start
        };
        Self {
            first,
            end,
            before,
            after,
        }
    }
}
