#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

use std::fmt;
use std::ops::Range;

/// The version of `ndarray` in this crate's signatures.
#[cfg(feature = "ndarray")]
pub use ndarray;

/// The options of a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The step ε, half the distance between the two points. The default is 1e-5.
    pub epsilon: f64,
    /// The minimum denominator of relative differences, so that rounding errors of derivatives near 0 are not large
    /// differences. The default is 1e-8.
    pub floor: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            epsilon: 1e-5,
            floor: 1e-8,
        }
    }
}

/// An invalid argument.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The gradient and the point have different lengths.
    #[error("the gradient has {gradient} numbers; expected {point}, as the point has")]
    Length {
        /// The number of coordinates of the point.
        point: usize,
        /// The length of the gradient.
        gradient: usize,
    },
    /// An index beyond the point's last coordinate.
    #[error("index {index} is beyond the point's {point} coordinates")]
    Index {
        /// The index.
        index: usize,
        /// The number of coordinates of the point.
        point: usize,
    },
    /// ε is not a positive finite number, or the floor is negative or not finite.
    #[error(
        "ε is {epsilon} and the floor {floor}; expected a positive ε and a floor of at least 0, both finite"
    )]
    Options {
        /// The ε given.
        epsilon: f64,
        /// The floor given.
        floor: f64,
    },
}

/// The numerical and the analytic derivative for one coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// The coordinate's index in the point.
    pub index: usize,
    /// The numerical derivative, (E(w + ε) − E(w − ε)) / 2ε.
    pub numerical: f64,
    /// The derivative being checked.
    pub analytic: f64,
    /// The relative difference, |numerical − analytic| / max(|numerical|, |analytic|, floor).
    pub relative: f64,
}

impl Entry {
    fn new(index: usize, numerical: f64, analytic: f64, floor: f64) -> Self {
        let scale = numerical.abs().max(analytic.abs()).max(floor);
        let difference = (numerical - analytic).abs();
        Self {
            index,
            numerical,
            analytic,
            // 0/0 is agreement. NaN in either derivative stays NaN, which is below no tolerance.
            relative: if difference == 0.0 {
                0.0
            } else {
                difference / scale
            },
        }
    }

    /// The absolute difference, |numerical − analytic|.
    pub fn absolute(&self) -> f64 {
        (self.numerical - self.analytic).abs()
    }
}

/// The result of a check, with an entry for each coordinate checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The entries, in the order of the coordinates requested.
    pub entries: Vec<Entry>,
}

impl Report {
    /// The entry with the largest relative difference, where NaN is larger than any number. `None` without entries.
    pub fn worst(&self) -> Option<&Entry> {
        // total_cmp puts a positive NaN above every number.
        self.entries
            .iter()
            .max_by(|a, b| a.relative.abs().total_cmp(&b.relative.abs()))
    }

    /// The largest relative difference; 0 without entries.
    pub fn max_relative(&self) -> f64 {
        self.worst().map_or(0.0, |entry| entry.relative)
    }

    /// The largest absolute difference; 0 without entries, NaN if one is NaN.
    pub fn max_absolute(&self) -> f64 {
        self.entries
            .iter()
            .map(Entry::absolute)
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0)
    }

    /// The entries with coordinates in `range`, such as the weights of one layer.
    pub fn group(&self, range: Range<usize>) -> Self {
        Self {
            entries: self
                .entries
                .iter()
                .filter(|entry| range.contains(&entry.index))
                .copied()
                .collect(),
        }
    }

    /// Panics with the report unless every relative difference is below `limit`; for tests.
    ///
    /// ```
    /// let report = gradcheck::check(|x: &[f64; 1]| x[0].sin(), &[0.5], &[0.5_f64.cos()], &Default::default())?;
    /// report.assert_below(1e-9);
    /// # Ok::<(), gradcheck::Error>(())
    /// ```
    ///
    /// # Panics
    /// If a relative difference is NaN or not below `limit`, or if there are no entries.
    #[track_caller]
    pub fn assert_below(&self, limit: f64) {
        let below = |entry: &Entry| entry.relative < limit;
        assert!(!self.entries.is_empty(), "no coordinate was checked");
        assert!(
            self.entries.iter().all(below),
            "the gradient is wrong: {self}; expected below {limit:e}"
        );
    }
}

impl fmt::Display for Report {
    /// Writes the number of coordinates, and the worst of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.entries.len();
        match self.worst() {
            None => write!(f, "no coordinates"),
            Some(entry) => write!(
                f,
                "{count} coordinates; the worst, {}: numerical {:e}, analytic {:e}, relative difference {:.1e}",
                entry.index, entry.numerical, entry.analytic, entry.relative
            ),
        }
    }
}

