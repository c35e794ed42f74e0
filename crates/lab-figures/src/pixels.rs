//! Small pictures as fragments of SVG.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plotters::style::RGBColor;

use crate::canvas::px;

/// A picture, and its place in the figure.
pub(crate) struct Picture<'a, T> {
    /// The upper left corner, in pixels of the figure.
    pub(crate) corner: (i32, i32),
    /// The longer side, in pixels of the figure.
    pub(crate) side: i32,
    /// The values, row by row.
    pub(crate) values: &'a [T],
    /// The numbers of rows and columns.
    pub(crate) size: (usize, usize),
}

impl<T> Picture<'_, T> {
    /// The SVG of the picture, and `above` on top of it: a path for each shade that has a colour, with a stroke for each
    /// run of equal shades. A rectangle for each value would take ten times as many bytes.
    pub(crate) fn svg(
        &self,
        shade: impl Fn(&T) -> i32,
        color: impl Fn(i32) -> Option<RGBColor>,
        above: &str,
    ) -> String {
        let (rows, columns) = self.size;
        let pixel = f64::from(px(self.side)) / rows.max(columns).max(1) as f64;
        let mut paths = BTreeMap::<i32, String>::new();
        for (y, row) in self.values.chunks(columns.max(1)).take(rows).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| shade(a) == shade(b)) {
                let path = paths.entry(shade(&run[0])).or_default();
                let _ = write!(path, "M{x} {y}h{}", run.len());
                x += run.len();
            }
        }
        let (left, top) = self.corner;
        let mut svg = format!(
            "<g transform=\"translate({} {}) scale({pixel}) translate(0 .5)\" \
             shape-rendering=\"crispEdges\">\n",
            px(left),
            px(top),
        );
        for (shade, path) in paths {
            if let Some(RGBColor(r, g, b)) = color(shade) {
                let _ = writeln!(
                    svg,
                    "<path stroke=\"#{r:02X}{g:02X}{b:02X}\" d=\"{path}\"/>"
                );
            }
        }
        svg + above + "</g>\n"
    }
}
