//! `report.html`: the results as one file that needs no server. All kinds of reports share one page, which has the
//! parts for the folder's data. Texts and tables are filled into `parts`, where every value is escaped; `scripts` draw
//! the JSON in the page.

mod claims;
mod combinations;
mod data;
#[cfg(test)]
mod tests;
mod train;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::Value;
use minijinja::value::Serde;
use mnist_data::LabelledImages;
use mnist_data::known::{self, KnownSet};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{best_model, gradient_check, grids, lead, readings, template};
use crate::findings::Findings;
use crate::models::ModelFile;

pub(crate) use claims::Claims;
pub(crate) use train::trainable;

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!($folder, $name)))),*]
    };
}

/// Names and contents of files.
type Files = &'static [(&'static str, &'static str)];

/// The template of the page, which includes the others.
const PAGE: &str = "page.html";

const PARTS: Files = files!["parts/":
    "page.html",
    "lead.html",
    "claims.html",
    "distributions.html",
    "margins.html",
    "combinations.html",
    "runs.html",
    "curves.html",
    "digit.html",
    "train.html",
    "step.html",
    "confusion.html",
    "weights.html",
    "gradients.html",
    "readings.html",
    "grids.html",
];

/// The scripts of every page.
const SCRIPTS: Files = files!["scripts/": "dom.js", "view.js", "plot.js", "tables.js"];
const STYLES: Files = files!["styles/": "page.css", "figures.css"];
const PRINT: Files = files!["styles/": "print.css"];

/// Each script comes after the scripts that it uses.
const CLAIMS_SCRIPTS: Files = files!["scripts/":
    "strips.js",
    "claims.js",
    "margins.js",
];
const CLAIMS_STYLES: Files = files!["styles/": "claims.css"];

const COMBINATIONS_SCRIPTS: Files = files!["scripts/":
    "combinations.js",
    "nearness.js",
    "specification.js",
];
const COMBINATIONS_STYLES: Files = files!["styles/": "combinations.css"];

const RUNS_SCRIPTS: Files = files!["scripts/":
    "safetensors.js",
    "textbook.js",
    "model.js",
    "curves-data.js",
    "curves.js",
    "units.js",
    "strokes.js",
    "digit.js",
    "step-numbers.js",
    "step.js",
    "confusion.js",
    "gradients.js",
];
const TRAIN_SCRIPTS: Files = files!["scripts/":
    "train-data.js",
    "train-form.js",
    "train-history.js",
    "train-pictures.js",
    "train-worker.js",
    "train.js",
];
const TRAIN_STYLES: Files = files!["styles/": "train.css"];
/// The scripts of the worker that trains.
const WORKER: [Files; 2] = [
    files!["scripts/": "textbook.js"],
    files!["worker/": "wasm.js", "mistakes.js", "training.js"],
];

const READINGS_SCRIPTS: Files = files!["scripts/": "readings.js"];
const RUNS_STYLES: Files = files!["styles/": "digit.css", "step.css"];

/// The contents of a folder. The page has a part for each.
pub(crate) struct Contents<'a> {
    pub(crate) title: &'a str,
    /// The first lines; the answer of combinations replaces them.
    pub(crate) lead: Option<&'a lead::Lead>,
    pub(crate) claims: Option<Claims<'a>>,
    pub(crate) runs: Option<Shown<'a>>,
    pub(crate) combinations: Option<&'a super::Combinations<'a>>,
    /// Findings with readings of their experiments.
    pub(crate) readings: Option<&'a Findings>,
}

/// Runs with their files, for the page.
pub(crate) struct Shown<'a> {
    pub(crate) findings: &'a Findings,
    pub(crate) models: &'a [ModelFile],
    pub(crate) test: &'a LabelledImages,
    /// `None` for digits.
    pub(crate) class_names: Option<&'a [&'a str]>,
}

/// All values that the parts may use. A part that is `None` or empty is left out.
#[derive(Serialize)]
struct Values<'a> {
    title: &'a str,
    lead: Option<&'a lead::Lead>,
    claims: Option<claims::Values<'a>>,
    runs: Option<Runs<'a>>,
    combinations: Option<combinations::Values<'a>>,
    readings: Vec<readings::Group<'a>>,
}

#[derive(Serialize)]
struct Runs<'a> {
    models: Vec<Model<'a>>,
    best_model: Option<best_model::BestModel<'a>>,
    class_names: Option<&'a [&'a str]>,
    /// What an image shows, with its article.
    item: &'a str,
    /// The data set, if it is a known one other than MNIST.
    data_set: Option<&'a str>,
    mistakes_shown: usize,
    gradient_check: Option<gradient_check::GradientCheck<'a>>,
    train: Option<train::Values<'a>>,
    grids: Vec<grids::Grid<'a>>,
}

/// A model that the reader can choose.
#[derive(Serialize)]
struct Model<'a> {
    title: &'a str,
    /// The reason if the model is not in the page.
    absent: Option<&'a str>,
}

