//! Learning curves: loss and accuracy against epoch, as in the paper's figures 1 to 5.

use std::collections::BTreeMap;

use plotters::element::Polygon;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, BAND_OPACITY, Swatch, legend_below};
use crate::panel::{Axis, Panel, Plot, X_TITLE, drawable};
use crate::style::{
    AXIS, BLUE, INK, Mark, TEXT_SIZE, TITLE_HEIGHT, VERMILION, bold, dashes, line, mark, notice,
    stroke, title,
};

/// The losses and accuracies of one epoch of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochPoint {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// The mean cross-entropy over the training set, in nats.
    pub train_loss: f64,
    /// The mean cross-entropy over the validation set, in nats.
    pub val_loss: f64,
    /// The accuracy on the training set, 0 to 1.
    pub train_accuracy: f64,
    /// The accuracy on the validation set, 0 to 1.
    pub val_accuracy: f64,
}

/// The runs of one experiment, one per seed.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningCurves {
    /// The figure's title.
    pub title: String,
    /// The epochs of each seed, in order. Lengths may differ. Values that are not finite, as in a diverged run, are
    /// left out.
    pub runs: Vec<Vec<EpochPoint>>,
    /// The seed of the first run.
    pub first_seed: u64,
    /// For each run, the epoch whose weights were selected.
    pub best_epochs: Vec<u32>,
    /// The epoch after which the paper's run stopped.
    pub paper_stop_epoch: Option<u32>,
}

const WIDTH: i32 = 960;
/// The height of the last row of panels, in pixels.
const ROW: i32 = 306;
/// The height of a row without a title under its x axis.
const UPPER_ROW: i32 = ROW - X_TITLE;
const TOP: i32 = TITLE_HEIGHT - 2;
/// The space for the title and the labels of a y axis.
const Y_LABELS: i32 = 62;
const TRAINING: RGBColor = BLUE;
const VALIDATION: RGBColor = VERMILION;

/// A quantity of the figure: loss or accuracy.
struct Quantity {
    name: &'static str,
    axis: fn(&mut dyn Iterator<Item = f64>) -> Option<Axis>,
    training: fn(&EpochPoint) -> f64,
    validation: fn(&EpochPoint) -> f64,
}

const QUANTITIES: [Quantity; 2] = [
    Quantity {
        name: "cross-entropy loss",
        axis: |values| Axis::values(values, 8),
        training: |p| p.train_loss,
        validation: |p| p.val_loss,
    },
    Quantity {
        name: "accuracy (%)",
        axis: |values| Axis::per_cent(values, 8),
        training: |p| 100.0 * p.train_accuracy,
        validation: |p| 100.0 * p.val_accuracy,
    },
];

/// Some of the runs, in a row of two panels.
struct Row<'a> {
    /// The texts above the two panels.
    headings: [String; 2],
    runs: &'a [Vec<EpochPoint>],
    best_epochs: &'a [u32],
}

/// Draws loss and accuracy side by side: in the upper row those of the first run, in the lower row those of all runs, on
/// the same axes. In the lower row, a line is the mean and a band is the spread as long as all seeds run. Marks on the
/// validation value show each seed's best and last epoch. A single run has no lower row.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn learning_curves(curves: &LearningCurves) -> Result<Figure, FigureError> {
    let rows = rows(curves);
    let above = UPPER_ROW * (rows.len() as i32 - 1);
    let height = TOP + above + ROW + legend::HEIGHT;
    draw((WIDTH, height), |root| {
        title(root, &curves.title)?;
        let mut empty = true;
        for (column, quantity) in QUANTITIES.iter().enumerate() {
            let left = [8, WIDTH / 2][column];
            for (index, row) in rows.iter().enumerate() {
                let is_last = index + 1 == rows.len();
                let Some(panel) = panel(curves, quantity, is_last) else {
                    continue;
                };
                let corner = (left, TOP + UPPER_ROW * index as i32);
                let size = (WIDTH / 2 - 8, if is_last { ROW } else { UPPER_ROW });
                let plot = panel.draw(root, corner, size)?;
                draw_data(&plot, curves, row, quantity)?;
                draw_heading(root, &row.headings[column], corner)?;
                empty = false;
            }
        }
        if empty {
            notice(root, "no data")
        } else {
            draw_legend(root, curves)
        }
    })
}

/// The first run, and all runs if there are several.
fn rows(curves: &LearningCurves) -> Vec<Row<'_>> {
    let count = curves.runs.len();
    let row = |headings, runs| Row {
        headings,
        runs: &curves.runs[..runs],
        best_epochs: &curves.best_epochs[..runs.min(curves.best_epochs.len())],
    };
    let mut rows = vec![row(first_headings(curves), count.min(1))];
    if count > 1 {
        let all = format!("All {count} seeds");
        let lines = "Mean while all are training, then each seed".to_owned();
        rows.push(row([all, lines], count));
    }
    rows
}

