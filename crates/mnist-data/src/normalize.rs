//! From bytes to numbers, in five ways; three give mean 0 and standard deviation 1.
//!
//! Every way is affine. With u the bytes of an image and j a pixel,
//!
//! ```text
//! x_j = (u_j · a) · b_j - c · d_j         a, c: of the image   b, d: of the pixel
//! ```
//!
//! | | a | c | b_j | d_j |
//! |---|---|---|---|---|
//! | `per-image` | 1/σ of the image | μ/σ of the image | 1 | 1 |
//! | `global` | 1/σ | μ/σ | 1 | 1 |
//! | `per-pixel` | 1 | 1 | 1/σ_j | μ_j/σ_j |
//! | `unit` | 1/255 | 0 | 1 | 1 |
//! | `none` | 1 | 0 | 1 | 1 |
//!
//! so a linear layer may work on the bytes, which are mostly zero, and mend the result.

use std::{fmt, str::FromStr};

use ndarray::Array2;
use num_traits::Float;

use crate::{Error, Images};

/// A way to normalise.
///
/// Values that do not vary carry no information; they become 0 instead of being divided by a standard
/// deviation of 0: a constant image under [`PerImage`](Self::PerImage), a constant training set under
/// [`Global`](Self::Global), a pixel that is constant over the training images under
/// [`PerPixel`](Self::PerPixel) (in all images, whatever they hold there). The result is never NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Normalize {
    /// Each image by the mean and standard deviation of its own pixels.
    PerImage,
    /// By the mean and standard deviation of all pixels of the training images.
    Global,
    /// Each pixel by its mean and standard deviation over the training images.
    PerPixel,
    /// Divided by 255, to lie in [0, 1].
    UnitScale,
    /// The bytes as they are.
    None,
}

impl Normalize {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::PerImage,
        Self::Global,
        Self::PerPixel,
        Self::UnitScale,
        Self::None,
    ];

    /// Name as read and written: `per-image`, `global`, `per-pixel`, `unit`, `none`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerImage => "per-image",
            Self::Global => "global",
            Self::PerPixel => "per-pixel",
            Self::UnitScale => "unit",
            Self::None => "none",
        }
    }

    /// Takes the statistics from the images numbered in `train`, and from no others. Standard
    /// deviations are those of the population (divided by n, as NumPy's default). Sums are of
    /// integers, hence exact and independent of the order.
    ///
    /// # Errors
    ///
    /// [`Error::NoTrainingImages`] if `train` is empty and this way takes statistics from it.
    ///
    /// # Panics
    ///
    /// If an index is not less than `images.len()`.
    pub fn fit(self, images: &Images, train: &[u32]) -> Result<Normalizer, Error> {
        let selected = train.iter().map(|&i| images.image(i as usize));
        if train.is_empty() && matches!(self, Self::Global | Self::PerPixel) {
            return Err(Error::NoTrainingImages {
                normalization: self.name(),
            });
        }
        Ok(match self {
            Self::PerImage => Normalizer::PerImage,
            Self::Global => Normalizer::fixed(Moments::of(selected.flatten()).standardization()),
            Self::PerPixel => per_pixel(selected, images.pixels_per_image()),
            Self::UnitScale => Normalizer::fixed((1.0 / 255.0, 0.0)),
            Self::None => Normalizer::fixed((1.0, 0.0)),
        })
    }
}

impl fmt::Display for Normalize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Normalize {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let named = |n: &Self| n.name() == name;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| Error::NormalizeName {
                found: name.to_owned(),
            })
    }
}

/// A normalisation with its statistics, as the module's table lists them.
#[derive(Debug, Clone, PartialEq)]
pub enum Normalizer {
    /// Each image by its own statistics, so nothing is kept.
    PerImage,
    /// All pixels of all images alike.
    Fixed {
        /// Scale.
        a: f64,
        /// Shift, after scaling.
        c: f64,
    },
    /// Each pixel by its own statistics; `b` and `d` have the length of an image.
    PerPixel {
        /// Scales.
        b: Vec<f64>,
        /// Shifts, after scaling.
        d: Vec<f64>,
    },
}