/// Checks every coordinate of `grad` at the point `x` of the function `f`.
///
/// A point is a type that can be borrowed as a slice, such as an array, a `Vec` or the parameters of a network. For
/// `ndarray` arrays, use [`check_array`]. The closure receives a copy of `x` in which one coordinate is moved.
///
/// ```
/// use gradcheck::{Options, check};
///
/// // E(a, b) = a²b, so dE/da = 2ab and dE/db = a²
/// let report = check(|x: &Vec<f64>| x[0] * x[0] * x[1], &vec![3.0, 2.0], &[12.0, 9.0], &Options::default())?;
/// report.assert_below(1e-8);
/// # Ok::<(), gradcheck::Error>(())
/// ```
///
/// # Errors
/// Different lengths, an invalid ε or floor.
pub fn check<P: Clone + AsMut<[f64]>>(
    f: impl FnMut(&P) -> f64,
    x: &P,
    grad: &[f64],
    options: &Options,
) -> Result<Report, Error> {
    check_at(f, x, grad, 0..grad.len(), options)
}

/// Checks only the coordinates in `indices`, in this order.
///
/// # Errors
/// Different lengths, an invalid ε or floor, or an index beyond the last coordinate.
///
/// ```
/// use gradcheck::{Options, check_at};
///
/// let norm = |x: &Vec<f64>| x.iter().map(|x| x * x / 2.0).sum();
/// let x: Vec<f64> = (0..1000).map(f64::from).collect();
/// let report = check_at(norm, &x, &x, [3, 999], &Options { epsilon: 1e-2, ..Options::default() })?;
/// assert_eq!(report.entries.len(), 2);
/// assert!(report.max_absolute() < 1e-5);
/// # Ok::<(), gradcheck::Error>(())
/// ```
pub fn check_at<P: Clone + AsMut<[f64]>>(
    mut f: impl FnMut(&P) -> f64,
    x: &P,
    grad: &[f64],
    indices: impl IntoIterator<Item = usize>,
    options: &Options,
) -> Result<Report, Error> {
    let Options { epsilon, floor } = *options;
    let mut point = x.clone();
    let coordinates = point.as_mut().len();
    if coordinates != grad.len() {
        return Err(Error::Length {
            point: coordinates,
            gradient: grad.len(),
        });
    }
    if !(epsilon > 0.0 && epsilon.is_finite() && floor >= 0.0 && floor.is_finite()) {
        return Err(Error::Options { epsilon, floor });
    }
    let mut entries = Vec::new();
    for index in indices {
        if index >= coordinates {
            return Err(Error::Index {
                index,
                point: coordinates,
            });
        }
        let numerical = central_difference(&mut f, &mut point, index, epsilon);
        entries.push(Entry::new(index, numerical, grad[index], floor));
    }
    Ok(Report { entries })
}

/// Checks every coordinate at a point that is an `ndarray` array; indices count in row-major order.
///
/// ```
/// use gradcheck::{Options, check_array};
/// use ndarray::{Array2, array};
///
/// let w = array![[1.0, 2.0], [3.0, 4.0]];
/// let sum_of_cubes = |w: &Array2<f64>| w.iter().map(|w| w.powi(3)).sum();
/// let gradient = w.mapv(|w| 3.0 * w * w);
/// check_array(sum_of_cubes, &w, &gradient, &Options::default())?.assert_below(1e-8);
/// # Ok::<(), gradcheck::Error>(())
/// ```
///
/// # Errors
/// Different numbers of elements, an invalid ε or floor.
#[cfg(feature = "ndarray")]
pub fn check_array<D: ndarray::Dimension>(
    mut f: impl FnMut(&ndarray::Array<f64, D>) -> f64,
    x: &ndarray::Array<f64, D>,
    grad: &ndarray::Array<f64, D>,
    options: &Options,
) -> Result<Report, Error> {
    /// An array in row-major order, which has a slice.
    #[derive(Clone)]
    struct Point<D: ndarray::Dimension>(ndarray::Array<f64, D>);

    impl<D: ndarray::Dimension> AsMut<[f64]> for Point<D> {
        fn as_mut(&mut self) -> &mut [f64] {
            self.0.as_slice_mut().unwrap_or_default()
        }
    }

    let point = Point(x.as_standard_layout().into_owned());
    let grad: Vec<f64> = grad.iter().copied().collect();
    check(|point: &Point<D>| f(&point.0), &point, &grad, options)
}

