//! The legend under a figure.

use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::canvas::{Area, Drawn, px};
use crate::style::{
    INK, Mark, TEXT_SIZE, dashes, fill, interval, line, mark, stroke, text, text_width,
};

/// The height of a legend, in pixels.
pub(crate) const HEIGHT: i32 = 34;

const SWATCH: i32 = 26;
const GAP: i32 = 7;
const SPACE: i32 = 22;

/// The symbol before an entry's text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Swatch {
    Line(RGBColor),
    /// An upright dashed line.
    Dashes(RGBColor),
    /// A level dashed line.
    LevelDashes(RGBColor),
    Band(RGBColor),
    Mark(Mark, RGBColor),
    /// A bar with end caps, and a mean.
    Interval(RGBColor),
}

/// Draws `entries` at the bottom of a figure.
pub(crate) fn legend_below(root: &Area<'_>, entries: &[(Swatch, &str)]) -> Drawn {
    let (width, height) = root.dim_in_pixel();
    let corner = (0, height as i32 - px(HEIGHT));
    let strip = root.clone().shrink(corner, (width as i32, px(HEIGHT)));
    legend(&strip, entries)
}

/// Draws `entries` side by side, centred in `area`.
pub(crate) fn legend(area: &Area<'_>, entries: &[(Swatch, &str)]) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let widths = entries
        .iter()
        .map(|(swatch, words)| entry_width(*swatch, words));
    let total = widths.clone().sum::<i32>() + SPACE * (entries.len() as i32 - 1).max(0);
    let y = height as i32 / 2;
    let style = text(TEXT_SIZE, INK, HPos::Left);

    let mut x = (width as i32 - px(total)) / 2;
    for ((swatch, words), width) in entries.iter().zip(widths) {
        let right = x + px(swatch_width(*swatch));
        draw_swatch(area, *swatch, (x, right), y)?;
        area.draw_text(words, &style, (right + px(GAP), y))?;
        x += px(width + SPACE);
    }
    Ok(())
}

fn swatch_width(swatch: Swatch) -> i32 {
    match swatch {
        Swatch::Mark(..) | Swatch::Dashes(_) => 12,
        _ => SWATCH,
    }
}

fn entry_width(swatch: Swatch, words: &str) -> i32 {
    swatch_width(swatch) + GAP + text_width(words, TEXT_SIZE)
}

fn draw_swatch(area: &Area<'_>, swatch: Swatch, (left, right): (i32, i32), y: i32) -> Drawn {
    let middle = ((left + right) / 2, y);
    let ends = [(left, y), (right, y)];
    match swatch {
        Swatch::Line(color) => stroke(area, ends.to_vec(), line(color, 8)),
        Swatch::Dashes(color) => {
            let ends = [(middle.0, y - px(7)), (middle.0, y + px(7))];
            dashes(area, ends, line(color, 5))
        }
        Swatch::LevelDashes(color) => dashes(area, ends, line(color, 6)),
        Swatch::Band(color) => fill(
            area,
            [(left, y - px(6)), (right, y + px(6))],
            color.mix(BAND_OPACITY),
        ),
        Swatch::Mark(shape, color) => mark(area, shape, middle, color),
        Swatch::Interval(color) => {
            interval(area, (left, right), y, color)?;
            mark(area, Mark::Dot, middle, color)
        }
    }
}

/// The opacity of the band that shows the spread over seeds.
pub(crate) const BAND_OPACITY: f64 = 0.20;