impl Normalizer {
    fn fixed((a, c): (f64, f64)) -> Self {
        Self::Fixed { a, c }
    }

    /// (a, c) of an image.
    pub fn image_coefficients(&self, image: &[u8]) -> (f64, f64) {
        match *self {
            Self::PerImage => Moments::of(image).standardization(),
            Self::Fixed { a, c } => (a, c),
            Self::PerPixel { .. } => (1.0, 1.0),
        }
    }

    /// b, one for each pixel; `None` means ones.
    pub fn pixel_scale(&self) -> Option<&[f64]> {
        match self {
            Self::PerPixel { b, .. } => Some(b),
            _ => None,
        }
    }

    /// d, one for each pixel; `None` means ones.
    pub fn pixel_shift(&self) -> Option<&[f64]> {
        match self {
            Self::PerPixel { d, .. } => Some(d),
            _ => None,
        }
    }

    /// Normalises one image: x_j = (u_j · a) · b_j - c · d_j, computed in f64 and rounded once to `F`.
    ///
    /// # Panics
    ///
    /// If `out` has not the length of `image`, or a `per-pixel` normalisation was fitted on images of
    /// another size.
    pub fn apply<F: Float>(&self, image: &[u8], out: &mut [F]) {
        assert_eq!(out.len(), image.len(), "one number for each pixel");
        let (a, c) = self.image_coefficients(image);
        let pixels = out.iter_mut().zip(image);
        match self {
            Self::PerPixel { b, d } => {
                assert_eq!(image.len(), b.len(), "fitted on images of another size");
                for ((x, &u), (b, d)) in pixels.zip(b.iter().zip(d)) {
                    *x = round(f64::from(u) * a * b - c * d);
                }
            }
            _ => {
                for (x, &u) in pixels {
                    *x = round(f64::from(u) * a - c);
                }
            }
        }
    }

    /// All images, (images, pixels).
    ///
    /// # Panics
    ///
    /// As [`apply`](Self::apply).
    pub fn transform<F: Float>(&self, images: &Images) -> Array2<F> {
        self.matrix(images.iter(), images.pixels_per_image())
    }

    /// The images numbered in `rows`, (rows, pixels): row r is image `rows[r]`.
    ///
    /// # Panics
    ///
    /// If an index is not less than `images.len()`, and as [`apply`](Self::apply).
    pub fn transform_rows<F: Float>(&self, images: &Images, rows: &[u32]) -> Array2<F> {
        let selected = rows.iter().map(|&i| images.image(i as usize));
        self.matrix(selected, images.pixels_per_image())
    }

    fn matrix<'a, F: Float>(
        &self,
        images: impl ExactSizeIterator<Item = &'a [u8]>,
        pixels: usize,
    ) -> Array2<F> {
        let mut x = Array2::zeros((images.len(), pixels));
        for (mut row, image) in x.outer_iter_mut().zip(images) {
            // `zeros` lays rows out contiguously
            if let Some(row) = row.as_slice_mut() {
                self.apply(image, row);
            }
        }
        x
    }
}

fn round<F: Float>(x: f64) -> F {
    // f32 and f64 take every f64
    F::from(x).unwrap_or_else(F::nan)
}

/// Number, sum and sum of squares of bytes. 2⁶⁴ / 255² leaves room for 2.8·10¹⁴ of them.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: u64,
    sum: u64,
    squares: u64,
}

impl Moments {
    fn of<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> Self {
        let mut moments = Self::default();
        for &u in bytes {
            moments.add(u);
        }
        moments
    }

    fn add(&mut self, u: u8) {
        let u = u64::from(u);
        self.n += 1;
        self.sum += u;
        self.squares += u * u;
    }

