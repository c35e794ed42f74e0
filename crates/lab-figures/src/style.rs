//! Colours, fonts and marks of all figures.

use plotters::element::{Circle, DashedPathElement, PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontFamily, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE,
};

use crate::canvas::{Area, Drawn, UNIT, px};

// Okabe and Ito's palette, which colour-blind readers can distinguish.
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(crate) const VERMILION: RGBColor = RGBColor(213, 94, 0);

pub(crate) const INK: RGBColor = RGBColor(34, 34, 34);
pub(crate) const GREY: RGBColor = RGBColor(102, 102, 102);
pub(crate) const AXIS: RGBColor = RGBColor(140, 140, 140);
pub(crate) const GRID: RGBColor = RGBColor(230, 230, 230);

const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

pub(crate) const TITLE_SIZE: f64 = 16.0;
pub(crate) const TEXT_SIZE: f64 = 12.0;
pub(crate) const TICK_SIZE: f64 = 11.0;

/// The height of a [`title`], in pixels.
pub(crate) const TITLE_HEIGHT: i32 = 40;

/// The mean width of a character of DejaVu Sans, in em, rounded up.
const ADVANCE: f64 = 0.62;
const BOLD_ADVANCE: f64 = 0.70;

/// The approximate width of `text` in a size of `size` pixels, in pixels.
pub(crate) fn text_width(text: &str, size: f64) -> i32 {
    (text.chars().count() as f64 * ADVANCE * size).ceil() as i32
}

/// A text style of `size` pixels, anchored at its vertical middle.
pub(crate) fn text(size: f64, color: RGBColor, h_pos: HPos) -> TextStyle<'static> {
    face(size, color, h_pos, FontStyle::Normal)
}

/// A bold style, otherwise as [`text`].
pub(crate) fn bold(size: f64, color: RGBColor, h_pos: HPos) -> TextStyle<'static> {
    face(size, color, h_pos, FontStyle::Bold)
}

fn face(size: f64, color: RGBColor, h_pos: HPos, style: FontStyle) -> TextStyle<'static> {
    // The SVG backend divides a font's size by 1.24.
    let units = size * f64::from(UNIT) * 1.24;
    TextStyle {
        font: (FontFamily::Name(FAMILY), units, style).into_font(),
        color: color.to_backend_color(),
        pos: Pos::new(h_pos, VPos::Center),
    }
}

/// The style of a line of `width` quarter pixels; see [`UNIT`].
pub(crate) fn line(color: impl Color, width: u32) -> ShapeStyle {
    color.stroke_width(width)
}

/// `words` without the characters that XML does not allow.
pub(crate) fn plain(words: &str) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    words.replace(forbidden, " ")
}

/// `words` without the characters that XML does not allow, shortened if they would take space from the data.
pub(crate) fn short(words: &str, most: usize) -> String {
    let words = plain(words);
    if words.chars().count() <= most {
        return words;
    }
    words.chars().take(most - 1).chain(['…']).collect()
}

/// Draws the figure's title, smaller if it would not fit.
pub(crate) fn title(area: &Area<'_>, title: &str) -> Drawn {
    // A title of a megabyte would take minutes to lay out.
    let title = plain(&title.chars().take(200).collect::<String>());
    let (width, _) = area.dim_in_pixel();
    let fits = 0.95 * f64::from(width)
        / f64::from(UNIT)
        / (BOLD_ADVANCE * title.chars().count().max(1) as f64);
    let style = bold(TITLE_SIZE.min(fits), INK, HPos::Center);
    area.draw_text(&title, &style, (width as i32 / 2, px(TITLE_HEIGHT) / 2))
}

/// Writes in the middle of an empty `area` why it is empty.
pub(crate) fn notice(area: &Area<'_>, message: &str) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let style = text(TITLE_SIZE, GREY, HPos::Center);
    area.draw_text(message, &style, (width as i32 / 2, height as i32 / 2))
}

/// The shape that marks a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A small translucent disc, for many points.
    Speck,
    /// A disc, small enough for a [`Mark::Ring`] around it to be seen.
    Dot,
    /// A circle, white inside.
    Ring,
}

/// Draws a mark at the position `at`.
pub(crate) fn mark(area: &Area<'_>, mark: Mark, at: (i32, i32), color: RGBColor) -> Drawn {
    match mark {
        Mark::Speck => area.draw(&Circle::new(at, px(3), color.mix(0.45).filled())),
        Mark::Dot => area.draw(&Circle::new(at, 12, color.filled())),
        Mark::Ring => {
            area.draw(&Circle::new(at, 19, WHITE.filled()))?;
            area.draw(&Circle::new(at, 19, line(color, 6)))
        }
    }
}

/// Draws a line through `points`.
pub(crate) fn stroke(area: &Area<'_>, points: Vec<(i32, i32)>, style: ShapeStyle) -> Drawn {
    area.draw(&PathElement::new(points, style))
}

/// Draws a dashed line.
pub(crate) fn dashes(area: &Area<'_>, points: [(i32, i32); 2], style: ShapeStyle) -> Drawn {
    area.draw(&DashedPathElement::new(points, px(5), px(4), style))
}

/// Draws the bar of an interval from `left` to `right` at height `y`, with end caps.
pub(crate) fn interval(
    area: &Area<'_>,
    (left, right): (i32, i32),
    y: i32,
    color: RGBColor,
) -> Drawn {
    let style = line(color, 6);
    stroke(area, vec![(left, y), (right, y)], style)?;
    for x in [left, right] {
        stroke(area, vec![(x, y - px(5)), (x, y + px(5))], style)?;
    }
    Ok(())
}

/// Fills the rectangle between two corners.
pub(crate) fn fill(area: &Area<'_>, corners: [(i32, i32); 2], color: impl Color) -> Drawn {
    area.draw(&Rectangle::new(corners, color.filled()))
}

/// A colour from nearly white (0) to `color` (1).
pub(crate) fn tint(color: RGBColor, strength: f64) -> RGBColor {
    let part = |c: u8| (255.0 - (0.08 + 0.92 * strength) * (255.0 - f64::from(c))).round() as u8;
    let (r, g, b) = color.rgb();
    RGBColor(part(r), part(g), part(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::draw;

    #[test]
    fn text_is_rendered_without_fonts_of_the_system() {
        let write = |words| {
            let draw_words = |root: &Area<'_>| notice(root, words);
            draw((200, 40), draw_words).unwrap().png().unwrap()
        };
        let [blank, words] = ["", "words"].map(|words| {
            let png = image::load_from_memory(&write(words)).unwrap().to_luma8();
            png.pixels().filter(|p| p.0[0] < 200).count()
        });
        assert_eq!(blank, 0);
        assert!(words > 200, "{words} dark pixels");
    }
}
