//! Numbers on a rectangle of pixels, and what is found and measured on them.
//!
//! All of this crate's arithmetic on pictures is +, −, ×, ÷, floor and comparisons of `f64` in a fixed
//! order, so that `prepare.js` gives the same bytes.

use std::borrow::Cow;

/// Numbers on a rectangle of pixels, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f64>,
}

/// Grey levels of a picture, row by row.
pub(crate) struct Grey<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) levels: Cow<'a, [u8]>,
}

/// A rectangle of pixels: `right` and `bottom` are beyond the last column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Bounds {
    pub(crate) fn pixel(x: usize, y: usize) -> Self {
        Self {
            left: x,
            top: y,
            right: x + 1,
            bottom: y + 1,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// The longer of width and height.
    pub(crate) fn longest(&self) -> usize {
        self.width().max(self.height())
    }

    /// The smallest rectangle that holds both.
    pub(crate) fn with(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// The number of rows that both have.
    pub(crate) fn common_rows(&self, other: &Self) -> usize {
        let (top, bottom) = (self.top.max(other.top), self.bottom.min(other.bottom));
        bottom.saturating_sub(top)
    }

    /// Whether it reaches the border of a plane of this size.
    pub(crate) fn is_at_border(&self, width: usize, height: usize) -> bool {
        self.left == 0 || self.top == 0 || self.right == width || self.bottom == height
    }
}

/// How many pixels are averaged to one, each way, so that at most `most` are left.
pub(crate) fn factor(width: usize, height: usize, most: usize) -> usize {
    let mut factor = 1;
    while width.div_ceil(factor) * height.div_ceil(factor) > most {
        factor += 1;
    }
    factor
}

/// Averages blocks of `factor` × `factor` pixels.
pub(crate) fn reduce(
    width: usize,
    height: usize,
    factor: usize,
    level: impl Fn(usize) -> f64,
) -> Plane {
    let (columns, rows) = (width.div_ceil(factor), height.div_ceil(factor));
    let mut values = vec![0.0; columns * rows];
    for y in 0..height {
        for column in 0..columns {
            let mut sum = 0.0;
            for x in column * factor..width.min((column + 1) * factor) {
                sum += level(y * width + x);
            }
            values[y / factor * columns + column] += sum;
        }
    }
    for y in 0..rows {
        for x in 0..columns {
            // The last blocks may be cut.
            let wide = factor.min(width - x * factor);
            let high = factor.min(height - y * factor);
            values[y * columns + x] /= (wide * high) as f64;
        }
    }
    Plane {
        width: columns,
        height: rows,
        values,
    }
}

/// Each pixel's mean with its neighbours, those that there are.
pub(crate) fn smooth(plane: &Plane) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let mut values = Vec::with_capacity(plane.values.len());
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut count) = (0.0, 0.0);
            for row in y.max(1) - 1..height.min(y + 2) {
                for column in x.max(1) - 1..width.min(x + 2) {
                    sum += plane.values[row * width + column];
                    count += 1.0;
                }
            }
            values.push(sum / count);
        }
    }
    Plane { values, ..*plane }
}

/// The mean of the two middle values; there is at least one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    let count = values.len();
    let (below, upper, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    let upper = *upper;
    match count % 2 {
        1 => upper,
        _ => (below.iter().copied().fold(f64::NEG_INFINITY, f64::max) + upper) / 2.0,
    }
}

/// Numbers the pixels that belong so that neighbours have the same number, from 1 in reading order; 0 for the
/// others. `across`: whether pixels that share only a corner are neighbours.
pub(crate) fn label(
    (width, height): (usize, usize),
    across: bool,
    belongs: impl Fn(usize) -> bool,
) -> (Vec<usize>, Vec<Region>) {
    let mut numbers = vec![0; width * height];
    let mut regions: Vec<Region> = Vec::new();
    let mut open = Vec::new();
    for start in 0..width * height {
        if numbers[start] != 0 || !belongs(start) {
            continue;
        }
        let number = regions.len() + 1;
        numbers[start] = number;
        open.push(start);
        let mut region = Region {
            bounds: Bounds::pixel(start % width, start / width),
            area: 0,
        };
        while let Some(place) = open.pop() {
            let (x, y) = (place % width, place / width);
            region.area += 1;
            region.bounds = region.bounds.with(&Bounds::pixel(x, y));
            for row in y.max(1) - 1..(y + 2).min(height) {
                for column in x.max(1) - 1..(x + 2).min(width) {
                    let next = row * width + column;
                    let beside = row == y || column == x;
                    if numbers[next] == 0 && (across || beside) && belongs(next) {
                        numbers[next] = number;
                        open.push(next);
                    }
                }
            }
        }
        regions.push(region);
    }
    (numbers, regions)
}

