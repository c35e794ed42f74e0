//! The data that the page's scripts draw, as JSON.

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_results::store::CompleteRun;
use lab_results::suite;
use lab_results::tables::{EpochRow, GradcheckPart};
use mnist_data::LabelledImages;
use mnist_data::known;
use mnist_picture::UNSURE;
use nn_core::textbook;
use serde::Serialize;

use crate::findings::{BestRun, ExperimentFindings, Findings};
use crate::grids::grids;
use crate::models::ModelFile;

/// The maximum number of images of mistakes, the most confident first: the page must stay small.
const MISTAKES: usize = 300;

/// The functions of the textbook that `step.js` names.
const QUOTED: [&str; 6] = [
    "pre_activations",
    "activate",
    "log_softmax",
    "cross_entropy",
    "delta_below",
    "layer_gradient",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data<'a> {
    experiments: Vec<Experiment<'a>>,
    models: Vec<Model<'a>>,
    /// For the data sets whose classes are not digits: name, and names of the classes. A model's metadata names its set.
    class_names: Vec<(&'a str, &'a [&'a str])>,
    /// A class with a lower probability is uncertain.
    unsure: f64,
    examples: Images<Class<'a>>,
    /// Label, prediction, number of images.
    confusion: Vec<(Class<'a>, Class<'a>, u64)>,
    mistakes: Images<Mistake<'a>>,
    /// The functions of nn-core's textbook that the page quotes, by name.
    textbook: BTreeMap<&'static str, &'static str>,
    /// For the six weights of the paper's table: name, ε, absolute difference.
    epsilons: Vec<(&'a str, f64, f64)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Experiment<'a> {
    id: &'a str,
    title: &'a str,
    /// Whether the experiment is another reading of the paper.
    reading: bool,
    paper_stop: Option<u32>,
    runs: Vec<Run>,
}

/// A run's learning curves, epoch by epoch. Losses and accuracies have six significant digits.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    /// As text: a double does not tell seeds from 2⁵³ on apart.
    seed: String,
    best_epoch: u32,
    train_loss: Vec<f64>,
    val_loss: Vec<f64>,
    train_accuracy: Vec<f64>,
    val_accuracy: Vec<f64>,
}

#[derive(Serialize)]
struct Model<'a> {
    title: &'a str,
    /// `model.safetensors` in base64.
    file: Option<String>,
}

/// Images of the test set, concatenated in base64, with a description of each.
#[derive(Serialize)]
struct Images<T> {
    rows: usize,
    cols: usize,
    of: Vec<T>,
    pixels: String,
}

/// Position in the test set, label, prediction, probability of the prediction.
type Mistake<'a> = (usize, Class<'a>, Class<'a>, f64);

/// The names of classes; `None` if they are numbers.
type Names<'a> = Option<&'a [&'a str]>;

/// A class by its name, or by its number if it has none.
#[derive(Serialize)]
#[serde(untagged)]
enum Class<'a> {
    Number(u8),
    Name(&'a str),
}

impl<'a> Class<'a> {
    fn of(class: u8, names: Names<'a>) -> Self {
        let name = names.and_then(|names| names.get(usize::from(class)));
        name.map_or(Self::Number(class), |name| Self::Name(name))
    }
}

impl<'a> Data<'a> {
    pub(super) fn of(of: &super::Shown<'a>) -> Self {
        let (findings, models) = (of.findings, of.models);
        let (test, names) = (of.test, of.class_names);
        let class = |class| Class::of(class, names);
        let best = findings.best.as_ref();
        let confusion = best.map_or(&[][..], |best| &best.confusion);
        let epsilons = findings.gradcheck.iter();
        let epsilons = epsilons.filter(|row| row.part == GradcheckPart::Epsilon);
        Self {
            experiments: shown(findings).map(experiment).collect(),
            models: models.iter().map(model).collect(),
            class_names: named_sets().collect(),
            unsure: UNSURE,
            examples: examples(test, names),
            confusion: confusion
                .iter()
                .map(|row| (class(row.label), class(row.predicted), row.count))
                .collect(),
            mistakes: mistakes(best, test, names),
            textbook: QUOTED.map(|name| (name, textbook::function(name))).into(),
            epsilons: epsilons
                .map(|row| (row.weight.as_str(), row.epsilon, digits(row.absolute)))
                .collect(),
        }
    }

    /// The number of mistakes with images in the page.
    pub(super) fn mistakes_shown(&self) -> usize {
        self.mistakes.of.len()
    }
}

/// The data sets whose classes have names, with the names.
fn named_sets() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let sets = known::SETS.iter();
    sets.filter_map(|set| Some((set.name, set.class_names?)))
}

/// All experiments except cells of grids, and the best cells: the page must stay small.
fn shown(findings: &Findings) -> impl Iterator<Item = &ExperimentFindings> {
    let grids = grids(findings);
    let best = grids.iter().flat_map(|grid| grid.best());
    let best: HashSet<&str> = best.map(|(cell, _)| cell.record.id.as_str()).collect();
    let is_shown = move |record: &suite::Experiment| {
        record.cell.is_none() || best.contains(record.id.as_str())
    };
    let all = findings.experiments.iter();
    all.filter(move |experiment| is_shown(&experiment.record))
}

fn experiment(experiment: &ExperimentFindings) -> Experiment<'_> {
    let record = &experiment.record;
    Experiment {
        id: &record.id,
        title: &record.title,
        reading: record.reading.is_some(),
        paper_stop: record.paper.stop_epoch,
        runs: experiment.runs.iter().map(run).collect(),
    }
}

fn run(run: &CompleteRun) -> Run {
    let column = |of: fn(&EpochRow) -> f64| run.epochs.iter().map(|row| digits(of(row))).collect();
    Run {
        seed: run.record.result.seed.to_string(),
        best_epoch: run.record.result.best_epoch,
        train_loss: column(|row| row.train_loss),
        val_loss: column(|row| row.val_loss),
        train_accuracy: column(|row| row.train_accuracy),
        val_accuracy: column(|row| row.val_accuracy),
    }
}

fn model(file: &ModelFile) -> Model<'_> {
    Model {
        title: &file.title,
        file: file.bytes.as_ref().ok().map(|bytes| STANDARD.encode(bytes)),
    }
}

