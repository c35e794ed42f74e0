//! The time of a task against each of several sizes.

use crate::canvas::draw;
use crate::figure::{Figure, FigureError};
use crate::panel::{Axis, Panel};
use crate::style::{self, BLUE, Mark, TITLE_HEIGHT, line};

/// The times for some values of one size, with the other sizes constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// The name of the size on the x axis.
    pub size: String,
    /// The values of the size, ascending, and the times in seconds.
    pub points: Vec<(u32, f64)>,
}

const PANEL: (i32, i32) = (360, 260);

/// Draws times against sizes: a panel for each size, two in a row. All axes begin at 0.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn growth(title: &str, y_title: &str, growths: &[Growth]) -> Result<Figure, FigureError> {
    let rows = growths.len().div_ceil(2).max(1) as i32;
    let (width, height) = (2 * PANEL.0, TITLE_HEIGHT + rows * PANEL.1);
    draw((width, height), |root| {
        style::title(root, title)?;
        for (i, growth) in growths.iter().enumerate() {
            let corner = (
                12 + i as i32 % 2 * PANEL.0,
                TITLE_HEIGHT - 16 + i as i32 / 2 * PANEL.1,
            );
            let xs = growth.points.iter().map(|&(x, _)| f64::from(x));
            let ys = growth.points.iter().map(|&(_, y)| y);
            let zero = std::iter::once(0.0);
            let (Some(x), Some(y)) = (
                Axis::values(xs.chain(zero.clone()), 6),
                Axis::values(ys.chain(zero), 6),
            ) else {
                continue;
            };
            let panel = Panel {
                x,
                y,
                x_title: &growth.size,
                y_title,
                y_labels: 56,
            };
            let plot = panel.draw(root, corner, (PANEL.0 - 24, PANEL.1))?;
            let points: Vec<_> = growth
                .points
                .iter()
                .map(|&(x, y)| plot.at(f64::from(x), y))
                .collect();
            style::stroke(&plot.root, points.clone(), line(BLUE, 6))?;
            for at in points {
                style::mark(&plot.root, Mark::Dot, at, BLUE)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_its_panel() {
        let growths = ["units & more", "layers", "examples"].map(|size| Growth {
            size: size.to_owned(),
            points: vec![(1, 0.5), (4, 2.0)],
        });
        let figure = growth("times", "seconds", &growths).unwrap();
        for words in ["units &amp; more", "layers", "examples", "seconds"] {
            assert!(figure.svg().contains(words), "{words}");
        }
        assert!(figure.png().is_ok());
        let nothing = growth("none", "seconds", &[]).unwrap();
        assert!(nothing.png().is_ok());
    }
}
