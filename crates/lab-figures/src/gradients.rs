//! Numerical derivatives against derivatives by backpropagation.

use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, Swatch, legend_below};
use crate::panel::{Axis, Panel, drawable};
use crate::style::{
    BLUE, GREY, INK, Mark, TEXT_SIZE, TICK_SIZE, TITLE_HEIGHT, VERMILION, bold, fill, line, mark,
    stroke, title,
};

/// A panel of a gradient check.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientPanel {
    /// The name of the panel.
    pub name: String,
    /// For each weight of correct networks, the derivative by backpropagation and the numerical one.
    pub correct: Vec<(f64, f64)>,
    /// The paper's weights: name, derivative by backpropagation, numerical derivative.
    pub paper: Vec<(String, f64, f64)>,
}

const PANEL: (i32, i32) = (440, 400);
const AGREEMENT: RGBColor = GREY;
const CORRECT: RGBColor = BLUE;
const PAPER: RGBColor = VERMILION;

/// Draws gradient checks side by side. Equal derivatives are on the diagonal, and derivatives of opposite signs in the
/// grey quadrants. The axes' titles end with `unit`.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn gradients(
    heading: &str,
    unit: &str,
    panels: &[GradientPanel],
) -> Result<Figure, FigureError> {
    let width = PANEL.0 * panels.len().clamp(1, 10) as i32;
    let height = TITLE_HEIGHT + PANEL.1 + legend::HEIGHT;
    draw((width, height), |root| {
        title(root, heading)?;
        for (at, panel) in panels.iter().enumerate().take(10) {
            draw_panel(root, panel, unit, at as i32 * PANEL.0)?;
        }
        let entries = [
            (Swatch::Mark(Mark::Ring, PAPER), "paper"),
            (Swatch::Mark(Mark::Speck, CORRECT), "correct networks"),
            (Swatch::Line(AGREEMENT), "agreement"),
            (Swatch::Band(GREY), "opposite signs"),
        ];
        legend_below(root, &entries)
    })
}

fn draw_panel(root: &Area<'_>, it: &GradientPanel, unit: &str, left: i32) -> Drawn {
    let paper = it.paper.iter().map(|(_, x, y)| (*x, *y));
    let points = it.correct.iter().copied().chain(paper);
    let sizes = points.flat_map(|(x, y)| [x.abs(), y.abs()]);
    let Some(largest) = sizes.filter(|v| drawable(*v)).reduce(f64::max) else {
        return Ok(());
    };
    let axis = || Axis::values([-1.1 * largest, largest].into_iter(), 5);
    let (Some(x), Some(y)) = (axis(), axis()) else {
        return Ok(());
    };
    let panel = Panel {
        x,
        y,
        x_title: &format!("backpropagation, {unit}"),
        y_title: &format!("numerical, {unit}"),
        y_labels: 64,
    };
    let plot = panel.draw(root, (left + 4, TITLE_HEIGHT - 14), (PANEL.0 - 8, PANEL.1))?;
    let (across, down) = plot.pixel_range();
    let (zero_x, zero_y) = plot.at(0.0, 0.0);
    let shade = GREY.mix(legend::BAND_OPACITY);
    fill(root, [(across.start, down.start), (zero_x, zero_y)], shade)?;
    fill(root, [(zero_x, zero_y), (across.end, down.end)], shade)?;
    let ends = vec![plot.at(-largest, -largest), plot.at(largest, largest)];
    stroke(root, ends, line(AGREEMENT, 4))?;
    let middle = (across.start + across.end) / 2;
    let style = bold(TEXT_SIZE, INK, HPos::Center);
    root.draw_text(&it.name, &style, (middle, down.start - px(10)))?;

    let known = |(x, y): (f64, f64)| drawable(x) && drawable(y);
    for &(x, y) in it.correct.iter().filter(|point| known(**point)) {
        mark(root, Mark::Speck, plot.at(x, y), CORRECT)?;
    }
    for (name, x, y) in it.paper.iter().filter(|(_, x, y)| known((*x, *y))) {
        plot.draw_named(name, plot.at(*x, *y), PAPER, TICK_SIZE)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_weights_are_named_and_gaps_left_out() {
        let panel = |x: f64| GradientPanel {
            name: "first layer".to_owned(),
            correct: vec![(-1.0, -1.0), (x, 1.0)],
            paper: vec![("hidden bias".to_owned(), 2.0, x)],
        };
        let figure = gradients("check", "10⁻⁴", &[panel(-1.0), panel(0.5)]).unwrap();
        assert_eq!(figure.svg().matches("hidden bias").count(), 2);
        assert!(figure.svg().contains("numerical, 10⁻⁴"));
        assert!(figure.png().is_ok());
        let svg = gradients("gaps", "1", &[panel(f64::NAN)]).unwrap();
        assert!(!svg.svg().contains("NaN") && !svg.svg().contains("hidden bias"));
        assert!(gradients("none", "1", &[]).unwrap().png().is_ok());
    }
}
