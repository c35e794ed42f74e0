//! Separates paper from ink: reduces the picture, and finds the background and the noise.
//!
//! Signs are treated alike: a picture and its negative have the same ink, exactly.

use crate::plane::{Grey, Plane, factor, median, reduce, smooth};

/// The ink of a picture.
pub(crate) struct Ink {
    /// How much darker than the paper under it each pixel is, of 255; below 0 where it is lighter. For light
    /// ink, the same of the negative.
    pub(crate) sharp: Plane,
    /// The same, averaged over each pixel's neighbours.
    pub(crate) smooth: Plane,
    /// The standard deviation of `smooth` on bare paper.
    pub(crate) noise: f64,
}

/// Most pixels of the picture that is worked on.
const MOST: usize = 400 * 400;

/// Most pixels of the picture that the background is found in.
const COARSE: usize = 50 * 50;

/// How far a stroke's middle is at most from its edge, in pixels of that.
const REACH: usize = 5;

/// Rounds of reweighting in the fit of the background.
const ROUNDS: usize = 20;

/// Paper darker than this counts as this dark, so that in a black corner nothing is divided by 0.
const DARKEST_PAPER: f64 = 32.0;

/// A normal distribution's standard deviation over its median absolute deviation.
const SIGMA_OF_MAD: f64 = 1.4826;

/// Separates a grey picture of at least one pixel into paper and ink, which may be dark or light.
pub(crate) fn ink(grey: &Grey<'_>) -> Ink {
    // Counted from the middle of the scale, a picture's negative differs in sign alone.
    let level = |place: usize| f64::from(grey.levels[place]) - 127.5;
    let factor = factor(grey.width, grey.height, MOST);
    let picture = reduce(grey.width, grey.height, factor, level);
    let surface = fit(&coarse(&picture));
    let mut sharp = departure(&picture, &surface);
    let sign = sign(&sharp);
    sharp.values.iter_mut().for_each(|value| *value *= sign);
    let rest = opened(&smooth(&coarse(&sharp)));
    subtract(&mut sharp, &rest);
    relate(&mut sharp, &picture, sign);
    let smooth = smooth(&sharp);
    let noise = SIGMA_OF_MAD * deviation(&outer(&smooth));
    Ink {
        sharp,
        smooth,
        noise,
    }
}

fn coarse(plane: &Plane) -> Plane {
    let factor = factor(plane.width, plane.height, COARSE);
    reduce(plane.width, plane.height, factor, |place| {
        plane.values[place]
    })
}

/// 1 where ink is lighter than paper, −1 where it is darker. The fourth powers, so that the few pixels of a
/// stroke outweigh the many of a shade.
fn sign(departure: &Plane) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    for &value in &departure.values {
        let square = value * value;
        if value > 0.0 {
            above += square * square;
        } else {
            below += square * square;
        }
    }
    if below > above { -1.0 } else { 1.0 }
}

/// Coefficients of 1, u, v, u², uv, v², where u and v go from −1 to 1 across the picture.
type Surface = [f64; 6];

fn powers(plane: &Plane, x: usize, y: usize) -> Surface {
    let along = |place: usize, side: usize| (2 * place + 1) as f64 / side as f64 - 1.0;
    let (u, v) = (along(x, plane.width), along(y, plane.height));
    [1.0, u, v, u * u, u * v, v * v]
}

fn value(surface: &Surface, powers: &Surface) -> f64 {
    let mut sum = 0.0;
    for k in 0..6 {
        sum += surface[k] * powers[k];
    }
    sum
}

/// How far out a pixel is, from 0 in the middle to 1 at the border: there, paper is likelier.
fn outwards(powers: &Surface) -> f64 {
    powers[3].max(powers[5])
}

/// The surface of second degree with the least sum of absolute differences. Weights grow with the square of a pixel's
/// distance from the centre, because paper is likelier at the border. Absolute differences make dark ink count no more than
/// light ink. Each round solves least squares, with the reciprocals of the last round's differences as weights.
fn fit(plane: &Plane) -> Surface {
    let mut surface = [0.0; 6];
    for round in 0..ROUNDS {
        let mut equations = [[0.0; 7]; 6];
        for y in 0..plane.height {
            for x in 0..plane.width {
                let powers = powers(plane, x, y);
                let level = plane.values[y * plane.width + x];
                let difference = (level - value(&surface, &powers)).abs();
                let far = outwards(&powers) * outwards(&powers);
                let weight = match round {
                    0 => far,
                    _ => far / difference.max(1.0),
                };
                for i in 0..6 {
                    for j in 0..6 {
                        equations[i][j] += weight * powers[i] * powers[j];
                    }
                    equations[i][6] += weight * powers[i] * level;
                }
            }
        }
        surface = solve(equations);
    }
    surface
}

