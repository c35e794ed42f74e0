//! Learning curves: loss and accuracy against epoch, as in the paper's figures 1 to 5.

use std::collections::BTreeMap;

use plotters::element::Polygon;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, BAND_OPACITY, Swatch, legend};
use crate::panel::{Axis, Panel, Plot, drawable};
use crate::style::{
    AXIS, BLUE, GREY, INK, Mark, TICK_SIZE, TITLE_HEIGHT, VERMILION, dashes, line, mark, notice,
    stroke, text, text_width, title,
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
    /// For each run, the epoch whose weights were selected.
    pub best_epochs: Vec<u32>,
    /// The epoch after which the paper's run stopped.
    pub paper_stop_epoch: Option<u32>,
}

const SIZE: (i32, i32) = (960, 420);
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

/// Draws loss and accuracy side by side. As long as all seeds run, a line is their mean, and a band is their spread.
/// Marks on the validation value show each seed's best and last epoch.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn learning_curves(curves: &LearningCurves) -> Result<Figure, FigureError> {
    draw(SIZE, |root| {
        title(root, &curves.title)?;
        let (width, height) = SIZE;
        let size = (width / 2 - 8, height - TITLE_HEIGHT - legend::HEIGHT);
        let mut empty = true;
        for (quantity, left) in QUANTITIES.iter().zip([8, width / 2]) {
            let corner = (left, TITLE_HEIGHT - 8);
            if let Some(panel) = panel(curves, quantity) {
                let plot = panel.draw(root, corner, size)?;
                draw_data(&plot, curves, quantity)?;
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

/// The opacity of the lines of single seeds.
const TAIL_OPACITY: f64 = 0.6;

/// The axes for one quantity; `None` without values.
fn panel(curves: &LearningCurves, quantity: &Quantity) -> Option<Panel<'static>> {
    let points = || curves.runs.iter().flatten();
    let mut values = points().flat_map(|p| [(quantity.training)(p), (quantity.validation)(p)]);
    let epochs = points().map(|p| p.epoch).chain(curves.paper_stop_epoch);
    Some(Panel {
        x: Axis::whole(epochs, 10)?,
        y: (quantity.axis)(&mut values)?,
        x_title: "epoch",
        y_title: quantity.name,
        y_labels: 62,
    })
}

fn draw_data(plot: &Plot<'_>, curves: &LearningCurves, quantity: &Quantity) -> Drawn {
    if let Some(epoch) = curves.paper_stop_epoch {
        draw_paper_stop(plot, epoch)?;
    }
    let series = [
        (quantity.training, TRAINING),
        (quantity.validation, VALIDATION),
    ]
    .map(|(value, color)| (over_seeds(&curves.runs, value), value, color));
    for (summary, _, color) in &series {
        draw_band(plot, summary, *color)?;
    }
    for (summary, value, color) in &series {
        let from = summary.last().map_or(0, |last| last.epoch);
        draw_tails(plot, curves, (*value, from), *color)?;
        let points: Vec<_> = summary
            .iter()
            .map(|s| plot.at(f64::from(s.epoch), s.mean))
            .collect();
        match points[..] {
            [only] => mark(&plot.root, Mark::Dot, only, *color)?,
            _ => stroke(&plot.root, points, line(*color, 9))?,
        }
    }
    draw_marks(plot, curves, quantity.validation)
}

/// Draws the remaining runs one by one after the first run has stopped. Their mean would jump whenever a run stops.
fn draw_tails(
    plot: &Plot<'_>,
    curves: &LearningCurves,
    (value, from): (fn(&EpochPoint) -> f64, u32),
    color: RGBColor,
) -> Drawn {
    for run in &curves.runs {
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
fn draw_marks(plot: &Plot<'_>, curves: &LearningCurves, value: fn(&EpochPoint) -> f64) -> Drawn {
    let draw = |point: Option<&EpochPoint>, shape| match point {
        Some(point) if drawable(value(point)) => {
            let at = plot.at(f64::from(point.epoch), value(point));
            mark(&plot.root, shape, at, VALIDATION)
        }
        _ => Ok(()),
    };
    for run in &curves.runs {
        draw(run.last(), Mark::Ring)?;
    }
    for (run, best) in curves.runs.iter().zip(&curves.best_epochs) {
        draw(run.iter().find(|p| p.epoch == *best), Mark::Dot)?;
    }
    Ok(())
}

/// Draws the paper's stopping epoch: a dashed line, with a note above the axes.
fn draw_paper_stop(plot: &Plot<'_>, epoch: u32) -> Drawn {
    let (across, down) = plot.pixel_range();
    let (x, _) = plot.at(f64::from(epoch), 0.0);
    dashes(&plot.root, [(x, down.start), (x, down.end)], line(AXIS, 5))?;
    let note = format!("paper stopped: {epoch}");
    let half = px(text_width(&note, TICK_SIZE)) / 2;
    let middle = x.min(across.end - half).max(across.start + half);
    let style = text(TICK_SIZE, GREY, HPos::Center);
    plot.root
        .draw_text(&note, &style, (middle, down.start - px(9)))
}

fn draw_legend(root: &Area<'_>, curves: &LearningCurves) -> Drawn {
    let (width, height) = SIZE;
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
    let strip = root.clone().shrink(
        (0, px(height - legend::HEIGHT)),
        (px(width), px(legend::HEIGHT)),
    );
    legend(&strip, &entries)
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