fn first_headings(curves: &LearningCurves) -> [String; 2] {
    let heading = match curves.paper_stop_epoch {
        Some(_) => "One run, as the paper would have drawn it",
        None => "One run",
    };
    let mut seed = format!("Seed {}", curves.first_seed);
    let last = curves.runs.first().and_then(|run| run.last());
    if let (Some(last), Some(best)) = (last, curves.best_epochs.first()) {
        seed += &format!(": best epoch {best}, last epoch {}", last.epoch);
    }
    [heading.to_owned(), seed]
}

/// Writes a heading above the axes of a panel.
fn draw_heading(root: &Area<'_>, heading: &str, (left, top): (i32, i32)) -> Drawn {
    let style = bold(TEXT_SIZE, INK, HPos::Left);
    root.draw_text(heading, &style, (px(left + Y_LABELS), px(top + 10)))
}

/// The opacity of the lines of single seeds.
const TAIL_OPACITY: f64 = 0.6;

/// The axes for one quantity of all runs; `None` without values.
fn panel(curves: &LearningCurves, quantity: &Quantity, is_last: bool) -> Option<Panel<'static>> {
    let points = || curves.runs.iter().flatten();
    let mut values = points().flat_map(|p| [(quantity.training)(p), (quantity.validation)(p)]);
    let epochs = points().map(|p| p.epoch).chain(curves.paper_stop_epoch);
    Some(Panel {
        x: Axis::whole(epochs, 10)?,
        y: (quantity.axis)(&mut values)?,
        x_title: if is_last { "epoch" } else { "" },
        y_title: quantity.name,
        y_labels: Y_LABELS,
    })
}

fn draw_data(
    plot: &Plot<'_>,
    curves: &LearningCurves,
    row: &Row<'_>,
    quantity: &Quantity,
) -> Drawn {
    if let Some(epoch) = curves.paper_stop_epoch {
        draw_paper_stop(plot, epoch)?;
    }
    let series = [
        (quantity.training, TRAINING),
        (quantity.validation, VALIDATION),
    ]
    .map(|(value, color)| (over_seeds(row.runs, value), value, color));
    if row.runs.len() > 1 {
        for (summary, _, color) in &series {
            draw_band(plot, summary, *color)?;
        }
    }
    for (summary, value, color) in &series {
        let from = summary.last().map_or(0, |last| last.epoch);
        draw_tails(plot, row, (*value, from), *color)?;
        let points: Vec<_> = summary
            .iter()
            .map(|s| plot.at(f64::from(s.epoch), s.mean))
            .collect();
        match points[..] {
            [only] => mark(&plot.root, Mark::Dot, only, *color)?,
            _ => stroke(&plot.root, points, line(*color, 9))?,
        }
    }
    draw_marks(plot, row, quantity.validation)
}

/// Draws the remaining runs one by one after the first run has stopped. Their mean would jump whenever a run stops.
fn draw_tails(
    plot: &Plot<'_>,
    row: &Row<'_>,
    (value, from): (fn(&EpochPoint) -> f64, u32),
    color: RGBColor,
) -> Drawn {
    for run in row.runs {
        let tail = run.iter().filter(|point| point.epoch >= from);
        let tail = tail.filter(|point| drawable(value(point)));
        let points: Vec<_> = tail
            .map(|point| plot.at(f64::from(point.epoch), value(point)))
            .collect();
        if points.len() > 1 {
            stroke(&plot.root, points, line(color.mix(TAIL_OPACITY), 4))?;
        }
    }
    Ok(())
}

/// The runs' values at an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Summary {
    epoch: u32,
    mean: f64,
    low: f64,
    high: f64,
}

