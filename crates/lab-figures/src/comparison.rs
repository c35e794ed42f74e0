//! The comparison of several experiments: test accuracy, loss and stopping epoch, for each seed, with the mean and the
//! paper's value.

use std::ops::Range;

use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, Swatch, legend_below};
use crate::panel::{Axis, Panel, Plot, category, drawable};
use crate::style::{
    BLUE, GREY, INK, Mark, TICK_SIZE, TITLE_HEIGHT, VERMILION, fill, interval, line, mark, notice,
    short, stroke, text, text_width, title,
};

/// The results of one experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRow {
    /// The experiment's name.
    pub id: String,
    /// The accuracy on the test set, 0 to 1.
    pub accuracy: Compared,
    /// The mean cross-entropy on the test set, in nats.
    pub loss: Compared,
    /// The last epoch run.
    pub stopped: Compared,
    /// The maximum number of epochs.
    pub max_epochs: u32,
}

/// A measured quantity and the printed value; no number is negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// The value of each seed.
    pub seeds: Vec<f64>,
    /// The mean, and the low and high end of its 95 % interval.
    pub interval: Option<(f64, f64, f64)>,
    /// The paper's value.
    pub paper: Option<f64>,
}

const WIDTH: i32 = 960;
const ROW_HEIGHT: i32 = 48;
const AXES_HEIGHT: i32 = 72;
/// The margin on the left and on the right, in pixels.
const EDGE: i32 = 12;
/// The space between panels: the last tick of one axis and the first of the next need space for their labels.
const GAP: i32 = 12;
const SEED: RGBColor = BLUE;
const MEAN: RGBColor = INK;
const PAPER: RGBColor = VERMILION;

/// The distance from the middle of a row, in rows: the mean is above, and the seeds are below. It is less than a quarter, so
/// that seeds are nearer to their own mean than to the next row's.
const OFFSET: f64 = 0.16;

/// A quantity that is compared, on the scale of its axis.
struct Quantity {
    name: &'static str,
    scale: f64,
    decimals: usize,
    is_epoch: bool,
    axis: fn(&mut dyn Iterator<Item = f64>) -> Option<Axis>,
    of: fn(&ComparisonRow) -> &Compared,
}

const QUANTITIES: [Quantity; 3] = [
    Quantity {
        name: "test accuracy (%)",
        scale: 100.0,
        decimals: 2,
        is_epoch: false,
        axis: |values| Axis::per_cent(values, 6),
        of: |row| &row.accuracy,
    },
    Quantity {
        name: "test cross-entropy loss",
        scale: 1.0,
        decimals: 3,
        is_epoch: false,
        axis: |values| Axis::values(values, 6),
        of: |row| &row.loss,
    },
    Quantity {
        name: "stopped at epoch",
        scale: 1.0,
        decimals: 0,
        is_epoch: true,
        axis: |values| Axis::values(values, 6),
        of: |row| &row.stopped,
    },
];

/// Draws a comparison of experiments, one below the other, with the quantities side by side.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn comparison(heading: &str, rows: &[ComparisonRow]) -> Result<Figure, FigureError> {
    let axes = ROW_HEIGHT * rows.len().clamp(2, 200) as i32 + AXES_HEIGHT;
    let height = TITLE_HEIGHT + axes + legend::HEIGHT;
    draw((WIDTH, height), |root| {
        title(root, heading)?;
        let mut empty = true;
        for (quantity, (x, width, y_labels)) in QUANTITIES.iter().zip(split(label_width(rows))) {
            let far = far(rows, quantity);
            let x_title = axis_title(rows, quantity);
            if let Some(panel) = panel(rows, &far, quantity, (&x_title, y_labels)) {
                let plot = panel.draw(root, (x, TITLE_HEIGHT - 20), (width, axes + 12))?;
                draw_bands(&plot, rows.len(), x..x + width + GAP)?;
                for (i, row) in rows.iter().enumerate() {
                    let y = category(i, rows.len());
                    draw_paper(&plot, row, quantity, y)?;
                    match far[i] {
                        Some(side) => draw_far(&plot, row, quantity, (side, y))?,
                        None => draw_row(&plot, row, quantity, y)?,
                    }
                }
                empty = false;
            }
        }
        if empty {
            notice(root, "no data")
        } else {
            draw_legend(root)
        }
    })
}

/// The width of the longest name, in pixels.
fn label_width(rows: &[ComparisonRow]) -> i32 {
    let widest = rows
        .iter()
        .map(|row| text_width(&shown(&row.id), TICK_SIZE))
        .max();
    widest.unwrap_or(0) + 16
}

/// The name of a row.
fn shown(id: &str) -> String {
    short(id, 36)
}

/// The left edge, the width and the label width of each panel. All axes are equally wide; only the left panel has
/// names.
fn split(labels: i32) -> impl Iterator<Item = (i32, i32, i32)> {
    let count = QUANTITIES.len() as i32;
    let axes = (WIDTH - labels - 2 * EDGE - GAP * (count - 1)) / count;
    (0..count).map(move |i| match i {
        0 => (EDGE, labels + axes, labels),
        _ => (EDGE + labels + i * (axes + GAP), axes, 0),
    })
}