/// The test set's first image of each class.
fn examples<'a>(test: &LabelledImages, names: Names<'a>) -> Images<Class<'a>> {
    let mut classes: Vec<u8> = test.labels().to_vec();
    classes.sort_unstable();
    classes.dedup();
    let first = |class: &u8| test.labels().iter().position(|label| label == class);
    let positions = classes.iter().filter_map(first).collect();
    let named = classes.iter().map(|&class| Class::of(class, names));
    images(test, named.collect(), positions)
}

fn mistakes<'a>(
    best: Option<&BestRun>,
    test: &LabelledImages,
    names: Names<'a>,
) -> Images<Mistake<'a>> {
    let class = |class| Class::of(class, names);
    let rows = best.map_or(&[][..], |best| &best.mistakes);
    let rows = rows.iter().filter(|row| row.image < test.images().len());
    let rows: Vec<_> = rows.take(MISTAKES).collect();
    let positions = rows.iter().map(|row| row.image).collect();
    let of = rows.iter().map(|row| {
        let (label, predicted) = (class(row.label), class(row.predicted));
        (row.image, label, predicted, digits(row.probability))
    });
    images(test, of.collect(), positions)
}

fn images<T>(test: &LabelledImages, of: Vec<T>, positions: Vec<usize>) -> Images<T> {
    let images = test.images();
    let pixels: Vec<u8> = positions
        .iter()
        .flat_map(|&at| images.image(at))
        .copied()
        .collect();
    Images {
        rows: images.rows(),
        cols: images.cols(),
        of,
        pixels: STANDARD.encode(pixels),
    }
}

/// Rounds a number to six significant digits; all tables have fewer.
pub(super) fn digits(x: f64) -> f64 {
    rounded(x, 6)
}

/// Rounds a number to so many significant digits.
pub(super) fn rounded(x: f64, digits: usize) -> f64 {
    format!("{x:.*e}", digits - 1).parse().unwrap_or(x)
}
