//! A line plot of the loss over one setting.

use super::data::{Grid, GridCell, GridSetting, ranked};
use crate::canvas::{Drawn, draw};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, Swatch, legend_below};
use crate::panel::{Axis, Panel, Plot};
use crate::style::{
    BLUE, Mark, TICK_SIZE, TITLE_HEIGHT, VERMILION, line as style, mark, notice, stroke,
    text_width, title,
};

const SIZE: (i32, i32) = (640, 400);

pub(super) fn line(grid: &Grid, x: &GridSetting) -> Result<Figure, FigureError> {
    draw(SIZE, |root| {
        title(root, &grid.title)?;
        let seeds = grid.cells.iter().flat_map(|cell| &cell.losses).copied();
        let means = grid.cells.iter().filter_map(|cell| cell.mean);
        let Some(y) = Axis::values(seeds.chain(means), 8) else {
            return notice(root, "no data");
        };
        let panel = Panel {
            x: Axis::categories(labels(x).iter().rev().map(String::as_str)),
            y,
            x_title: &x.name,
            y_title: "validation loss",
            y_labels: 64,
        };
        let top = TITLE_HEIGHT - 16;
        let height = SIZE.1 - top - legend::HEIGHT;
        let plot = panel.draw(root, (12, top), (SIZE.0 - 24, height))?;
        draw_cells(grid, &plot)?;
        let entries = [
            (Swatch::Mark(Mark::Speck, BLUE), "a seed"),
            (Swatch::Mark(Mark::Dot, BLUE), "mean over seeds"),
            (Swatch::Mark(Mark::Ring, VERMILION), "the lowest"),
        ];
        legend_below(root, &entries)
    })
}

/// The labels of the values, without those that do not fit.
fn labels(x: &GridSetting) -> Vec<String> {
    let widths = x
        .values
        .iter()
        .map(|value| text_width(value, TICK_SIZE) + 12);
    let room = (SIZE.0 - 120) / x.values.len().max(1) as i32;
    let every = (widths.max().unwrap_or(0) / room.max(1) + 1) as usize;
    let shown = |(at, value): (usize, &String)| match at % every {
        0 => value.clone(),
        _ => String::new(),
    };
    x.values.iter().enumerate().map(shown).collect()
}

fn draw_cells(grid: &Grid, plot: &Plot<'_>) -> Drawn {
    let at = |cell: &GridCell, loss| plot.at(cell.at[0] as f64, loss);
    let mut means = ranked(grid);
    let best = means.last().copied();
    means.sort_by_key(|(cell, _)| cell.at[0]);
    // There is no line across a missing value.
    for pair in means.windows(2) {
        let [(a, x), (b, y)] = [pair[0], pair[1]];
        if a.at[0] + 1 == b.at[0] {
            stroke(&plot.root, vec![at(a, x), at(b, y)], style(BLUE, 6))?;
        }
    }
    for cell in &grid.cells {
        for &loss in &cell.losses {
            mark(&plot.root, Mark::Speck, at(cell, loss), BLUE)?;
        }
    }
    if let Some((cell, mean)) = best {
        mark(&plot.root, Mark::Ring, at(cell, mean), VERMILION)?;
    }
    for (cell, mean) in means {
        mark(&plot.root, Mark::Dot, at(cell, mean), BLUE)?;
    }
    Ok(())
}