/// The side of an axis that a value is beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

/// The rows that are too far from the others to be on the axis. The farthest row is left out as long as this shortens
/// the axis by three tenths.
fn far(rows: &[ComparisonRow], quantity: &Quantity) -> Vec<Option<Side>> {
    let mut far = vec![None; rows.len()];
    for _ in 0..rows.len() / 3 {
        let Some((low, high)) = extent(rows, &far, quantity) else {
            break;
        };
        let without = |i: usize| {
            let mut far = far.clone();
            far[i] = Some(Side::Left);
            extent(rows, &far, quantity)
        };
        let candidates = (0..rows.len()).filter(|&i| far[i].is_none());
        let shorter = candidates.filter_map(|i| Some((i, without(i)?)));
        let span = |(low, high): (f64, f64)| high - low;
        let best = shorter.min_by(|(_, a), (_, b)| span(*a).total_cmp(&span(*b)));
        match best {
            Some((i, rest)) if span(rest) < 0.7 * (high - low) => {
                let is_left = rest.0 - low > high - rest.1;
                far[i] = Some(if is_left { Side::Left } else { Side::Right });
            }
            _ => break,
        }
    }
    far
}

/// The smallest and the largest value of the rows on the axis and of the paper.
fn extent(rows: &[ComparisonRow], far: &[Option<Side>], quantity: &Quantity) -> Option<(f64, f64)> {
    let values: Vec<f64> = values(rows, far, quantity)
        .filter(|v| drawable(*v))
        .collect();
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some((low, high))
}

/// The values that an axis must include.
fn values<'a>(
    rows: &'a [ComparisonRow],
    far: &'a [Option<Side>],
    quantity: &'a Quantity,
) -> impl Iterator<Item = f64> + 'a {
    let values = rows.iter().zip(far).flat_map(|(row, far)| {
        let compared = (quantity.of)(row);
        let interval = compared.interval.iter();
        let interval = interval.flat_map(|&(m, l, h)| [m, l.max(0.0), h]);
        let own = compared.seeds.iter().copied().chain(interval);
        let own = own.filter(move |_| far.is_none());
        own.chain(compared.paper)
    });
    values.map(|v| v * quantity.scale)
}

/// The quantity, with the maximum number of epochs if all experiments have the same.
fn axis_title(rows: &[ComparisonRow], quantity: &Quantity) -> String {
    let all = rows.iter().map(|row| row.max_epochs);
    match (quantity.is_epoch, all.clone().min(), all.max()) {
        (true, Some(least), Some(most)) if least == most => {
            format!("{} (at most {most})", quantity.name)
        }
        _ => quantity.name.to_owned(),
    }
}

fn panel<'t>(
    rows: &[ComparisonRow],
    far: &[Option<Side>],
    quantity: &Quantity,
    (x_title, y_labels): (&'t str, i32),
) -> Option<Panel<'t>> {
    let mut values = values(rows, far, quantity);
    let names: Vec<_> = rows.iter().map(|row| shown(&row.id)).collect();
    Some(Panel {
        x: (quantity.axis)(&mut values)?,
        y: Axis::categories(names.iter().map(String::as_str)),
        x_title,
        y_title: "",
        y_labels,
    })
}

/// Shades every second row of a panel, up to the next panel.
fn draw_bands(plot: &Plot<'_>, rows: usize, across: Range<i32>) -> Drawn {
    // Names begin at the margin, and the shade a little before them.
    let left = match across.start {
        EDGE => EDGE / 2,
        start => start,
    };
    let right = across.end.min(WIDTH - EDGE / 2);
    for row in (0..rows).step_by(2) {
        let [(_, top), (_, bottom)] = [0.5, -0.5].map(|it| plot.at(0.0, category(row, rows) + it));
        let corners = [(px(left), top), (px(right), bottom)];
        fill(&plot.root, corners, GREY.mix(0.1))?;
    }
    Ok(())
}

/// Draws the paper's value as a line as high as the row, so that equal values in consecutive rows form one line.
fn draw_paper(plot: &Plot<'_>, row: &ComparisonRow, quantity: &Quantity, y: f64) -> Drawn {
    let paper = (quantity.of)(row).paper.map(|v| quantity.scale * v);
    match paper.filter(|v| drawable(*v)) {
        Some(v) => {
            let ends = vec![plot.at(v, y - 0.5), plot.at(v, y + 0.5)];
            stroke(&plot.root, ends, line(PAPER, 8))
        }
        None => Ok(()),
    }
}

