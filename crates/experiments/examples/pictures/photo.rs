//! Makes pictures like those of a scanner, a drawing program or a phone from MNIST's images, so that the digit is
//! known. The same random numbers give the same picture.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use mnist_picture::{GrayImage, decode};
use rand::Rng;

/// The properties of a picture. `Default` is clean, dark on light.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Photo {
    /// Side of the picture, in pixels.
    pub side: u32,
    /// Longest side of the digit, as a share of the picture's side.
    pub size: f64,
    /// Maximum distance of the digit from the middle: 0 at the middle, 1 at the border.
    pub shift: f64,
    /// Maximum rotation either way, in degrees.
    pub turn: f64,
    /// Whether the ink is light on dark.
    pub light_ink: bool,
    /// Share of the light that is missing at the darkest place: on one side, around a corner or in a shadow with a soft
    /// edge.
    pub fall: f64,
    /// Standard deviation of each pixel's noise, in grey levels.
    pub noise: f64,
    /// Passes of a blur over three pixels each way.
    pub blur: u32,
    /// JPEG quality, up to 100; `None` without JPEG.
    pub jpeg: Option<u8>,
    /// Other contents of the picture.
    pub scene: Scene,
}

/// The contents of a picture besides digits on paper. Lengths are in pixels of MNIST's images, in which a digit is 20
/// long; they grow and turn with the digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scene {
    /// Nothing else.
    Plain,
    /// A line of ink along the picture's border, as wide as this part of the side.
    Border(f64),
    /// A box around each digit: half of its side, and the width of its line.
    Boxes(f64, f64),
    /// A ring around the digit: its radius, and the width of its line.
    Ring(f64, f64),
    /// A line under the digit, at this distance from the middle.
    Underline(f64),
    /// A page of at least this half width on a table of another brightness. The edges are up to three times as far out,
    /// often beyond the picture.
    Page(f64),
    /// Lines across the paper: their distance, and their darkness from 0 to 1.
    Ruled(f64, f64),
    /// Lines both ways: their distance, and their darkness from 0 to 1.
    Squared(f64, f64),
}

impl Default for Photo {
    fn default() -> Self {
        Self {
            side: 120,
            size: 0.55,
            shift: 0.0,
            turn: 0.0,
            light_ink: false,
            fall: 0.0,
            noise: 0.0,
            blur: 0,
            jpeg: None,
            scene: Scene::Plain,
        }
    }
}

impl Photo {
    /// Takes a picture of `digits`, images of 28 × 28, in a row.
    pub(crate) fn take(&self, digits: &[&[u8]], rng: &mut impl Rng) -> GrayImage {
        let side = f64::from(self.side);
        let (paper, pen) = if self.light_ink {
            (50.0, 220.0)
        } else {
            (210.0, 50.0)
        };
        // MNIST's box has 20 pixels.
        let scale = self.size * side / 20.0;
        let angle = between(rng, -self.turn, self.turn).to_radians();
        let (sin, cos) = angle.sin_cos();
        // A margin is left.
        let free = self.shift * (side - 24.0 * scale).max(0.0) / 2.0;
        let middle = [(); 2].map(|()| side / 2.0 + between(rng, -free, free));
        let light = Light::draw(rng);
        let surroundings = Surroundings::draw(self.scene, paper, rng);
        let pixel = |x: u32, y: u32, width: f64| {
            let (dx, dy) = (
                f64::from(x) + 0.5 - middle[0] - (width - side) / 2.0,
                f64::from(y) + 0.5 - middle[1],
            );
            let (u, v) = ((cos * dx + sin * dy) / scale, (cos * dy - sin * dx) / scale);
            // Each digit has 22 columns.
            let row = u + 11.0 * digits.len() as f64;
            let which = (row / 22.0).floor();
            let ink = match digits.get(which as usize) {
                Some(digit) if which >= 0.0 => sample(digit, row - 22.0 * which + 3.0, v + 14.0),
                _ => 0.0,
            };
            let edge = [
                f64::from(x),
                f64::from(y),
                width - f64::from(x) - 1.0,
                side - f64::from(y) - 1.0,
            ]
            .into_iter()
            .fold(f64::INFINITY, f64::min);
            let line = self.scene.line(u, v, edge / side, digits.len());
            let ink = ink.max(line);
            let (paper, pen) = match surroundings.level(u, v) {
                Some(table) => (table, table),
                None => (paper, pen),
            };
            let lit = 1.0 - self.fall * light.missing(f64::from(x) / width, f64::from(y) / side);
            (paper + ink * (pen - paper)) * lit
        };
        let width = self.side + ((digits.len() as f64 - 1.0) * 22.0 * scale) as u32;
        let mut levels: Vec<f64> = (0..self.side)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y, f64::from(width)))
            .collect();
        for _ in 0..self.blur {
            levels = blurred(&levels, width as usize);
        }
        let noisy = |level: f64| match self.noise > 0.0 {
            true => (level + self.noise * normal(rng)).round() as u8,
            false => level.round() as u8,
        };
        let levels = levels.into_iter().map(noisy).collect();
        let picture =
            GrayImage::from_raw(width, self.side, levels).expect("as many levels as pixels");
        self.jpeg.map_or(picture.clone(), |quality| {
            let mut bytes = Cursor::new(Vec::new());
            JpegEncoder::new_with_quality(&mut bytes, quality)
                .encode_image(&picture)
                .expect("a JPEG in memory");
            decode(bytes.get_ref()).expect("a JPEG that was just written")
        })
    }
}