/// (f(x + εe) − f(x − εe)) / 2ε for the unit vector e of one coordinate; `x` is restored.
fn central_difference<P: AsMut<[f64]>>(
    f: &mut impl FnMut(&P) -> f64,
    x: &mut P,
    index: usize,
    epsilon: f64,
) -> f64 {
    let centre = x.as_mut()[index];
    let (above, below) = (centre + epsilon, centre - epsilon);
    x.as_mut()[index] = above;
    let f_above = f(x);
    x.as_mut()[index] = below;
    let f_below = f(x);
    x.as_mut()[index] = centre;
    // The actual step, which may differ from 2ε by rounding.
    (f_above - f_below) / (above - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: Options = Options {
        epsilon: 1e-5,
        floor: 1e-8,
    };

    /// e^x₀ sin x₁, a function with a known gradient.
    fn f(x: &[f64; 2]) -> f64 {
        x[0].exp() * x[1].sin()
    }

    fn gradient(x: [f64; 2]) -> [f64; 2] {
        [x[0].exp() * x[1].sin(), x[0].exp() * x[1].cos()]
    }

    #[test]
    fn a_right_gradient_passes() {
        let x = [0.3, 0.7];
        let report = check(f, &x, &gradient(x), &FINE).unwrap();
        assert!(report.max_relative() < 1e-9, "{report:?}");
    }

    #[test]
    fn the_truncation_error_is_of_second_order() {
        let x = [0.3, 0.7];
        let error = |epsilon| {
            let options = Options { epsilon, ..FINE };
            check(f, &x, &gradient(x), &options).unwrap().max_absolute()
        };
        let ratio = error(1e-2) / error(1e-3);
        assert!((95.0..105.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn wrong_gradients_are_caught_and_named() {
        let x = [0.3, 0.7];
        let [a, b] = gradient(x);
        for (wrong, at) in [
            ([-a, b], 0),
            ([a, 0.0], 1),
            ([a * 1.001, b], 0),
            ([a, f64::NAN], 1),
        ] {
            let report = check(f, &x, &wrong, &FINE).unwrap();
            assert_eq!(report.worst().unwrap().index, at);
            let caught = report.max_relative();
            assert!(caught.is_nan() || caught > 5e-4, "{caught}");
        }
    }

    #[test]
    #[should_panic = "the gradient is wrong: 2 coordinates; the worst, 0: "]
    fn a_wrong_gradient_fails_a_test() {
        let x = [0.3, 0.7];
        let [a, b] = gradient(x);
        let report = check(f, &x, &[-a, b], &FINE).unwrap();
        report.group(1..2).assert_below(1e-8);
        report.assert_below(1e-8);
    }

    #[test]
    #[should_panic = "no coordinate was checked"]
    fn nothing_looked_at_fails_a_test() {
        Report::default().assert_below(1.0);
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn arrays_in_any_order_of_memory() {
        use ndarray::{Array2, array};
        let w = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        // A function that depends on the position of each element, not only on its value.
        let f = |w: &Array2<f64>| {
            w.indexed_iter()
                .map(|((i, j), w)| (i + 3 * j) as f64 * w * w)
                .sum()
        };
        let gradient = Array2::from_shape_fn((2, 3), |(i, j)| 2.0 * (i + 3 * j) as f64 * w[[i, j]]);
        let column_major = w.t().as_standard_layout().reversed_axes().to_owned();
        for w in [w, column_major] {
            let report = check_array(f, &w, &gradient, &FINE).unwrap();
            assert_eq!(report.entries.len(), 6);
            report.assert_below(1e-8);
        }
    }

    #[test]
    fn zero_against_zero_agrees() {
        let report = check(|_| 1.0, &[5.0; 1], &[0.0], &Options { floor: 0.0, ..FINE }).unwrap();
        assert_eq!(report.max_relative(), 0.0);
    }

    #[test]
    fn groups_split_the_report() {
        let x = [0.3, 0.7];
        let report = check(f, &x, &gradient(x), &FINE).unwrap();
        assert_eq!(report.group(1..2).entries[0].index, 1);
        assert_eq!(report.group(2..9).max_relative(), 0.0);
    }

    #[test]
    fn unusable_arguments_are_refused() {
        let run = |grad: &[f64], indices: Vec<usize>, epsilon, floor| {
            check_at(f, &[0.3, 0.7], grad, indices, &Options { epsilon, floor })
        };
        let length = Error::Length {
            point: 2,
            gradient: 1,
        };
        assert_eq!(run(&[1.0], vec![0], 1e-5, 0.0), Err(length));
        let index = Error::Index { index: 2, point: 2 };
        assert_eq!(run(&[1.0, 1.0], vec![2], 1e-5, 0.0), Err(index));
        for (epsilon, floor) in [
            (0.0, 0.0),
            (-1.0, 0.0),
            (f64::NAN, 0.0),
            (1.0, f64::NAN),
            (1.0, -1.0),
        ] {
            let result = run(&[1.0, 1.0], vec![0], epsilon, floor);
            assert!(matches!(result, Err(Error::Options { .. })));
        }
    }
}