/// The page's JSON.
#[derive(Serialize)]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<claims::Data<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    combinations: Option<combinations::Data<'a>>,
    #[serde(flatten)]
    runs: Option<data::Data<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    train: Option<train::Data<'a>>,
}

/// The page. It has no date or time, so the same results give the same page.
///
/// # Errors
/// A part that asks for a missing value.
pub(crate) fn interactive(contents: &Contents<'_>) -> Result<String> {
    let (claims, combinations) = (contents.claims.as_ref(), contents.combinations);
    let data = Data {
        claims: claims.map(Claims::data),
        combinations: combinations.map(combinations::data),
        runs: contents.runs.as_ref().map(data::Data::of),
        train: match &contents.runs {
            Some(runs) => train::data(runs.findings)?,
            None => None,
        },
    };
    let values = Values {
        title: contents.title,
        lead: contents.lead,
        claims: claims.map(Claims::values),
        combinations: combinations.map(combinations::values).transpose()?,
        runs: match &contents.runs {
            Some(shown) => Some(runs(shown, data.runs.as_ref())?),
            None => None,
        },
        readings: contents
            .readings
            .map(readings::readings)
            .unwrap_or_default(),
    };
    let mut environment = template::environment()?;
    // Contents of files, which are not escaped.
    let scripts = scripts(contents, data.train.is_some());
    let hashes: Vec<String> = scripts.iter().map(|text| hash(text)).collect();
    for (name, text) in [
        ("style", style(contents, data.train.is_some())),
        ("worker", WORKER.into_iter().flat_map(texts).collect()),
        ("data", in_script(&serde_json::to_string(&data)?)),
    ] {
        environment.add_global(name, Value::from_safe_string(text));
    }
    let scripts: Value = scripts.into_iter().map(Value::from_safe_string).collect();
    environment.add_global("scripts", scripts);
    environment.add_global("hashes", hashes);
    for &(name, source) in PARTS {
        environment.add_template(name, source)?;
    }
    Ok(environment.get_template(PAGE)?.render(Serde(values))?)
}

fn runs<'a>(shown: &Shown<'a>, data: Option<&data::Data<'_>>) -> Result<Runs<'a>> {
    let (findings, class_names) = (shown.findings, shown.class_names);
    let best = findings.best.as_ref();
    let set = findings.data_set.and_then(KnownSet::named);
    Ok(Runs {
        models: shown.models.iter().map(model).collect(),
        best_model: best.map(|best| best_model::best_model(best, class_names)),
        class_names,
        item: set.unwrap_or(&known::SETS[0]).item,
        data_set: set.map(|set| set.name).filter(|&name| name != "MNIST"),
        mistakes_shown: data.map_or(0, data::Data::mistakes_shown),
        gradient_check: gradient_check::gradient_check(&findings.gradcheck),
        train: train::values(findings)?,
        grids: grids::grids(findings),
    })
}

fn model(file: &ModelFile) -> Model<'_> {
    Model {
        title: &file.title,
        absent: file.bytes.as_ref().err().copied(),
    }
}

/// The scripts of the parts that the page has. Each gets its own element, so that one that fails stops no other.
fn scripts(contents: &Contents<'_>, trains: bool) -> Vec<String> {
    let runs = contents.runs.as_ref();
    let prepare = runs.map(|_| mnist_picture::PREPARE_JS).into_iter();
    let files = chosen(contents, CLAIMS_SCRIPTS, COMBINATIONS_SCRIPTS, RUNS_SCRIPTS);
    let train = texts(if trains { TRAIN_SCRIPTS } else { &[] });
    let readings = contents.readings.map(|_| READINGS_SCRIPTS);
    let readings = readings.into_iter().flat_map(texts);
    let files = prepare.chain(texts(SCRIPTS)).chain(files).chain(train);
    let elements = files.chain(readings).map(|text| format!("\n{text}\n"));
    elements.collect()
}

/// The source expression of a script for the page's policy, which allows no other scripts in the page.
fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

fn style(contents: &Contents<'_>, trains: bool) -> String {
    let files = chosen(contents, CLAIMS_STYLES, COMBINATIONS_STYLES, RUNS_STYLES);
    let train = texts(if trains { TRAIN_STYLES } else { &[] });
    let files = texts(STYLES).chain(files).chain(train).chain(texts(PRINT));
    files.collect::<Vec<_>>().join("\n")
}

fn chosen(
    contents: &Contents<'_>,
    claims: Files,
    combinations: Files,
    runs: Files,
) -> impl Iterator<Item = &'static str> {
    let parts = [
        contents.claims.as_ref().map(|_| claims),
        contents.combinations.map(|_| combinations),
        contents.runs.as_ref().map(|_| runs),
    ];
    parts.into_iter().flatten().flat_map(texts)
}

fn texts(files: Files) -> impl Iterator<Item = &'static str> {
    files.iter().map(|&(_, text)| text)
}

/// Escapes JSON, so that no text in it can end the script element.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}
