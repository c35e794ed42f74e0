//! Normal quantile plots.

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, Swatch, legend};
use crate::panel::{Axis, Panel, drawable};
use crate::style::{BLUE, GREY, Mark, TITLE_HEIGHT, VERMILION, line, mark, notice, stroke, title};

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

/// Draws quantile plots, three in a row, with a legend above them. Normally distributed numbers are on the grey line.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn quantiles(heading: &str, panels: &[Quantiles]) -> Result<Figure, FigureError> {
    let rows = panels.len().div_ceil(COLUMNS).clamp(1, 100) as i32;
    let top = TITLE_HEIGHT + legend::HEIGHT;
    draw((WIDTH, top + rows * PANEL_HEIGHT), |root| {
        title(root, heading)?;
        if panels.is_empty() {
            return notice(root, "no data");
        }
        draw_legend(root)?;
        let width = WIDTH / COLUMNS as i32;
        for (at, it) in panels.iter().enumerate().take(100 * COLUMNS) {
            let (column, row) = ((at % COLUMNS) as i32, (at / COLUMNS) as i32);
            let corner = (column * width + 4, top - 18 + row * PANEL_HEIGHT);
            draw_panel(root, it, corner, (width - 4, PANEL_HEIGHT))?;
        }
        Ok(())
    })
}

fn draw_legend(root: &Area<'_>) -> Drawn {
    let entries = [
        (Swatch::Mark(Mark::Speck, BLUE), "one seed"),
        (
            Swatch::Line(GREY),
            "normal distribution with the seeds' mean and standard deviation",
        ),
        (Swatch::LevelDashes(VERMILION), "paper"),
    ];
    let corner = (0, px(TITLE_HEIGHT - 6));
    let strip = root.clone().shrink(corner, (px(WIDTH), px(legend::HEIGHT)));
    legend(&strip, &entries)
}

fn draw_panel(root: &Area<'_>, it: &Quantiles, corner: (i32, i32), size: (i32, i32)) -> Drawn {
    let points = it.points.iter().copied();
    let points: Vec<(f64, f64)> = points
        .filter(|(x, y)| drawable(*x) && drawable(*y))
        .collect();
    let paper = it.paper.filter(|y| drawable(*y));
    let (mean, sd) = it.normal;
    let ends = [points.first(), points.last()].into_iter().flatten();
    let ends = ends.map(|&(x, _)| (x, mean + sd * x));
    let normal: Vec<(f64, f64)> = ends.filter(|(_, y)| drawable(*y)).collect();
    let all = || points.iter().chain(&normal);
    let (Some(x), Some(y)) = (
        Axis::values(all().map(|it| it.0), 5),
        Axis::values(all().map(|it| it.1).chain(paper), 4),
    ) else {
        return Ok(());
    };
    let panel = Panel {
        x,
        y,
        x_title: "normal quantile",
        y_title: &it.name,
        y_labels: 68,
    };
    let plot = panel.draw(root, corner, size)?;
    if let Some(paper) = paper {
        plot.draw_level(paper, VERMILION)?;
    }
    if !normal.is_empty() {
        let ends = normal.iter().map(|&(x, y)| plot.at(x, y));
        stroke(root, ends.collect(), line(GREY, 4))?;
    }
    for (x, y) in points {
        mark(root, Mark::Speck, plot.at(x, y), BLUE)?;
    }
    Ok(())
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
            assert!(svg.contains("normal distribution with the seeds"), "{y}");
        }
        assert!(quantiles("none", &[]).unwrap().svg().contains("no data"));
    }
}
