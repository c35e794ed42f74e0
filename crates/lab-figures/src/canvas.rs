//! The drawing surface: areas of an SVG document, in quarters of a pixel.

use std::io;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::SVGBackend;
use plotters::style::WHITE;

use crate::figure::{Figure, FigureError};

/// The number of drawing units in a pixel. `plotters` draws at whole units, and curves at whole pixels show steps.
pub(crate) const UNIT: i32 = 4;

/// Converts pixels to drawing units.
pub(crate) const fn px(pixels: i32) -> i32 {
    pixels * UNIT
}

/// A rectangle of the figure, in units of [`UNIT`].
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The result of a drawing step.
pub(crate) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;

/// Draws a figure of `width` × `height` pixels on white.
pub(crate) fn draw(
    (width, height): (i32, i32),
    body: impl for<'a> FnOnce(&Area<'a>) -> Drawn,
) -> Result<Figure, FigureError> {
    let mut svg = String::new();
    let fine = (px(width).unsigned_abs(), px(height).unsigned_abs());
    {
        let root = SVGBackend::with_string(&mut svg, fine).into_drawing_area();
        root.fill(&WHITE)?;
        body(&root)?;
        root.present()?;
    }
    // The coordinates (viewBox) are in drawing units; only the size on the page is in pixels.
    let (w, h) = fine;
    let svg = svg.replacen(
        &format!("width=\"{w}\" height=\"{h}\""),
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    );
    Ok(Figure::new(svg))
}
