//! Draws findings as figures.

use anyhow::Result;
use lab_figures::{
    Compared, ComparisonRow, EpochPoint, Grid, GridCell, GridSetting, LearningCurves, Mistake,
    comparison, confusion, grid, learning_curves, mistakes,
};
use lab_results::printed::Printed;
use lab_results::stats::Quantity;
use lab_results::tables::RunRow;
use mnist_data::LabelledImages;
use mnist_data::known::class_name;

use crate::captions;
use crate::figure::NamedFigure;
use crate::findings::{BestRun, ExperimentFindings, Findings, mean_and_interval};
use crate::grids::{self, grids};
use crate::readings::{Group, groups};

/// The number of mistakes that the sheet shows.
const MISTAKES: usize = 40;

/// The learning curves, the comparison with the paper, `weights` if there is such a figure, then the rest.
pub(crate) fn draw(
    findings: &Findings,
    weights: Option<NamedFigure>,
    test: &LabelledImages,
    class_names: Option<&[&str]>,
) -> Result<Vec<NamedFigure>> {
    let mut figures = Vec::new();
    for experiment in findings.as_written().filter(|it| !it.runs.is_empty()) {
        figures.push(curves(experiment)?);
    }
    let rows: Vec<_> = findings.as_written().map(own_row).collect();
    if !rows.is_empty() {
        let figure = comparison("The paper's experiments", &rows)?;
        figures.push(NamedFigure::new(
            "comparison",
            COMPARISON.to_owned(),
            figure,
        ));
    }
    figures.extend(weights);
    figures.extend(readings(findings)?);
    figures.extend(grid_figures(findings)?);
    if let Some(best) = &findings.best {
        figures.extend(confusion_figure(best, class_names)?);
        figures.extend(mistakes_figure(best, test, class_names)?);
    }
    Ok(figures)
}

/// The caption of a comparison.
pub(crate) const COMPARISON: &str =
    "Each run (dots), the mean over seeds with its 95 % interval, and the paper's number";

fn curves(experiment: &ExperimentFindings) -> Result<NamedFigure> {
    let record = &experiment.record;
    let (name, label) = match record.figure {
        Some(number) => (
            format!("figure-{number}-{}", record.id),
            format!("Figure {number}: "),
        ),
        None => (format!("curves-{}", record.id), String::new()),
    };
    let caption = format!("{label}{}", record.title);
    let runs = experiment.runs.iter().map(|run| {
        let points = run.epochs.iter().map(|row| EpochPoint {
            epoch: row.epoch,
            train_loss: row.train_loss,
            val_loss: row.val_loss,
            train_accuracy: row.train_accuracy,
            val_accuracy: row.val_accuracy,
        });
        points.collect()
    });
    let best_epochs = experiment
        .runs
        .iter()
        .map(|run| run.record.result.best_epoch);
    let figure = learning_curves(&LearningCurves {
        title: caption.clone(),
        runs: runs.collect(),
        first_seed: experiment
            .runs
            .first()
            .map_or(0, |run| run.record.result.seed),
        best_epochs: best_epochs.collect(),
        paper_stop_epoch: record.paper.stop_epoch,
    })?;
    Ok(NamedFigure {
        says: captions::learning_curves(experiment),
        ..NamedFigure::new(name, caption, figure)
    })
}

pub(crate) fn own_row(experiment: &ExperimentFindings) -> ComparisonRow {
    let record = &experiment.record;
    let rows: Vec<&RunRow> = experiment.rows.iter().collect();
    comparison_row(
        &record.id,
        &rows,
        &record.paper,
        experiment.settings().epochs,
    )
}

/// An experiment's runs beside the paper's numbers.
pub(crate) fn comparison_row(
    id: &str,
    rows: &[&RunRow],
    paper: &Printed,
    max_epochs: u32,
) -> ComparisonRow {
    let compared = |quantity: Quantity| {
        let sample = quantity.over(rows.iter().copied());
        let (mean, interval) = mean_and_interval(quantity, sample, max_epochs);
        Compared {
            seeds: rows.iter().filter_map(|row| quantity.of(row)).collect(),
            interval: mean
                .zip(interval)
                .map(|(mean, (low, high))| (mean, low, high)),
            paper: quantity.printed(paper),
        }
    };
    ComparisonRow {
        id: id.to_owned(),
        accuracy: compared(Quantity::TestAccuracy),
        loss: compared(Quantity::TestLoss),
        stopped: compared(Quantity::StopEpoch),
        max_epochs,
    }
}

