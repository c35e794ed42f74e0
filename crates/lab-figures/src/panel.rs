//! A set of axes: ranges that fit the data, readable ticks, a grid.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::SVGBackend;
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, Drawn, px};
use crate::style::{AXIS, GREY, GRID, INK, Mark, TEXT_SIZE, TICK_SIZE, dashes, line, mark, text};

/// The largest number that is drawn; larger ones count as infinite, so that sums and margins cannot overflow.
const LARGEST: f64 = 1e15;

/// Whether a value can be drawn; values of a diverged run cannot.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// An axis: a range and labelled ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    range: Range<f64>,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis for quantities that are never negative, with a margin around `values`; `None` without values.
    pub(crate) fn values(values: impl Iterator<Item = f64>, most_ticks: u32) -> Option<Self> {
        Some(Self::new(roomy(values)?, most_ticks, f64::MIN_POSITIVE))
    }

    /// An axis like [`Axis::values`] for percentages, which does not go beyond 100.
    pub(crate) fn per_cent(values: impl Iterator<Item = f64>, most_ticks: u32) -> Option<Self> {
        let Range { start, end } = roomy(values)?;
        let end = end.min(100.0_f64.max(start + 1e-3));
        Some(Self::new(start..end, most_ticks, f64::MIN_POSITIVE))
    }

    /// An axis of whole numbers.
    pub(crate) fn whole(values: impl Iterator<Item = u32>, most_ticks: u32) -> Option<Self> {
        let (low, high) = extent(values.map(f64::from))?;
        let room = (0.03 * (high - low)).max(0.5);
        Some(Self::new(low - room..high + room, most_ticks, 1.0))
    }

    /// An axis for the decimal logarithms of positive `values`, with ticks at 1, 2 and 5 times powers of ten; `None` without
    /// values.
    pub(crate) fn logarithmic(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = extent(values.filter(|it| *it > 0.0))?;
        let room = 0.03 * (high / low).log10().max(1.0);
        let range = low.log10() - room..high.log10() + room;
        let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
        let ticks = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|it| it * 10_f64.powi(power)));
        let ticks = ticks.filter(|tick| range.contains(&tick.log10()));
        Some(Self {
            ticks: ticks.map(|tick| (tick.log10(), round(tick))).collect(),
            range,
        })
    }

    fn new(range: Range<f64>, most_ticks: u32, finest: f64) -> Self {
        let ticks = ticks(&range, most_ticks, finest);
        Self { range, ticks }
    }

    /// An axis of names, with the first name at the far end; see [`category`].
    pub(crate) fn categories<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        let count = names.len();
        let ticks = names
            .enumerate()
            .map(|(i, name)| (category(i, count), name.to_owned()));
        Self {
            range: -0.5..count as f64 - 0.5,
            ticks: ticks.collect(),
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        start + (share * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let wanted = !hint.weight().allow_light_points();
        self.ticks
            .iter()
            .filter(|_| wanted)
            .map(|(at, _)| *at)
            .collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|(at, _)| at == value);
        tick.map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

/// The position of category `index` of `count`; the first is on top.
pub(crate) fn category(index: usize, count: usize) -> f64 {
    count as f64 - 1.0 - index as f64
}

/// A number that is 1, 2 or 5 times a power of ten, as text.
fn round(tick: f64) -> String {
    let decimals = (-tick.log10().floor()).max(0.0) as usize;
    format!("{tick:.decimals$}")
}

/// The smallest and the largest drawable value.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|v| drawable(*v))
        .fold(None, |extent, v| match extent {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
}

/// The extent with a small margin at both ends, but not below zero.
fn roomy(values: impl Iterator<Item = f64>) -> Option<Range<f64>> {
    let (low, high) = extent(values)?;
    let room = if high > low {
        0.05 * (high - low)
    } else {
        (0.1 * high.abs()).max(1e-3)
    };
    Some((low - room).max(low.min(0.0))..high + room)
}

/// The ticks of a range: about `most` at most, in steps of 1, 2 or 5 times a power of ten, not finer than `finest`.
pub(crate) fn ticks(range: &Range<f64>, most: u32, finest: f64) -> Vec<(f64, String)> {
    let rough = ((range.end - range.start) / f64::from(most.max(1))).max(finest);
    let exponent = rough.log10().floor() as i32;
    let unit = 10_f64.powi(exponent);
    let (factor, exponent) = match rough / unit {
        r if r <= 1.0 => (1.0, exponent),
        r if r <= 2.0 => (2.0, exponent),
        r if r <= 5.0 => (5.0, exponent),
        _ => (10.0, exponent + 1),
    };
    let step = factor * unit;
    let decimals = exponent.min(0).unsigned_abs() as usize;
    let first = (range.start / step).ceil() as i64;
    let last = (range.end / step).floor() as i64;
    (first..=last)
        .map(|i| i as f64 * step)
        .map(|at| {
            let long = step >= 1e5 && at != 0.0;
            (
                at,
                if long {
                    format!("{at:e}")
                } else {
                    format!("{at:.decimals$}")
                },
            )
        })
        .collect()
}

/// Axes and their labels.
pub(crate) struct Panel<'t> {
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// Without a title, the panel has no space for one.
    pub(crate) x_title: &'t str,
    pub(crate) y_title: &'t str,
    /// The space for the labels of the y axis, in pixels; with 0, labels are left out.
    pub(crate) y_labels: i32,
}

/// The space above the axes of a panel for a note, in pixels.
const HEADROOM: i32 = 22;

/// The space for the title of an x axis, in pixels.
pub(crate) const X_TITLE: i32 = 20;

impl Panel<'_> {
    /// Draws the empty axes into a rectangle of `root` at `corner`, in pixels.
    pub(crate) fn draw<'a>(
        &self,
        root: &Area<'a>,
        corner: (i32, i32),
        size: (i32, i32),
    ) -> Drawn<Plot<'a>> {
        let area = root
            .clone()
            .shrink((px(corner.0), px(corner.1)), (px(size.0), px(size.1)));
        let x_labels = 24 + if self.x_title.is_empty() { 0 } else { X_TITLE };
        let mut chart = ChartBuilder::on(&area)
            .margin_top(px(HEADROOM))
            .margin_right(px(16))
            .x_label_area_size(px(x_labels))
            .y_label_area_size(px(self.y_labels))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .axis_style(line(AXIS, 4))
            .bold_line_style(line(GRID, 4))
            .set_all_tick_mark_size(px(4))
            .label_style(text(TICK_SIZE, GREY, HPos::Center))
            .axis_desc_style(text(TEXT_SIZE, INK, HPos::Center))
            .x_desc(self.x_title)
            .y_desc(self.y_title)
            .draw()?;
        Ok(Plot {
            root: root.clone(),
            chart,
        })
    }
}