/// Gauss and Jordan's elimination of symmetric equations. What they leave open, as all but the mean of a
/// single pixel, is kept near 0.
fn solve(mut equations: [[f64; 7]; 6]) -> Surface {
    let ridge = 1e-6 * equations[0][0];
    for (k, row) in equations.iter_mut().enumerate().skip(1) {
        row[k] += ridge;
    }
    for k in 0..6 {
        let pivot = equations[k];
        for (i, row) in equations.iter_mut().enumerate() {
            if i != k {
                let factor = row[k] / pivot[k];
                for j in k..7 {
                    row[j] -= factor * pivot[j];
                }
            }
        }
    }
    std::array::from_fn(|k| equations[k][6] / equations[k][k])
}

/// The picture less its background.
fn departure(picture: &Plane, surface: &Surface) -> Plane {
    let mut values = Vec::with_capacity(picture.values.len());
    for y in 0..picture.height {
        for x in 0..picture.width {
            let level = picture.values[y * picture.width + x];
            values.push(level - value(surface, &powers(picture, x, y)));
        }
    }
    Plane { values, ..*picture }
}

/// The levels with ridges as narrow as strokes planed off: what the surface left of the background, as a
/// shadow's edge. Of each pixel's surroundings the lowest level, and of these the highest.
fn opened(plane: &Plane) -> Plane {
    let lowest = |a: f64, b: f64| if b < a { b } else { a };
    let highest = |a: f64, b: f64| if b > a { b } else { a };
    let eroded = extremes(&extremes(plane, lowest), lowest);
    extremes(&extremes(&eroded, highest), highest)
}

/// The extreme of the levels in each row up to `REACH` away, with rows and columns exchanged.
fn extremes(plane: &Plane, more: impl Fn(f64, f64) -> f64) -> Plane {
    let mut values = Vec::with_capacity(plane.values.len());
    for x in 0..plane.width {
        for row in plane.values.chunks(plane.width) {
            let mut extreme = row[x];
            for &level in &row[x.max(REACH) - REACH..plane.width.min(x + REACH + 1)] {
                extreme = more(extreme, level);
            }
            values.push(extreme);
        }
    }
    Plane {
        width: plane.height,
        height: plane.width,
        values,
    }
}

/// Subtracts a coarser plane, interpolated linearly, and then the median of the outer pixels, so that paper has level 0.
fn subtract(plane: &mut Plane, coarse: &Plane) {
    let factor = factor(plane.width, plane.height, COARSE) as f64;
    // The pixels on both sides of a place, and how much of the second.
    let between = |place: usize, side: usize| {
        let exact = ((place as f64 + 0.5) / factor - 0.5).max(0.0);
        let first = (exact.floor() as usize).min(side - 1);
        (first, (first + 1).min(side - 1), exact - first as f64)
    };
    for (place, value) in plane.values.iter_mut().enumerate() {
        let (left, right, u) = between(place % plane.width, coarse.width);
        let (top, bottom, v) = between(place / plane.width, coarse.height);
        let row = |y: usize| {
            let row = &coarse.values[y * coarse.width..];
            row[left] * (1.0 - u) + row[right] * u
        };
        *value -= row(top) * (1.0 - v) + row(bottom) * v;
    }
    let paper = median(outer(plane));
    plane.values.iter_mut().for_each(|value| *value -= paper);
}

/// Relates ink to the paper under it: in a shadow both are darker.
fn relate(ink: &mut Plane, picture: &Plane, sign: f64) {
    for (value, level) in ink.values.iter_mut().zip(&picture.values) {
        // What is seen, in the negative if ink is light, is paper less ink.
        let paper = 127.5 - sign * level + *value;
        *value = 255.0 * *value / paper.max(DARKEST_PAPER);
    }
}

/// The values of the outer half of a plane's pixels, where paper is likelier than in the middle.
fn outer(plane: &Plane) -> Vec<f64> {
    let mut values = Vec::with_capacity(plane.values.len());
    for y in 0..plane.height {
        for x in 0..plane.width {
            if outwards(&powers(plane, x, y)) >= 0.5 {
                values.push(plane.values[y * plane.width + x]);
            }
        }
    }
    values
}

/// The median absolute deviation from the median.
fn deviation(values: &[f64]) -> f64 {
    let middle = median(values.to_vec());
    median(values.iter().map(|value| (value - middle).abs()).collect())
}