impl Scene {
    /// The ink of lines at a place, from 0 to 1; `edge` is how far it is from the border.
    fn line(self, u: f64, v: f64, edge: f64, digits: usize) -> f64 {
        let across = 22.0 * digits as f64 / 2.0;
        // The distance from the middle of the digit that is nearest.
        let near = (u + across).clamp(0.0, 2.0 * across - 1e-9) / 22.0;
        let du = u + across - 22.0 * near.floor() - 11.0;
        let on = |is: bool, dark: f64| if is { dark } else { 0.0 };
        let is_rule = |t: f64, apart: f64| (t + 3.0).rem_euclid(apart) < 0.7;
        match self {
            Self::Plain | Self::Page(_) => 0.0,
            Self::Border(part) => on(edge < part, 1.0),
            Self::Boxes(half, line) => {
                let out = du.abs().max(v.abs()) - half;
                on((0.0..line).contains(&out), 1.0)
            }
            Self::Ring(radius, line) => on((0.0..line).contains(&(u.hypot(v) - radius)), 1.0),
            Self::Underline(below) => on(
                (0.0..1.5).contains(&(v - below)) && u.abs() < across + 2.0,
                1.0,
            ),
            Self::Ruled(apart, dark) => on(is_rule(v, apart), dark),
            Self::Squared(apart, dark) => on(is_rule(v, apart) || is_rule(u, apart), dark),
        }
    }
}

/// The table around a page.
struct Surroundings {
    /// Left, top, right and bottom edge of the page, and the table's grey level.
    page: Option<([f64; 4], f64)>,
}

impl Surroundings {
    fn draw(scene: Scene, paper: f64, rng: &mut impl Rng) -> Self {
        let Scene::Page(half) = scene else {
            return Self { page: None };
        };
        let edges = [(); 4].map(|()| half * between(rng, 1.0, 3.0));
        let table = if paper > 127.0 {
            between(rng, 20.0, 130.0)
        } else {
            between(rng, 120.0, 230.0)
        };
        Self {
            page: Some((edges, table)),
        }
    }

    /// The table's level, outside the page.
    fn level(&self, u: f64, v: f64) -> Option<f64> {
        let ([left, top, right, bottom], table) = self.page?;
        let is_page = (-left..right).contains(&u) && (-top..bottom).contains(&v);
        (!is_page).then_some(table)
    }
}

/// The shape of the shadow.
enum Light {
    Slope { angle: f64 },
    Corner { x: f64, y: f64 },
    Shadow { angle: f64, edge: f64 },
}

impl Light {
    fn draw(rng: &mut impl Rng) -> Self {
        let angle = between(rng, 0.0, std::f64::consts::TAU);
        match rng.random_range(0..3) {
            0 => Self::Slope { angle },
            1 => Self::Corner {
                x: between(rng, 0.2, 0.8),
                y: between(rng, 0.2, 0.8),
            },
            _ => Self::Shadow {
                angle,
                edge: between(rng, 0.3, 0.7),
            },
        }
    }

    /// The missing light, from 0 to 1, at a place with coordinates from 0 to 1.
    fn missing(&self, x: f64, y: f64) -> f64 {
        let along = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            0.5 + ((x - 0.5) * cos + (y - 0.5) * sin) / (sin.abs() + cos.abs())
        };
        match *self {
            Self::Slope { angle } => along(angle),
            Self::Corner { x: x0, y: y0 } => {
                (((x - x0).powi(2) + (y - y0).powi(2)) / 1.28).min(1.0)
            }
            Self::Shadow { angle, edge } => {
                let t = ((along(angle) - edge) / 0.3 + 0.5).clamp(0.0, 1.0);
                t * t * (3.0 - 2.0 * t)
            }
        }
    }
}

fn between(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// Nearly normal, of variance 1: the sum of three uniform numbers from −1 to 1, each of variance ⅓.
fn normal(rng: &mut impl Rng) -> f64 {
    (0..3).map(|_| between(rng, -1.0, 1.0)).sum()
}

/// The ink of a digit between pixels, from 0 to 1, by linear interpolation. Coordinates count pixel edges.
fn sample(digit: &[u8], x: f64, y: f64) -> f64 {
    let (x, y) = (x - 0.5, y - 0.5);
    let at = |column: f64, row: f64| {
        let inside = (0.0..28.0).contains(&column) && (0.0..28.0).contains(&row);
        if inside {
            f64::from(digit[row as usize * 28 + column as usize]) / 255.0
        } else {
            0.0
        }
    };
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (x - left, y - top);
    let above = at(left, top) * (1.0 - u) + at(left + 1.0, top) * u;
    let below = at(left, top + 1.0) * (1.0 - u) + at(left + 1.0, top + 1.0) * u;
    above * (1.0 - v) + below * v
}

/// The mean of each pixel and its neighbours inside the picture.
fn blurred(levels: &[f64], width: usize) -> Vec<f64> {
    let height = levels.len() / width;
    let mean = |place: usize| {
        let (x, y) = (place % width, place / width);
        let rows = y.saturating_sub(1)..(y + 2).min(height);
        let columns = x.saturating_sub(1)..(x + 2).min(width);
        let around = rows.flat_map(|row| columns.clone().map(move |column| row * width + column));
        let (count, sum) =
            around.fold((0.0, 0.0), |(n, sum), place| (n + 1.0, sum + levels[place]));
        sum / count
    };
    (0..levels.len()).map(mean).collect()
}
