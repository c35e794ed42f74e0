//! Normalisation of pixels: from bytes to numbers. Three of the five methods give mean 0 and standard deviation 1.
//!
//! Every method is affine. With u the bytes of an image and j a pixel,
//!
//! ```text
//! x_j = (u_j · a) · b_j − c · d_j         a, c: of the image   b, d: of the pixel
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
//! So a linear layer can compute with the bytes, which are mostly 0, and correct the result.

use std::{fmt, str::FromStr};

use ndarray::{Array2, NdFloat};

use crate::{Error, Images};

/// A method of normalisation.
///
/// Values that do not vary become 0 instead of being divided by a standard deviation of 0, so the result is never NaN:
///
/// * a constant image under [`PerImage`](Self::PerImage);
/// * a constant training set under [`Global`](Self::Global);
/// * a pixel that is constant over the training images under [`PerPixel`](Self::PerPixel), in all images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Normalize {
    /// Mean and standard deviation of the image's pixels.
    PerImage,
    /// Mean and standard deviation of all pixels of the training images.
    Global,
    /// Mean and standard deviation of the pixel over the training images.
    PerPixel,
    /// Division by 255, which gives numbers from 0 to 1.
    UnitScale,
    /// No change: the values of the bytes.
    None,
}

impl Normalize {
    /// All five methods.
    pub const ALL: [Self; 5] = [
        Self::PerImage,
        Self::Global,
        Self::PerPixel,
        Self::UnitScale,
        Self::None,
    ];

    /// The method's name: `per-image`, `global`, `per-pixel`, `unit` or `none`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerImage => "per-image",
            Self::Global => "global",
            Self::PerPixel => "per-pixel",
            Self::UnitScale => "unit",
            Self::None => "none",
        }
    }

    /// Computes the statistics of the images numbered in `train`, and of no others. Standard deviations are those of
    /// the population (divided by n, NumPy's default). Sums are sums of integers, so they are exact and independent of
    /// the order.
    ///
    /// ```
    /// use mnist_data::{Images, Normalize};
    ///
    /// // Two images of 1 × 2 pixels; only the first is for training.
    /// let images = Images::new(2, 1, 2, vec![0, 200, 100, 100])?;
    /// let normalizer = Normalize::Global.fit(&images, &[0])?;
    /// let x = normalizer.transform::<f64>(&images);
    /// assert_eq!(x, ndarray::array![[-1.0, 1.0], [0.0, 0.0]]);
    /// # use mnist_data::ndarray;
    /// # Ok::<(), mnist_data::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoTrainingImages`] if `train` is empty and this method needs its statistics.
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

/// A normalisation with its statistics, as in the module's table.
#[derive(Debug, Clone, PartialEq)]
pub enum Normalizer {
    /// The statistics of each image, which are computed when the image is normalised.
    PerImage,
    /// The same statistics for all pixels of all images.
    Fixed {
        /// Scale.
        a: f64,
        /// Shift, after scaling.
        c: f64,
    },
    /// Statistics for each pixel; `b` and `d` have the length of an image.
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

    /// The coefficients (a, c) of an image.
    pub fn image_coefficients(&self, image: &[u8]) -> (f64, f64) {
        match *self {
            Self::PerImage => Moments::of(image).standardization(),
            Self::Fixed { a, c } => (a, c),
            Self::PerPixel { .. } => (1.0, 1.0),
        }
    }

    /// The coefficients b and d of each pixel; `None` means ones.
    pub fn pixel_coefficients(&self) -> Option<(&[f64], &[f64])> {
        match self {
            Self::PerPixel { b, d } => Some((b, d)),
            _ => None,
        }
    }

    /// Normalises one image: x_j = (u_j · a) · b_j − c · d_j, computed in `f64` and rounded once to `F`.
    ///
    /// # Panics
    ///
    /// If `out` and `image` have different lengths, or if a `per-pixel` normalisation was fitted on images of another
    /// size.
    pub fn apply<F: NdFloat>(&self, image: &[u8], out: &mut [F]) {
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

    /// Normalises all images; the result is [images × pixels].
    ///
    /// # Panics
    ///
    /// As [`apply`](Self::apply).
    pub fn transform<F: NdFloat>(&self, images: &Images) -> Array2<F> {
        self.matrix(images.iter(), images.pixels_per_image())
    }

    /// Normalises the images numbered in `rows`; row r of the result [rows × pixels] is image `rows[r]`.
    ///
    /// # Panics
    ///
    /// If an index is not below `images.len()`, and as [`apply`](Self::apply).
    pub fn transform_rows<F: NdFloat>(&self, images: &Images, rows: &[u32]) -> Array2<F> {
        let selected = rows.iter().map(|&i| images.image(i as usize));
        self.matrix(selected, images.pixels_per_image())
    }

    fn matrix<'a, F: NdFloat>(
        &self,
        images: impl ExactSizeIterator<Item = &'a [u8]>,
        pixels: usize,
    ) -> Array2<F> {
        let mut x = Array2::zeros((images.len(), pixels));
        for (mut row, image) in x.outer_iter_mut().zip(images) {
            // Rows of a new array are contiguous.
            if let Some(row) = row.as_slice_mut() {
                self.apply(image, row);
            }
        }
        x
    }
}

fn round<F: NdFloat>(x: f64) -> F {
    // `f32` and `f64` convert every `f64`.
    F::from(x).unwrap_or_else(F::nan)
}

/// The number, the sum and the sum of squares of bytes. The sums overflow only beyond 2⁶⁴ / 255² = 2.8·10¹⁴ bytes.
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

    /// The coefficients (1/σ, μ/σ), or zeros if σ = 0.
    ///
    /// With the integer D = n·Σu² − (Σu)² = n²σ², the coefficients are n/√D and Σu/√D. So the test for σ = 0 is exact.
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
            "unknown normalisation `Per-Image`; expected per-image, global, per-pixel, unit or none"
        );
    }

    #[test]
    fn each_way_on_an_example_small_enough_for_the_head() {
        let x = |way: Normalize| {
            way.fit(&images(), &[0, 1])
                .unwrap()
                .transform::<f64>(&images())
        };
        // The images have μ = 2, σ = 2; μ = 3, σ = 1; and constant pixels.
        assert_eq!(
            x(Normalize::PerImage),
            array![[-1., 1.], [-1., 1.], [0., 0.]]
        );
        // The first pixel is 0, 2 in training: μ = 1, σ = 1. The second is 4, 4: constant, so 0 in the third image too.
        assert_eq!(
            x(Normalize::PerPixel),
            array![[-1., 0.], [1., 0.], [8., 0.]]
        );
        assert_eq!(x(Normalize::None), array![[0., 4.], [2., 4.], [9., 9.]]);
        // The training pixels are 0, 4, 2, 4: μ = 2.5, σ² = 2.75.
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
