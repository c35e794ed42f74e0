//! The distances of many combinations from two results at once.

use plotters::style::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, Swatch, legend_below};
use crate::panel::{Axis, Panel, drawable};
use crate::style::{
    BLUE, GREY, INK, Mark, TEXT_SIZE, TITLE_HEIGHT, VERMILION, fill, mark, notice, text, title,
};

/// Distances from two results.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearness {
    /// The title.
    pub heading: String,
    /// The titles of the axes.
    pub axes: [String; 2],
    /// Groups of combinations, at most two: the name, and the two distances of each combination.
    pub groups: Vec<(String, Vec<(f64, f64)>)>,
    /// The distance within which a combination counts as near.
    pub near: f64,
    /// Combinations with a name.
    pub named: Vec<(String, (f64, f64))>,
}

const SIZE: (i32, i32) = (760, 480);

/// The smallest distance that is drawn; smaller ones are drawn there.
const LEAST: f64 = 0.1;

/// Draws a dot for each combination, on logarithmic axes. Combinations in the shaded corner are near to both results.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn nearness(nearness: &Nearness) -> Result<Figure, FigureError> {
    let groups = nearness.groups.iter().zip([BLUE, VERMILION]);
    let inside =
        |&(x, y): &(f64, f64)| (drawable(x) && drawable(y)).then(|| (x.max(LEAST), y.max(LEAST)));
    draw(SIZE, |root| {
        title(root, &nearness.heading)?;
        let all = || {
            nearness
                .groups
                .iter()
                .flat_map(|(_, points)| points.iter().filter_map(inside))
        };
        let ends = [LEAST, 2.0 * nearness.near];
        let (Some(x), Some(y)) = (
            Axis::logarithmic(all().map(|it| it.0).chain(ends)),
            Axis::logarithmic(all().map(|it| it.1).chain(ends)),
        ) else {
            return notice(root, "no data");
        };
        let panel = Panel {
            x,
            y,
            x_title: &nearness.axes[0],
            y_title: &nearness.axes[1],
            y_labels: 64,
        };
        let size = (SIZE.0 - 8, SIZE.1 - TITLE_HEIGHT + 16 - legend::HEIGHT);
        let plot = panel.draw(root, (4, TITLE_HEIGHT - 16), size)?;
        let (across, down) = plot.pixel_range();
        let at = |(x, y): (f64, f64)| plot.at(x.log10(), y.log10());
        let (right, top) = at((nearness.near, nearness.near));
        fill(
            root,
            [(across.start, top), (right, down.end)],
            GREY.mix(0.15),
        )?;
        let style = text(TEXT_SIZE, INK, HPos::Left);
        root.draw_text(
            &format!("every number within {}", nearness.near),
            &style,
            (across.start + px(6), top + px(10)),
        )?;
        for ((_, points), color) in groups.clone() {
            for point in points.iter().filter_map(inside) {
                mark(root, Mark::Speck, at(point), color)?;
            }
        }
        for (name, point) in &nearness.named {
            let Some(point) = inside(point) else { continue };
            plot.draw_named(name, at(point), INK, TEXT_SIZE)?;
        }
        let entries: Vec<(Swatch, &str)> = groups
            .map(|((name, _), color)| (Swatch::Mark(Mark::Dot, color), name.as_str()))
            .collect();
        legend_below(root, &entries)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let points = vec![
            (0.0, 3.0),
            (2.0, f64::INFINITY),
            (f64::NAN, 1.0),
            (40.0, 7.0),
        ];
        let mut of = Nearness {
            heading: "distances".to_owned(),
            axes: ["l2 & more", "l1"].map(str::to_owned),
            groups: vec![
                ("one".to_owned(), points.clone()),
                ("two".to_owned(), points),
            ],
            near: 2.0,
            named: vec![
                ("nearest".to_owned(), (40.0, 7.0)),
                ("lost".to_owned(), (f64::NAN, 1.0)),
            ],
        };
        let figure = nearness(&of).unwrap();
        for words in [
            "l2 &amp; more",
            "one",
            "two",
            "nearest",
            "every number within 2",
        ] {
            assert!(figure.svg().contains(words), "{words}");
        }
        assert!(!figure.svg().contains("NaN") && !figure.svg().contains("lost"));
        assert!(figure.png().is_ok());
        of.groups.clear();
        assert!(nearness(&of).is_ok());
    }
}
