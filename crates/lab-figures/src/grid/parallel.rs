//! Parallel coordinates for three or more settings: an axis for each setting and for the loss, and a line for each
//! cell.

use std::ops::Range;

use plotters::style::text_anchor::HPos;
use plotters::style::{Color, WHITE};

use super::data::{Grid, GridSetting, Scale, logarithm, ranked};
use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::panel::ticks;
use crate::style::{
    AXIS, BLUE, GREY, INK, TEXT_SIZE, TICK_SIZE, TITLE_HEIGHT, VERMILION, bold, fill, line, stroke,
    text, text_width, tint, title,
};

/// The distance between two axes, in pixels.
const GAP: i32 = 150;
const LEFT: i32 = 120;
const RIGHT: i32 = 90;
const TOP: i32 = TITLE_HEIGHT + 48;
const BOTTOM: i32 = 380;
const HEIGHT: i32 = 440;
/// The maximum number of labels on an axis.
const MOST: usize = 18;

pub(super) fn parallel(grid: &Grid, settings: &[GridSetting]) -> Result<Figure, FigureError> {
    let width = LEFT + GAP * settings.len() as i32 + RIGHT;
    draw((width, HEIGHT), |root| {
        title(root, &grid.title)?;
        let scale = Scale::of(grid);
        draw_lines(root, grid, settings, &scale)?;
        for (i, setting) in settings.iter().enumerate() {
            let labels = setting.values.iter().enumerate();
            let every = setting.values.len().div_ceil(MOST);
            let labels = labels
                .filter(|(at, _)| at % every == 0)
                .map(|(at, value)| (height(at, setting.values.len()), value.clone()));
            draw_axis(root, i, &setting.name, labels, HPos::Right)?;
        }
        let losses = loss_ticks(scale.low.exp()..scale.high.exp());
        let losses = losses
            .into_iter()
            .map(|(loss, label)| (1.0 - scale.lowness(loss), label));
        draw_axis(root, settings.len(), "validation loss", losses, HPos::Left)?;
        let note = "a line for each cell, through its settings to its mean validation loss: darker is lower, orange the lowest";
        let style = text(TICK_SIZE, GREY, HPos::Center);
        root.draw_text(note, &style, (px(width) / 2, px(HEIGHT - 22)))
    })
}

/// The height of a value on its axis, from 0 to 1. No value is at an end of the axis, because its lines need space.
fn height(at: usize, values: usize) -> f64 {
    (at as f64 + 0.5) / values as f64
}

/// The position in the figure of a height on an axis.
fn place(axis: usize, share: f64) -> (i32, i32) {
    let y = f64::from(px(BOTTOM)) - share * f64::from(px(BOTTOM - TOP));
    (px(LEFT + GAP * axis as i32), y.round() as i32)
}

/// The distance between lines that share a value, in drawing units, if there is space.
const ASIDE: f64 = 22.0;

/// Draws the cells, the lowest on top.
fn draw_lines(root: &Area<'_>, grid: &Grid, settings: &[GridSetting], scale: &Scale) -> Drawn {
    let cells = ranked(grid);
    let mut through = vec![Vec::new(); cells.len()];
    for (axis, setting) in settings.iter().enumerate() {
        let values = setting.values.len();
        for at in 0..values {
            let sharing = (0..cells.len()).filter(|&i| cells[i].0.at[axis] == at);
            let sharing: Vec<usize> = sharing.collect();
            let (x, y) = place(axis, height(at, values));
            // Lines through the same value are side by side, in the order of their losses.
            let room = 0.7 * f64::from(px(BOTTOM - TOP)) / (values * sharing.len().max(1)) as f64;
            let middle = (sharing.len() as f64 - 1.0) / 2.0;
            for (rank, i) in sharing.into_iter().enumerate() {
                let aside = (rank as f64 - middle) * ASIDE.min(room);
                through[i].push((x, y + aside.round() as i32));
            }
        }
    }
    let last = cells.len().saturating_sub(1);
    for (i, ((_, mean), mut points)) in cells.into_iter().zip(through).enumerate() {
        let lowness = scale.lowness(mean);
        points.push(place(settings.len(), 1.0 - lowness));
        let style = match i == last {
            true => line(VERMILION, 10),
            // Colours depend on the rank, because most losses are close to the lowest.
            false => line(tint(BLUE, 0.1 + 0.9 * (i as f64 / last as f64).powi(2)), 5),
        };
        stroke(root, points, style)?;
    }
    Ok(())
}

fn draw_axis(
    root: &Area<'_>,
    axis: usize,
    name: &str,
    labels: impl Iterator<Item = (f64, String)>,
    side: HPos,
) -> Drawn {
    let (bottom, top) = (place(axis, 0.0), place(axis, 1.0));
    stroke(root, vec![bottom, top], line(AXIS, 5))?;
    let above = (top.0, top.1 - px(18));
    root.draw_text(name, &bold(TEXT_SIZE, INK, HPos::Center), above)?;
    let (style, right) = (text(TICK_SIZE, INK, side), matches!(side, HPos::Left));
    for (share, label) in labels {
        let (x, y) = place(axis, share);
        let width = px(text_width(&label, TICK_SIZE));
        let (near, far) = match right {
            true => (x + px(8), x + px(8) + width),
            false => (x - px(8), x - px(8) - width),
        };
        // The label is drawn over the lines.
        let corners = [(near.min(far), y - px(7)), (near.max(far), y + px(7))];
        fill(root, corners, WHITE.mix(0.8))?;
        stroke(root, vec![(x - px(3), y), (x + px(3), y)], line(AXIS, 5))?;
        root.draw_text(&label, &style, (near, y))?;
    }
    Ok(())
}

/// The ticks of a range of losses: at equal distances, or, in a range of several powers of two, at 1, 2 and 5 times
/// powers of ten.
fn loss_ticks(range: Range<f64>) -> Vec<(f64, String)> {
    if range.end < 4.0 * range.start {
        let finest = 1e-6 * range.end;
        let found = ticks(&range, 6, finest);
        let label = |loss: f64| vec![(loss, format!("{loss:.4}"))];
        return if found.is_empty() {
            label(range.start)
        } else {
            found
        };
    }
    let first = logarithm(range.start) / std::f64::consts::LN_10;
    let last = logarithm(range.end) / std::f64::consts::LN_10;
    let powers = first.floor() as i32..=last.floor() as i32;
    let round = powers.flat_map(|power| [1, 2, 5].map(|factor| format!("{factor}e{power}")));
    let losses = round.filter_map(|text| text.parse::<f64>().ok());
    let inside = losses.filter(|loss| range.contains(loss));
    let label = |loss: f64| match (1e-3..1e4).contains(&loss) {
        true => loss.to_string(),
        false => format!("{loss:e}"),
    };
    inside.map(|loss| (loss, label(loss))).collect()
}