/// The summary of each epoch that all runs have, with finite values.
fn over_seeds(runs: &[Vec<EpochPoint>], value: fn(&EpochPoint) -> f64) -> Vec<Summary> {
    let runs: Vec<_> = runs.iter().filter(|run| !run.is_empty()).collect();
    let mut by_epoch = BTreeMap::<u32, Vec<f64>>::new();
    for point in runs.iter().copied().flatten() {
        let v = value(point);
        if drawable(v) {
            by_epoch.entry(point.epoch).or_default().push(v);
        }
    }
    by_epoch
        .into_iter()
        .filter(|(_, values)| values.len() == runs.len())
        .map(|(epoch, values)| Summary {
            epoch,
            mean: values.iter().sum::<f64>() / values.len() as f64,
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
        .collect()
}

/// Draws the spread as a band.
fn draw_band(plot: &Plot<'_>, summary: &[Summary], color: RGBColor) -> Drawn {
    if summary.len() < 2 {
        return Ok(());
    }
    let upper = summary.iter().map(|s| plot.at(f64::from(s.epoch), s.high));
    let lower = summary.iter().rev();
    let lower = lower.map(|s| plot.at(f64::from(s.epoch), s.low));
    let outline: Vec<_> = upper.chain(lower).collect();
    let tint = color.mix(BAND_OPACITY).filled();
    plot.root.draw(&Polygon::new(outline, tint))
}

/// Marks each run's last epoch, and on top its best epoch.
fn draw_marks(plot: &Plot<'_>, row: &Row<'_>, value: fn(&EpochPoint) -> f64) -> Drawn {
    let draw = |point: Option<&EpochPoint>, shape| match point {
        Some(point) if drawable(value(point)) => {
            let at = plot.at(f64::from(point.epoch), value(point));
            mark(&plot.root, shape, at, VALIDATION)
        }
        _ => Ok(()),
    };
    for run in row.runs {
        draw(run.last(), Mark::Ring)?;
    }
    for (run, best) in row.runs.iter().zip(row.best_epochs) {
        draw(run.iter().find(|p| p.epoch == *best), Mark::Dot)?;
    }
    Ok(())
}

/// Draws a dashed line at the paper's stopping epoch.
fn draw_paper_stop(plot: &Plot<'_>, epoch: u32) -> Drawn {
    let (_, down) = plot.pixel_range();
    let (x, _) = plot.at(f64::from(epoch), 0.0);
    dashes(&plot.root, [(x, down.start), (x, down.end)], line(AXIS, 5))
}

fn draw_legend(root: &Area<'_>, curves: &LearningCurves) -> Drawn {
    let paper = curves.paper_stop_epoch;
    let paper = paper.map(|epoch| format!("paper stopped: {epoch}"));
    let mut entries = vec![
        (Swatch::Line(TRAINING), "training"),
        (Swatch::Line(VALIDATION), "validation"),
    ];
    if curves.runs.len() > 1 {
        entries.push((Swatch::Band(INK), "lowest to highest seed"));
    }
    if !curves.best_epochs.is_empty() {
        entries.push((Swatch::Mark(Mark::Dot, VALIDATION), "best epoch"));
    }
    entries.push((Swatch::Mark(Mark::Ring, VALIDATION), "last epoch"));
    if let Some(paper) = &paper {
        entries.push((Swatch::Dashes(AXIS), paper));
    }
    legend_below(root, &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(epoch: u32, loss: f64) -> EpochPoint {
        EpochPoint {
            epoch,
            train_loss: loss,
            val_loss: loss + 0.1,
            train_accuracy: 1.0 - loss,
            val_accuracy: 0.9 - loss,
        }
    }

    fn run(epochs: u32) -> Vec<EpochPoint> {
        (1..=epochs).map(|e| point(e, 0.4 / f64::from(e))).collect()
    }

    fn figure(runs: Vec<Vec<EpochPoint>>) -> Figure {
        let curves = LearningCurves {
            title: "a < b & \"c\" > 'd'\u{1}".to_owned(),
            best_epochs: runs.iter().map(|run| run.len() as u32).collect(),
            runs,
            first_seed: 7,
            paper_stop_epoch: Some(20),
        };
        learning_curves(&curves).unwrap()
    }

    #[test]
    fn the_same_data_gives_the_same_bytes() {
        let [a, b] = [(); 2].map(|()| figure(vec![run(9), run(7)]));
        assert_eq!(a.svg(), b.svg());
        assert_eq!(a.png().unwrap(), b.png().unwrap());
    }

    #[test]
    fn the_title_is_escaped() {
        let figure = figure(vec![run(3)]);
        assert!(
            figure
                .svg()
                .contains("a &lt; b &amp; &quot;c&quot; &gt; &apos;d&apos; \n")
        );
        figure.png().unwrap();
    }

    #[test]
    fn several_runs_have_a_row_below_the_first_run() {
        let [one, two] = [vec![run(9)], vec![run(9), run(7)]].map(figure);
        for drawn in [&one, &two] {
            assert!(drawn.svg().contains("Seed 7: best epoch 9, last epoch 9"));
            assert_eq!(
                drawn.svg().matches("cross-entropy loss").count(),
                drawn.svg().matches("accuracy (%)").count()
            );
        }
        assert!(!one.svg().contains("All ") && !one.svg().contains("highest seed"));
        assert!(two.svg().contains("All 2 seeds"));
    }

    #[test]
    fn unusual_runs_are_drawn() {
        let mut diverged = run(5);
        diverged.push(point(6, f64::NAN));
        diverged.push(point(7, f64::INFINITY));
        let lost = vec![point(1, f64::NAN)];
        for runs in [
            vec![run(1)],
            vec![run(1), run(1)],
            vec![run(30), run(2), vec![]],
            vec![diverged, run(4)],
            vec![lost.clone(), run(3)],
        ] {
            let figure = figure(runs);
            assert!(!figure.svg().contains("no data"));
            assert!(!figure.svg().contains("NaN") && !figure.svg().contains("inf"));
            figure.png().unwrap();
        }
        for runs in [vec![], vec![vec![]], vec![lost]] {
            assert!(figure(runs).svg().contains("no data"));
        }
    }

    #[test]
    fn a_mean_is_over_all_seeds_or_none() {
        let runs = [
            vec![point(1, 0.2), point(2, 0.1)],
            vec![point(1, 0.4), point(2, f64::NAN)],
            vec![],
        ];
        let [only] = over_seeds(&runs, |p| p.train_loss)[..] else {
            panic!()
        };
        assert_eq!((only.epoch, only.low, only.high), (1, 0.2, 0.4));
        assert!((only.mean - 0.3).abs() < 1e-12);
    }
}