/// A comparison for each experiment that has readings.
fn readings(findings: &Findings) -> Result<Vec<NamedFigure>> {
    let mut figures = Vec::new();
    for Group { base, readings } in groups(findings) {
        let mut rows = vec![own_row(base)];
        rows[0].id = "as written".to_owned();
        for experiment in readings {
            let mut row = own_row(experiment);
            if let Some(reading) = &experiment.record.reading {
                row.id.clone_from(&reading.id);
            }
            rows.push(row);
        }
        let caption = format!("{}: other readings", base.record.title);
        let figure = comparison(&caption, &rows)?;
        let name = format!("readings-{}", base.record.id);
        figures.push(NamedFigure::new(name, caption, figure));
    }
    Ok(figures)
}

/// The validation loss over each grid in which a setting has several values.
fn grid_figures(findings: &Findings) -> Result<Vec<NamedFigure>> {
    let mut figures = Vec::new();
    for found in grids(findings) {
        let of = found.of.unwrap_or("the suite's defaults");
        let Some(picture) = grid_picture(&found) else {
            continue;
        };
        let names: Vec<_> = picture.settings.iter().map(|it| it.name.as_str()).collect();
        let caption = format!("Validation loss over {}, {of}", names.join(" × "));
        let picture = Grid {
            title: caption.clone(),
            ..picture
        };
        let name = format!("grid-{}", figures.len() + 1);
        figures.push(NamedFigure::new(name, caption, grid(&picture)?));
    }
    Ok(figures)
}

/// A grid without title, and without the settings that have one value.
fn grid_picture(found: &grids::Grid<'_>) -> Option<Grid> {
    let settings = found.settings.iter().enumerate();
    let several: Vec<_> = settings.filter(|(_, it)| it.values.len() > 1).collect();
    let cells = found.cells.iter().map(|(experiment, cell)| {
        let at = several.iter().map(|(index, setting)| {
            let own = &cell.varies[*index].value;
            setting.values.iter().position(|value| value == own)
        });
        let losses = experiment.rows.iter().filter_map(|row| row.val_loss);
        Some(GridCell {
            at: at.collect::<Option<_>>()?,
            losses: losses.collect(),
            mean: experiment
                .sample(Quantity::ValidationLoss)
                .map(|sample| sample.mean),
        })
    });
    let settings = several.iter().map(|(_, setting)| GridSetting {
        name: setting.name.to_owned(),
        values: setting
            .values
            .iter()
            .map(|&value| value.to_owned())
            .collect(),
    });
    (!several.is_empty()).then(|| Grid {
        title: String::new(),
        settings: settings.collect(),
        cells: cells.flatten().collect(),
    })
}

/// `None` unless there are ten classes, as the figure needs.
fn confusion_figure(best: &BestRun, class_names: Option<&[&str]>) -> Result<Option<NamedFigure>> {
    let mut counts = [[0; 10]; 10];
    for row in &best.confusion {
        let (label, predicted) = (usize::from(row.label), usize::from(row.predicted));
        if label >= 10 || predicted >= 10 {
            return Ok(None);
        }
        counts[label][predicted] = row.count;
    }
    let caption = format!(
        "Confusion matrix, {} seed {}",
        best.row.experiment, best.row.seed
    );
    let names = class_names.and_then(|names| names.try_into().ok());
    let figure = confusion(&caption, &counts, names)?;
    Ok(Some(NamedFigure::new("confusion", caption, figure)))
}

fn mistakes_figure(
    best: &BestRun,
    test: &LabelledImages,
    class_names: Option<&[&str]>,
) -> Result<Option<NamedFigure>> {
    let images = test.images();
    let name = |class| class_name(class_names, class);
    let shown: Vec<Mistake> = best
        .mistakes
        .iter()
        .filter(|row| row.image < images.len())
        .take(MISTAKES)
        .map(|row| Mistake {
            image: images.image(row.image).to_vec(),
            rows: images.rows(),
            cols: images.cols(),
            label: name(row.label),
            predicted: name(row.predicted),
            probability: row.probability,
        })
        .collect();
    if shown.is_empty() {
        return Ok(None);
    }
    let caption = format!(
        "The {} of {} mistakes with the highest probability, {} seed {}: label → prediction, probability",
        shown.len(),
        best.mistakes.len(),
        best.row.experiment,
        best.row.seed
    );
    let figure = mistakes(&caption, &shown)?;
    Ok(Some(NamedFigure::new("mistakes", caption, figure)))
}
