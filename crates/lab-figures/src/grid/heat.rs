//! A heat map of the mean loss over two settings.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, RGBColor, WHITE};

use super::data::{Grid, GridSetting, Scale, ranked};
use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::style::{
    BLUE, GREY, INK, TEXT_SIZE, TICK_SIZE, TITLE_HEIGHT, VERMILION, bold, fill, line, stroke, text,
    text_width, tint, title,
};

const ROW: i32 = 36;
const TOP: i32 = TITLE_HEIGHT + 44;
const BOTTOM: i32 = 40;
/// The space for the setting's name, left of the names of the rows.
const LEFT: i32 = 40;
const NOTE: &str = "mean validation loss: darker is lower, the lowest is framed";

/// The area of the cells, in pixels.
struct Layout {
    left: i32,
    column: i32,
    size: (i32, i32),
}

impl Layout {
    fn of(rows: &GridSetting, columns: &GridSetting) -> Self {
        let left = LEFT + widest(rows) + 12;
        let column = (widest(columns) + 12).max(72);
        let cells = column * columns.values.len() as i32;
        let width = (left + cells + 24).max(text_width(NOTE, TEXT_SIZE) + 24);
        let height = TOP + ROW * rows.values.len() as i32 + BOTTOM;
        Self {
            left: left + (width - left - cells - 24) / 2,
            column,
            size: (width, height),
        }
    }

    /// The corners of a cell, with a small margin.
    fn cell(&self, row: usize, column: usize) -> [(i32, i32); 2] {
        let (x, y) = (
            self.left + column as i32 * self.column,
            TOP + row as i32 * ROW,
        );
        [
            (px(x + 1), px(y + 1)),
            (px(x + self.column - 1), px(y + ROW - 1)),
        ]
    }
}

/// The width of the widest value, in pixels.
fn widest(setting: &GridSetting) -> i32 {
    let widths = setting.values.iter();
    let widths = widths.map(|value| text_width(value, TEXT_SIZE));
    widths.max().unwrap_or(0)
}

pub(super) fn heat(
    grid: &Grid,
    rows: &GridSetting,
    columns: &GridSetting,
) -> Result<Figure, FigureError> {
    let layout = Layout::of(rows, columns);
    draw(layout.size, |root| {
        title(root, &grid.title)?;
        draw_names(root, &layout, rows, columns)?;
        for row in 0..rows.values.len() {
            for column in 0..columns.values.len() {
                fill(root, layout.cell(row, column), RGBColor(245, 245, 245))?;
            }
        }
        let scale = Scale::of(grid);
        for cell in &grid.cells {
            let corners = layout.cell(cell.at[0], cell.at[1]);
            draw_cell(
                root,
                corners,
                cell.mean.map(|mean| (mean, scale.lowness(mean))),
            )?;
        }
        if let Some((best, _)) = ranked(grid).last() {
            let [(x, y), (right, low)] = layout.cell(best.at[0], best.at[1]);
            // One side is drawn twice, to close the first corner.
            let around = [
                (x, y),
                (right, y),
                (right, low),
                (x, low),
                (x, y),
                (right, y),
            ];
            stroke(root, around.into(), line(VERMILION, 12))?;
        }
        let (width, height) = layout.size;
        let style = text(TICK_SIZE, GREY, HPos::Center);
        root.draw_text(NOTE, &style, (px(width) / 2, px(height - 18)))
    })
}

fn draw_names(
    root: &Area<'_>,
    layout: &Layout,
    rows: &GridSetting,
    columns: &GridSetting,
) -> Drawn {
    let name = bold(TEXT_SIZE, INK, HPos::Center);
    let middle = layout.left + layout.column * columns.values.len() as i32 / 2;
    root.draw_text(&columns.name, &name, (px(middle), px(TOP - 34)))?;
    let upright = name
        .transform(FontTransform::Rotate270)
        .pos(Pos::new(HPos::Center, VPos::Center));
    let side = layout.left - widest(rows) - 28;
    let middle = TOP + ROW * rows.values.len() as i32 / 2;
    root.draw_text(&rows.name, &upright, (px(side), px(middle)))?;
    let above = text(TEXT_SIZE, INK, HPos::Center);
    for (at, value) in columns.values.iter().enumerate() {
        let x = layout.left + layout.column * at as i32 + layout.column / 2;
        root.draw_text(value, &above, (px(x), px(TOP - 12)))?;
    }
    let beside = text(TEXT_SIZE, INK, HPos::Right);
    for (at, value) in rows.values.iter().enumerate() {
        let y = TOP + ROW * at as i32 + ROW / 2;
        root.draw_text(value, &beside, (px(layout.left - 10), px(y)))?;
    }
    Ok(())
}

/// Draws a cell with its mean and colour, or with a dash if a run has no loss.
fn draw_cell(root: &Area<'_>, corners: [(i32, i32); 2], mean: Option<(f64, f64)>) -> Drawn {
    let [(left, top), (right, bottom)] = corners;
    let middle = ((left + right) / 2, (top + bottom) / 2);
    let Some((mean, lowness)) = mean else {
        return root.draw_text("–", &text(TEXT_SIZE, INK, HPos::Center), middle);
    };
    fill(root, corners, tint(BLUE, lowness))?;
    let ink = if lowness > 0.6 { WHITE } else { INK };
    let words = match mean.abs() < 1000.0 {
        true => format!("{mean:.4}"),
        false => format!("{mean:.1e}"),
    };
    root.draw_text(&words, &text(TEXT_SIZE, ink, HPos::Center), middle)
}
