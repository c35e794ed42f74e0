//! Test accuracy and loss of several experiments, each seed, their mean and the paper's value.

use plotters::style::RGBColor;

use super::legend::{self, Swatch, legend};
use super::panel::{Axis, Panel, Plot, category, drawable};
use super::style::{
    BLUE, INK, Mark, TICK_SIZE, TITLE_HEIGHT, VERMILION, interval, mark, notice, plain, px,
    text_width, title,
};
use super::{Area, Drawn, Figure, FigureError, draw};

/// What one experiment reached on the test set.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRow {
    /// The experiment's name.
    pub id: String,
    /// Share classified rightly, 0 to 1, one value per seed.
    pub accuracy: Vec<f64>,
    /// Mean cross-entropy in nats, one value per seed.
    pub loss: Vec<f64>,
    /// Mean of the accuracy, and the low and high end of its 95 % interval.
    pub accuracy_interval: Option<(f64, f64, f64)>,
    /// Mean of the loss, and the low and high end of its 95 % interval.
    pub loss_interval: Option<(f64, f64, f64)>,
    /// The accuracy the paper gives, 0 to 1.
    pub paper_accuracy: Option<f64>,
    /// The loss the paper gives.
    pub paper_loss: Option<f64>,
}

const WIDTH: i32 = 960;
const ROW_HEIGHT: i32 = 48;
const AXES_HEIGHT: i32 = 72;
const SEED: RGBColor = BLUE;
const MEAN: RGBColor = INK;
const PAPER: RGBColor = VERMILION;

/// How far seeds lie below and the mean above the middle of their row, in rows.
const OFFSET: f64 = 0.25;

/// One of the two quantities compared, ready for its axis.
struct Quantity {
    name: &'static str,
    scale: f64,
    axis: fn(&mut dyn Iterator<Item = f64>) -> Option<Axis>,
    seeds: fn(&ComparisonRow) -> &[f64],
    interval: fn(&ComparisonRow) -> Option<(f64, f64, f64)>,
    paper: fn(&ComparisonRow) -> Option<f64>,
}

const QUANTITIES: [Quantity; 2] = [
    Quantity {
        name: "test accuracy (%)",
        scale: 100.0,
        axis: |values| Axis::per_cent(values, 8),
        seeds: |row| &row.accuracy,
        interval: |row| row.accuracy_interval,
        paper: |row| row.paper_accuracy,
    },
    Quantity {
        name: "test cross-entropy loss",
        scale: 1.0,
        axis: |values| Axis::values(values, 8),
        seeds: |row| &row.loss,
        interval: |row| row.loss_interval,
        paper: |row| row.paper_loss,
    },
];

/// Draws the experiments one under the other, accuracy on the left and loss on the right.
///
/// # Errors
/// [`FigureError::Draw`] where the drawing library refuses; no data makes it do so.
pub fn comparison(heading: &str, rows: &[ComparisonRow]) -> Result<Figure, FigureError> {
    let axes = ROW_HEIGHT * rows.len().clamp(2, 200) as i32 + AXES_HEIGHT;
    let height = TITLE_HEIGHT + axes + legend::HEIGHT;
    draw((WIDTH, height), |root| {
        title(root, heading)?;
        let labels = label_width(rows);
        let (left, right) = split(labels);
        let mut empty = true;
        for (quantity, (x, width, y_labels)) in QUANTITIES.iter().zip([left, right]) {
            if let Some(panel) = panel(rows, quantity, y_labels) {
                let plot = panel.draw(root, (x, TITLE_HEIGHT - 20), (width, axes + 12))?;
                for (i, row) in rows.iter().enumerate() {
                    draw_row(&plot, row, quantity, category(i, rows.len()))?;
                }
                empty = false;
            }
        }
        if empty {
            notice(root, "no data")
        } else {
            draw_legend(root, height)
        }
    })
}

/// Room for the names, in pixels.
fn label_width(rows: &[ComparisonRow]) -> i32 {
    let widest = rows
        .iter()
        .map(|row| text_width(&shown(&row.id), TICK_SIZE))
        .max();
    widest.unwrap_or(0) + 16
}

/// A name, cut where it would take the room of the data.
fn shown(id: &str) -> String {
    const LONGEST: usize = 36;
    let id = plain(id);
    if id.chars().count() <= LONGEST {
        return id;
    }
    id.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Left edge, width and label room of the two panels: axes of equal width, names on the left only.
fn split(labels: i32) -> ((i32, i32, i32), (i32, i32, i32)) {
    const GAP: i32 = 12;
    let axes = (WIDTH - labels - 2 * GAP) / 2;
    ((GAP, labels + axes, labels), (GAP + labels + axes, axes, 0))
}

fn panel(rows: &[ComparisonRow], quantity: &Quantity, y_labels: i32) -> Option<Panel<'static>> {
    let mut values = rows.iter().flat_map(|row| {
        let seeds = (quantity.seeds)(row).iter().copied();
        let interval = (quantity.interval)(row)
            .into_iter()
            .flat_map(|(m, l, h)| [m, l, h]);
        seeds
            .chain(interval)
            .chain((quantity.paper)(row))
            .map(|v| v * quantity.scale)
    });
    let names: Vec<_> = rows.iter().map(|row| shown(&row.id)).collect();
    Some(Panel {
        x: (quantity.axis)(&mut values)?,
        y: Axis::categories(names.iter().map(String::as_str)),
        x_title: quantity.name,
        y_title: "",
        y_labels,
    })
}

/// The mean above, the paper's value on and the seeds below the middle of the row.
fn draw_row(plot: &Plot<'_>, row: &ComparisonRow, quantity: &Quantity, y: f64) -> Drawn {
    let at = |value: f64, y| plot.at(quantity.scale * value, y);
    let known = |value: &f64| drawable(quantity.scale * value);

    for seed in (quantity.seeds)(row).iter().filter(|v| known(v)) {
        mark(&plot.root, Mark::Speck, at(*seed, y - OFFSET), SEED)?;
    }
    if let Some((mean, low, high)) = (quantity.interval)(row) {
        if known(&low) && known(&high) {
            let ((left, middle), (right, _)) = (at(low, y + OFFSET), at(high, y + OFFSET));
            interval(&plot.root, (left, right), middle, MEAN)?;
        }
        if known(&mean) {
            mark(&plot.root, Mark::Dot, at(mean, y + OFFSET), MEAN)?;
        }
    }
    match (quantity.paper)(row).filter(|v| known(v)) {
        Some(paper) => mark(&plot.root, Mark::Diamond, at(paper, y), PAPER),
        None => Ok(()),
    }
}

fn draw_legend(root: &Area<'_>, height: i32) -> Drawn {
    let entries = [
        (Swatch::Mark(Mark::Speck, SEED), "one seed"),
        (Swatch::Interval(MEAN), "mean and 95 % interval"),
        (Swatch::Mark(Mark::Diamond, PAPER), "paper"),
    ];
    let strip = root.clone().shrink(
        (0, px(height - legend::HEIGHT)),
        (px(WIDTH), px(legend::HEIGHT)),
    );
    legend(&strip, &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str) -> ComparisonRow {
        ComparisonRow {
            id: id.to_owned(),
            accuracy: vec![0.97, 0.98, f64::NAN],
            loss: vec![],
            accuracy_interval: Some((0.975, 0.97, 0.98)),
            loss_interval: Some((f64::NAN, f64::NAN, f64::INFINITY)),
            paper_accuracy: None,
            paper_loss: Some(0.08),
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
    fn one_empty_panel_leaves_the_other() {
        let row = ComparisonRow {
            paper_loss: None,
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