/// Draws a mean that is beyond the axis, as a number at the end of the axis.
fn draw_far(
    plot: &Plot<'_>,
    row: &ComparisonRow,
    quantity: &Quantity,
    (side, y): (Side, f64),
) -> Drawn {
    let Compared {
        seeds, interval, ..
    } = (quantity.of)(row);
    let Some(mean) = interval.map(|(mean, ..)| mean).or(seeds.first().copied()) else {
        return Ok(());
    };
    let number = format!("{:.1$}", quantity.scale * mean, quantity.decimals);
    let (across, _) = plot.pixel_range();
    let (_, y) = plot.at(0.0, y + OFFSET);
    let (words, anchor, x) = match side {
        Side::Left => (format!("← {number}"), HPos::Left, across.start + px(6)),
        Side::Right => (format!("{number} →"), HPos::Right, across.end - px(2)),
    };
    let style = text(TICK_SIZE, MEAN, anchor);
    plot.root.draw_text(&words, &style, (x, y))
}

/// Draws a row: the mean above the middle, and the seeds below.
fn draw_row(plot: &Plot<'_>, row: &ComparisonRow, quantity: &Quantity, y: f64) -> Drawn {
    let at = |value: f64, y| plot.at(quantity.scale * value, y);
    let known = |value: &f64| drawable(quantity.scale * value);
    let compared = (quantity.of)(row);

    for seed in compared.seeds.iter().filter(|v| known(v)) {
        mark(&plot.root, Mark::Speck, at(*seed, y - OFFSET), SEED)?;
    }
    let Some((mean, low, high)) = compared.interval else {
        return Ok(());
    };
    if known(&low) && known(&high) {
        let ((left, middle), (right, _)) = (at(low.max(0.0), y + OFFSET), at(high, y + OFFSET));
        interval(&plot.root, (left, right), middle, MEAN)?;
    }
    if known(&mean) {
        mark(&plot.root, Mark::Dot, at(mean, y + OFFSET), MEAN)?;
    }
    Ok(())
}

fn draw_legend(root: &Area<'_>) -> Drawn {
    let entries = [
        (Swatch::Mark(Mark::Speck, SEED), "one seed"),
        (Swatch::Interval(MEAN), "mean and 95 % interval"),
        (Swatch::Line(PAPER), "paper"),
    ];
    legend_below(root, &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str) -> ComparisonRow {
        ComparisonRow {
            id: id.to_owned(),
            accuracy: Compared {
                seeds: vec![0.97, 0.98, f64::NAN],
                interval: Some((0.975, 0.97, 0.98)),
                paper: None,
            },
            loss: Compared {
                seeds: vec![],
                interval: Some((f64::NAN, f64::NAN, f64::INFINITY)),
                paper: Some(0.08),
            },
            stopped: Compared::default(),
            max_epochs: 100,
        }
    }

    #[test]
    fn gaps_are_left_out() {
        let figure = comparison("gaps", &[row("a"), row("<b> & c")]).unwrap();
        assert!(figure.svg().contains("&lt;b&gt; &amp; c"));
        assert!(!figure.svg().contains("NaN") && !figure.svg().contains("inf"));
        figure.png().unwrap();
        assert_eq!(
            figure,
            comparison("gaps", &[row("a"), row("<b> & c")]).unwrap()
        );
    }

    #[test]
    fn a_far_row_is_a_number_at_the_end_of_the_axis() {
        let compared = |at: f64| Compared {
            seeds: vec![at - 0.001, at + 0.001],
            interval: Some((at, at - 0.002, at + 0.002)),
            paper: Some(0.97),
        };
        let row = |at: f64| ComparisonRow {
            id: at.to_string(),
            accuracy: compared(at),
            loss: Compared::default(),
            stopped: Compared::default(),
            max_epochs: 100,
        };
        let rows = [0.97, 0.1135, 0.96, 0.95, 0.965, 0.955].map(row);
        let sides = far(&rows, &QUANTITIES[0]);
        assert_eq!(sides.iter().flatten().count(), 1);
        assert_eq!(sides[1], Some(Side::Left));
        let svg = comparison("far", &rows).unwrap().svg().to_owned();
        assert!(svg.contains("← 11.35"), "{svg}");
        assert_eq!(far(&rows[2..], &QUANTITIES[0]), [None; 4]);
    }

    #[test]
    fn the_axis_of_epochs_has_their_common_maximum() {
        let row = |max_epochs| ComparisonRow {
            max_epochs,
            ..row("a")
        };
        let title = |rows: &[ComparisonRow]| axis_title(rows, &QUANTITIES[2]);
        assert_eq!(title(&[row(7), row(7)]), "stopped at epoch (at most 7)");
        assert_eq!(title(&[row(7), row(8)]), "stopped at epoch");
    }

    #[test]
    fn one_empty_panel_leaves_the_other() {
        let row = ComparisonRow {
            loss: Compared::default(),
            ..row("a")
        };
        let figure = comparison("half", &[row]).unwrap();
        assert!(figure.svg().contains("test accuracy"));
        assert!(!figure.svg().contains("cross-entropy"));
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert!(comparison("none", &[]).unwrap().svg().contains("no data"));
    }

    #[test]
    fn a_long_name_is_cut() {
        let figure = comparison("long", &[row(&"ü".repeat(99))]).unwrap();
        assert!(figure.svg().contains(&format!("{}…", "ü".repeat(35))));
        assert!(!figure.svg().contains(&"ü".repeat(36)));
    }
}
