//! Normal quantile plots.

use crate::canvas::draw;
use crate::figure::{Figure, FigureError};
use crate::panel::{Axis, Panel, drawable};
use crate::style::{
    BLUE, GREY, Mark, TITLE_HEIGHT, VERMILION, dashes, line, mark, notice, stroke, title,
};

/// A panel of a quantile plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles {
    /// The name and unit of the numbers.
    pub name: String,
    /// For each number, in ascending order, the normal quantile of the rank, and the number.
    pub points: Vec<(f64, f64)>,
    /// The mean and standard deviation of the normal distribution for comparison.
    pub normal: (f64, f64),
    /// The paper's number, which is marked.
    pub paper: Option<f64>,
}

const WIDTH: i32 = 960;
const PANEL_HEIGHT: i32 = 230;
const COLUMNS: usize = 3;

/// Draws quantile plots, three in a row. Normally distributed numbers are on the grey line.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn quantiles(heading: &str, panels: &[Quantiles]) -> Result<Figure, FigureError> {
    let rows = panels.len().div_ceil(COLUMNS).clamp(1, 100) as i32;
    draw((WIDTH, TITLE_HEIGHT + rows * PANEL_HEIGHT), |root| {
        title(root, heading)?;
        if panels.is_empty() {
            return notice(root, "no data");
        }
        let width = WIDTH / COLUMNS as i32;
        for (at, it) in panels.iter().enumerate().take(100 * COLUMNS) {
            let points = || {
                it.points
                    .iter()
                    .filter(|(x, y)| drawable(*x) && drawable(*y))
            };
            let ends = points().map(|(x, _)| *x);
            let values = points()
                .map(|(_, y)| *y)
                .chain(it.paper.filter(|y| drawable(*y)));
            let (Some(x), Some(y)) = (Axis::values(ends, 5), Axis::values(values, 4)) else {
                continue;
            };
            let panel = Panel {
                x,
                y,
                x_title: "normal quantile",
                y_title: &it.name,
                y_labels: 68,
            };
            let (column, row) = ((at % COLUMNS) as i32, (at / COLUMNS) as i32);
            let corner = (column * width + 4, TITLE_HEIGHT - 18 + row * PANEL_HEIGHT);
            let plot = panel.draw(root, corner, (width - 4, PANEL_HEIGHT))?;
            let (across, down) = plot.pixel_range();
            let inside = |(x, y): (i32, i32)| (x, y.clamp(down.start, down.end));
            if let Some(paper) = it.paper.filter(|y| drawable(*y)) {
                let (_, y) = plot.at(0.0, paper);
                dashes(
                    root,
                    [(across.start, y), (across.end, y)],
                    line(VERMILION, 6),
                )?;
            }
            let (mean, sd) = it.normal;
            let first = points().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
            let last = points().map(|(x, _)| *x).fold(f64::NEG_INFINITY, f64::max);
            if drawable(mean) && drawable(sd) {
                let end = |x: f64| inside(plot.at(x, mean + sd * x));
                stroke(root, vec![end(first), end(last)], line(GREY, 4))?;
            }
            for &(x, y) in points() {
                mark(root, Mark::Speck, plot.at(x, y), BLUE)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_left_out() {
        let panel = |y: f64| Quantiles {
            name: "loss".to_owned(),
            points: vec![(-1.0, 0.1), (0.0, y), (1.0, 0.2)],
            normal: (0.15, y),
            paper: Some(y),
        };
        for y in [0.15, f64::NAN, f64::INFINITY] {
            let svg = quantiles("numbers", &[panel(y)]).unwrap().svg().to_owned();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{y}");
        }
        assert!(quantiles("none", &[]).unwrap().svg().contains("no data"));
    }
}