    /// (1/σ, μ/σ), or zeros if σ = 0.
    ///
    /// With D = n·Σu² - (Σu)² = n²σ², an integer, they are n/√D and Σu/√D. So whether something
    /// varies is decided exactly, where rounding might leave a tiny σ to divide by.
    fn standardization(self) -> (f64, f64) {
        let wide = u128::from;
        let d = wide(self.n) * wide(self.squares) - wide(self.sum) * wide(self.sum);
        if d == 0 {
            return (0.0, 0.0);
        }
        let root = (d as f64).sqrt();
        (self.n as f64 / root, self.sum as f64 / root)
    }
}

fn per_pixel<'a>(images: impl Iterator<Item = &'a [u8]>, pixels: usize) -> Normalizer {
    let mut moments = vec![Moments::default(); pixels];
    for image in images {
        for (m, &u) in moments.iter_mut().zip(image) {
            m.add(u);
        }
    }
    let (b, d) = moments.into_iter().map(Moments::standardization).unzip();
    Normalizer::PerPixel { b, d }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn images() -> Images {
        Images::new(3, 1, 2, vec![0, 4, 2, 4, 9, 9]).unwrap()
    }

    #[test]
    fn names_are_read_as_written() {
        for way in Normalize::ALL {
            assert_eq!(way.to_string().parse::<Normalize>().unwrap(), way);
        }
        assert_eq!(
            "Per-Image".parse::<Normalize>().unwrap_err().to_string(),
            "normalisation: expected per-image, global, per-pixel, unit or none, found \"Per-Image\""
        );
    }

    #[test]
    fn each_way_on_an_example_small_enough_for_the_head() {
        let x = |way: Normalize| {
            way.fit(&images(), &[0, 1])
                .unwrap()
                .transform::<f64>(&images())
        };
        // μ = 2, σ = 2; μ = 3, σ = 1; constant
        assert_eq!(
            x(Normalize::PerImage),
            array![[-1., 1.], [-1., 1.], [0., 0.]]
        );
        // of 0, 2: μ = 1, σ = 1; of 4, 4: constant, so 0 in the third image too
        assert_eq!(
            x(Normalize::PerPixel),
            array![[-1., 0.], [1., 0.], [8., 0.]]
        );
        assert_eq!(x(Normalize::None), array![[0., 4.], [2., 4.], [9., 9.]]);
        // of 0, 4, 2, 4: μ = 2.5, σ² = 2.75
        let expected = x(Normalize::None).mapv(|u| (u - 2.5) / 2.75_f64.sqrt());
        let difference = x(Normalize::Global) - expected;
        assert!(difference.iter().all(|e| e.abs() < 1e-15), "{difference}");
    }

    #[test]
    fn unit_scale_ends_at_0_and_1_exactly() {
        let images = Images::new(1, 1, 2, vec![0, 255]).unwrap();
        let unit = Normalize::UnitScale.fit(&images, &[]).unwrap();
        assert_eq!(unit.transform::<f64>(&images), array![[0., 1.]]);
        assert_eq!(unit.transform::<f32>(&images), array![[0., 1.]]);
    }

    #[test]
    fn only_training_images_count_in_any_order() {
        for way in Normalize::ALL {
            let changed = Images::new(3, 1, 2, vec![0, 4, 2, 4, 77, 1]).unwrap();
            assert_eq!(
                way.fit(&images(), &[0, 1]).unwrap(),
                way.fit(&changed, &[1, 0]).unwrap()
            );
        }
    }

    #[test]
    fn statistics_need_training_images() {
        for way in [Normalize::Global, Normalize::PerPixel] {
            let message = way.fit(&images(), &[]).unwrap_err().to_string();
            assert_eq!(
                message,
                format!("normalisation {way}: expected at least one training image, found none")
            );
        }
    }

    #[test]
    fn rows_come_in_the_order_asked_for() {
        let raw = Normalize::None.fit(&images(), &[]).unwrap();
        let x = raw.transform_rows::<f32>(&images(), &[2, 0, 2]);
        assert_eq!(x, array![[9., 9.], [0., 4.], [9., 9.]]);
    }
}