/// Pixels of one number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    pub(crate) bounds: Bounds,
    pub(crate) area: usize,
}

/// A region with its holes: a plane of the region's bounds, in which what is outside of it is false.
pub(crate) struct Filled {
    pub(crate) bounds: Bounds,
    pub(crate) inside: Vec<bool>,
    pub(crate) area: usize,
}

impl Filled {
    /// Fills the region with this number.
    pub(crate) fn of(numbers: &[usize], width: usize, number: usize, bounds: Bounds) -> Self {
        let (w, h) = (bounds.width(), bounds.height());
        let at = |place: usize| (bounds.top + place / w) * width + bounds.left + place % w;
        let (outside, regions) = label((w, h), false, |p| numbers[at(p)] != number);
        let is_open = |n: usize| regions[n - 1].bounds.is_at_border(w, h);
        let inside: Vec<bool> = outside.iter().map(|&n| n == 0 || !is_open(n)).collect();
        let area = inside.iter().filter(|&&is| is).count();
        Self {
            bounds,
            inside,
            area,
        }
    }

    /// Whether a place of the whole picture is inside.
    pub(crate) fn has(&self, x: usize, y: usize) -> bool {
        let b = &self.bounds;
        (b.left..b.right).contains(&x)
            && (b.top..b.bottom).contains(&y)
            && self.inside[(y - b.top) * b.width() + x - b.left]
    }

    /// The first column of a row of the bounds that is inside, and the one beyond the last.
    pub(crate) fn span(&self, row: usize) -> (usize, usize) {
        let w = self.bounds.width();
        let row = &self.inside[row * w..(row + 1) * w];
        let first = row.iter().position(|&is| is).unwrap_or(w);
        let end = row.iter().rposition(|&is| is).map_or(w, |last| last + 1);
        (first, end)
    }

    /// Whether it has about the outline of an ellipse: of all shapes with the same moments of inertia the
    /// ellipse has the largest area, (4π)² = 157.9 of the determinant's root, where a rectangle has 144.
    pub(crate) fn is_round(&self) -> bool {
        let w = self.bounds.width();
        let (mut n, mut x, mut y) = (0.0, 0.0, 0.0);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for place in 0..self.inside.len() {
            if self.inside[place] {
                let (u, v) = ((place % w) as f64, (place / w) as f64);
                n += 1.0;
                x += u;
                y += v;
                xx += u * u;
                xy += u * v;
                yy += v * v;
            }
        }
        let (x, y) = (x / n, y / n);
        let (xx, xy, yy) = (xx / n - x * x, xy / n - x * y, yy / n - y * y);
        n * n > 151.0 * (xx * yy - xy * xy)
    }

    /// Twice the area of the smallest convex polygon around it.
    pub(crate) fn hull(&self) -> f64 {
        // Corners of pixels from top to bottom, first along the left side, then along the right.
        let side = |right: bool| {
            let mut chain: Vec<(f64, f64)> = Vec::new();
            for row in 0..self.bounds.height() {
                let (first, end) = self.span(row);
                let x = if right { end as f64 } else { first as f64 };
                for y in [row as f64, row as f64 + 1.0] {
                    while chain.len() > 1 {
                        let (a, b) = (chain[chain.len() - 2], chain[chain.len() - 1]);
                        let turn = (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0);
                        if if right { turn > 0.0 } else { turn < 0.0 } {
                            break;
                        }
                        chain.pop();
                    }
                    chain.push((x, y));
                }
            }
            chain
        };
        let twice = |chain: Vec<(f64, f64)>| {
            let mut sum = 0.0;
            for k in 1..chain.len() {
                sum += (chain[k].0 + chain[k - 1].0) * (chain[k].1 - chain[k - 1].1);
            }
            sum
        };
        twice(side(true)) - twice(side(false))
    }
}