/// Drawn axes, ready for data.
pub(crate) struct Plot<'a> {
    /// The complete figure; positions from [`Plot::at`] are relative to its corner.
    pub(crate) root: Area<'a>,
    chart: ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>,
}

impl Plot<'_> {
    /// The position of a data point on the figure.
    pub(crate) fn at(&self, x: f64, y: f64) -> (i32, i32) {
        self.chart.plotting_area().map_coordinate(&(x, y))
    }

    /// Draws a dashed line across the axes at the height of `y`.
    pub(crate) fn draw_level(&self, y: f64, color: RGBColor) -> Drawn {
        let (across, _) = self.pixel_range();
        let (_, y) = self.at(0.0, y);
        let ends = [(across.start, y), (across.end, y)];
        dashes(&self.root, ends, line(color, 6))
    }

    /// Draws a ring at a position on the figure, with a name on the side that has more space.
    pub(crate) fn draw_named(
        &self,
        name: &str,
        (x, y): (i32, i32),
        color: RGBColor,
        size: f64,
    ) -> Drawn {
        let (across, _) = self.pixel_range();
        let (anchor, shift) = match x > (across.start + across.end) / 2 {
            true => (HPos::Right, -px(9)),
            false => (HPos::Left, px(9)),
        };
        mark(&self.root, Mark::Ring, (x, y), color)?;
        let style = text(size, INK, anchor);
        self.root.draw_text(name, &style, (x + shift, y))
    }

    /// The horizontal and the vertical extent of the axes in the figure.
    pub(crate) fn pixel_range(&self) -> (Range<i32>, Range<i32>) {
        self.chart.plotting_area().get_pixel_range()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, words)| words.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_carry_the_decimals_of_their_step() {
        let axis = Axis::values([0.26, 0.40].into_iter(), 8).unwrap();
        assert_eq!(
            labels(&axis),
            [
                "0.26", "0.28", "0.30", "0.32", "0.34", "0.36", "0.38", "0.40"
            ]
        );
        let axis = Axis::values([0.0, 97.0].into_iter(), 8).unwrap();
        assert_eq!(labels(&axis), ["0", "20", "40", "60", "80", "100"]);
        let axis = Axis::values([0.0, 3e7].into_iter(), 8).unwrap();
        assert_eq!(
            labels(&axis),
            ["0", "5e6", "1e7", "1.5e7", "2e7", "2.5e7", "3e7"]
        );
    }

    #[test]
    fn whole_axes_have_whole_ticks() {
        let axis = Axis::whole([1, 1].into_iter(), 8).unwrap();
        assert_eq!(labels(&axis), ["1"]);
        let axis = Axis::whole([1, 3].into_iter(), 8).unwrap();
        assert_eq!(labels(&axis), ["1", "2", "3"]);
        let axis = Axis::whole([1, u32::MAX].into_iter(), 8).unwrap();
        assert!(axis.ticks.len() <= 10);
    }

    #[test]
    fn per_cent_stops_at_a_hundred() {
        let axis = Axis::per_cent([90.0, 100.0].into_iter(), 6).unwrap();
        assert_eq!(axis.range.end, 100.0);
        assert_eq!(labels(&axis).last(), Some(&"100"));
        let axis = Axis::per_cent([100.0].into_iter(), 6).unwrap();
        assert!(axis.range.start < axis.range.end);
    }

    #[test]
    fn what_cannot_be_drawn_does_not_count() {
        assert_eq!(Axis::values([].into_iter(), 6), None);
        assert_eq!(
            Axis::values([f64::NAN, f64::INFINITY, 1e300].into_iter(), 6),
            None
        );
        let axis = Axis::values([0.2, f64::NAN, 0.3, f64::INFINITY].into_iter(), 6);
        assert_eq!(axis, Axis::values([0.2, 0.3].into_iter(), 6));
        for value in [0.0, -0.0, 1e-300, 1e15, -3.0] {
            let axis = Axis::values([value].into_iter(), 6).unwrap();
            assert!(axis.range.start < axis.range.end, "{value}");
            assert!(axis.ticks.len() < 20, "{value}");
        }
    }

    #[test]
    fn logarithmic_axes_have_ticks_at_one_two_and_five() {
        let axis = Axis::logarithmic([0.15, 30.0, 0.0, f64::NAN].into_iter()).unwrap();
        assert_eq!(labels(&axis), ["0.2", "0.5", "1", "2", "5", "10", "20"]);
        assert_eq!(Axis::logarithmic([0.0].into_iter()), None);
    }

    #[test]
    fn the_first_category_is_on_top() {
        let axis = Axis::categories(["a", "b"].into_iter());
        assert_eq!(axis.ticks, [(1.0, "a".to_owned()), (0.0, "b".to_owned())]);
    }
}
