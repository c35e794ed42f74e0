//! Which digit was taken for which.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, WHITE};

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::style::{BLUE, GREY, INK, TEXT_SIZE, TITLE_HEIGHT, VERMILION, bold, fill, text, title};

const CELL: i32 = 46;
const LEFT: i32 = 64;
const TOP: i32 = TITLE_HEIGHT + 44;
const SIZE: (i32, i32) = (LEFT + 10 * CELL + 24, TOP + 10 * CELL + 40);

/// Draws the counts of `counts[true][predicted]` as a heat map: hits on the diagonal blue, errors
/// vermilion, each against the greatest of its kind.
///
/// # Errors
/// [`FigureError::Draw`] where the drawing library refuses; no data makes it do so.
pub fn confusion(heading: &str, counts: &[[u64; 10]; 10]) -> Result<Figure, FigureError> {
    draw(SIZE, |root| {
        title(root, heading)?;
        draw_axes(root)?;
        let [hits, errors] = [true, false].map(|diagonal| greatest(counts, diagonal));
        for (truth, row) in counts.iter().enumerate() {
            for (predicted, count) in row.iter().enumerate() {
                let (color, most) = if truth == predicted {
                    (BLUE, hits)
                } else {
                    (VERMILION, errors)
                };
                draw_cell(root, (truth, predicted), *count, most, color)?;
            }
        }
        let note = "blue: right, orange: taken for another digit";
        let (width, height) = SIZE;
        let style = text(TEXT_SIZE, GREY, HPos::Center);
        root.draw_text(note, &style, (px(LEFT + width - 24) / 2, px(height - 18)))
    })
}

/// The greatest count on the diagonal, or off it.
fn greatest(counts: &[[u64; 10]; 10], diagonal: bool) -> u64 {
    let cells = counts.iter().enumerate().flat_map(|(t, row)| {
        row.iter()
            .enumerate()
            .filter(move |(p, _)| (t == *p) == diagonal)
    });
    cells.map(|(_, count)| *count).max().unwrap_or(0)
}

fn draw_axes(root: &Area<'_>) -> Drawn {
    let middle = 5 * CELL;
    let name = bold(TEXT_SIZE, INK, HPos::Center);
    root.draw_text("predicted", &name, (px(LEFT + middle), px(TOP - 34)))?;
    let upright = name
        .transform(FontTransform::Rotate270)
        .pos(Pos::new(HPos::Center, VPos::Center));
    root.draw_text("true", &upright, (px(LEFT - 40), px(TOP + middle)))?;
    let style = text(TEXT_SIZE, INK, HPos::Center);
    for digit in 0..10 {
        let along = digit * CELL + CELL / 2;
        root.draw_text(&digit.to_string(), &style, (px(LEFT + along), px(TOP - 12)))?;
        root.draw_text(&digit.to_string(), &style, (px(LEFT - 14), px(TOP + along)))?;
    }
    Ok(())
}

fn draw_cell(
    root: &Area<'_>,
    (truth, predicted): (usize, usize),
    count: u64,
    most: u64,
    color: RGBColor,
) -> Drawn {
    // The root lets small counts be told apart beside a great one.
    let strength = if most == 0 {
        0.0
    } else {
        (count as f64 / most as f64).sqrt()
    };
    let (x, y) = (LEFT + predicted as i32 * CELL, TOP + truth as i32 * CELL);
    let corners = [(px(x + 1), px(y + 1)), (px(x + CELL - 1), px(y + CELL - 1))];
    let shade = if count == 0 {
        RGBColor(245, 245, 245)
    } else {
        tint(color, strength)
    };
    fill(root, corners, shade)?;
    if count == 0 {
        return Ok(());
    }
    let ink = if strength > 0.6 { WHITE } else { INK };
    let words = count.to_string();
    let size = TEXT_SIZE.min(f64::from(CELL) / (0.7 * words.len() as f64));
    let style = text(size, ink, HPos::Center);
    root.draw_text(&words, &style, (px(x + CELL / 2), px(y + CELL / 2)))
}

/// From nearly white (0) to `color` (1).
fn tint(color: RGBColor, strength: f64) -> RGBColor {
    let part = |c: u8| (255.0 - (0.08 + 0.92 * strength) * (255.0 - f64::from(c))).round() as u8;
    let (r, g, b) = color.rgb();
    RGBColor(part(r), part(g), part(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_and_zeros_left_out() {
        let mut counts = [[0; 10]; 10];
        counts[3][3] = 987;
        counts[3][5] = 654;
        let figure = confusion("a & b", &counts).unwrap();
        assert!(figure.svg().contains("987\n") && figure.svg().contains("654\n"));
        assert_eq!(figure.svg().matches("<text").count(), 1 + 2 + 20 + 2 + 1);
        assert_eq!(figure, confusion("a & b", &counts).unwrap());
    }

    #[test]
    fn any_counts_are_drawn() {
        for count in [0, 1, u64::MAX] {
            confusion("", &[[count; 10]; 10]).unwrap().png().unwrap();
        }
    }
}
