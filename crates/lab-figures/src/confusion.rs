//! The confusion matrix.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, RGBColor, TextStyle, WHITE};

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::style::{
    BLUE, GREY, INK, TEXT_SIZE, TITLE_HEIGHT, VERMILION, bold, fill, plain, text, tint, title,
};

const CELL: i32 = 46;

/// The names of the classes, and the position of the grid of cells, with space for the names beside and above.
struct Layout<'a> {
    names: Option<[&'a str; 10]>,
    left: i32,
    top: i32,
    /// Whether the names above the grid are vertical, because they are too long.
    upright: bool,
}

impl<'a> Layout<'a> {
    fn of(names: Option<[&'a str; 10]>) -> Self {
        let lengths = names.iter().flatten().map(|name| name.chars().count());
        // Space for the longest name; without names, twice that of a digit.
        let room = 8 * lengths.max().unwrap_or_default().max(2) as i32;
        let upright = room > CELL;
        Self {
            names,
            left: 48 + room,
            top: TITLE_HEIGHT + 28 + if upright { room } else { 16 },
            upright,
        }
    }

    fn size(&self) -> (i32, i32) {
        (self.left + 10 * CELL + 24, self.top + 10 * CELL + 40)
    }
}

/// Draws the confusion matrix `counts[true][predicted]` as a heat map. Correct predictions are blue and errors
/// vermilion, relative to the largest count of each. Without `names`, the classes are digits.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn confusion(
    heading: &str,
    counts: &[[u64; 10]; 10],
    names: Option<[&str; 10]>,
) -> Result<Figure, FigureError> {
    let layout = Layout::of(names);
    draw(layout.size(), |root| {
        title(root, heading)?;
        draw_axes(root, &layout)?;
        let [hits, errors] = [true, false].map(|diagonal| greatest(counts, diagonal));
        for (truth, row) in counts.iter().enumerate() {
            for (predicted, count) in row.iter().enumerate() {
                let (color, most) = if truth == predicted {
                    (BLUE, hits)
                } else {
                    (VERMILION, errors)
                };
                let x = layout.left + predicted as i32 * CELL;
                let y = layout.top + truth as i32 * CELL;
                draw_cell(root, (x, y), *count, most, color)?;
            }
        }
        let kind = names.map_or("digit", |_| "class");
        let note = format!("blue: right, orange: taken for another {kind}");
        let (width, height) = layout.size();
        let style = text(TEXT_SIZE, GREY, HPos::Center);
        let middle = px(layout.left + width - 24) / 2;
        root.draw_text(&note, &style, (middle, px(height - 18)))
    })
}

/// The largest count on the diagonal, or off the diagonal.
fn greatest(counts: &[[u64; 10]; 10], diagonal: bool) -> u64 {
    let cells = counts.iter().enumerate().flat_map(|(t, row)| {
        row.iter()
            .enumerate()
            .filter(move |(p, _)| (t == *p) == diagonal)
    });
    cells.map(|(_, count)| *count).max().unwrap_or(0)
}

fn draw_axes(root: &Area<'_>, layout: &Layout<'_>) -> Drawn {
    let (left, top, middle) = (layout.left, layout.top, 5 * CELL);
    let turned = |style: TextStyle<'static>, from| {
        let style = style.transform(FontTransform::Rotate270);
        style.pos(Pos::new(from, VPos::Center))
    };
    let name = bold(TEXT_SIZE, INK, HPos::Center);
    let above = (px(left + middle), px(TITLE_HEIGHT + 10));
    root.draw_text("predicted", &name, above)?;
    let upright = turned(name, HPos::Center);
    root.draw_text("true", &upright, (px(24), px(top + middle)))?;
    let style = text(TEXT_SIZE, INK, HPos::Center);
    for class in 0..10 {
        let along = class * CELL + CELL / 2;
        let name = match layout.names {
            None => class.to_string(),
            Some(names) => plain(names[class as usize]),
        };
        if layout.upright {
            let style = turned(style.clone(), HPos::Left);
            root.draw_text(&name, &style, (px(left + along), px(top - 8)))?;
        } else {
            root.draw_text(&name, &style, (px(left + along), px(top - 12)))?;
        }
        let (from, gap) = match layout.names {
            None => (HPos::Center, 14),
            Some(_) => (HPos::Right, 8),
        };
        let style = text(TEXT_SIZE, INK, from);
        root.draw_text(&name, &style, (px(left - gap), px(top + along)))?;
    }
    Ok(())
}

fn draw_cell(root: &Area<'_>, (x, y): (i32, i32), count: u64, most: u64, color: RGBColor) -> Drawn {
    // The square root makes small counts distinguishable beside a large one.
    let strength = if most == 0 {
        0.0
    } else {
        (count as f64 / most as f64).sqrt()
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_and_zeros_left_out() {
        let mut counts = [[0; 10]; 10];
        counts[3][3] = 987;
        counts[3][5] = 654;
        let figure = confusion("a & b", &counts, None).unwrap();
        assert!(figure.svg().contains("987\n") && figure.svg().contains("654\n"));
        assert_eq!(figure.svg().matches("<text").count(), 1 + 2 + 20 + 2 + 1);
        assert_eq!(figure, confusion("a & b", &counts, None).unwrap());
    }

    #[test]
    fn names_have_room() {
        let short = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
        let layout = Layout::of(Some(short));
        let digits = Layout::of(None);
        assert!(!layout.upright && layout.top == digits.top && layout.left > digits.left);
        let mut long = short;
        long[3] = "T-shirt/top";
        let layout = Layout::of(Some(long));
        assert!(layout.upright && layout.top > digits.top + 60);
        let figure = confusion("", &[[1; 10]; 10], Some(long)).unwrap();
        assert_eq!(figure.svg().matches("T-shirt/top\n").count(), 2);
        assert!(figure.svg().contains("taken for another class\n"));
    }

    #[test]
    fn any_counts_are_drawn() {
        for count in [0, 1, u64::MAX] {
            confusion("", &[[count; 10]; 10], None)
                .unwrap()
                .png()
                .unwrap();
        }
    }
}
