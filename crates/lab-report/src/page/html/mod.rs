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
use crate::findings::{Claims, Findings};
use crate::models::ModelFile;

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

/// Scripts and styles of a part of the page.
struct Assets {
    scripts: Files,
    styles: Files,
}

/// What every page needs.
const COMMON: Assets = Assets {
    scripts: files!["scripts/": "dom.js", "view.js", "plot.js", "tables.js"],
    styles: files!["styles/": "page.css", "figures.css"],
};
const CLAIMS: Assets = Assets {
    scripts: files!["scripts/": "strips.js", "claims.js", "margins.js"],
    styles: files!["styles/": "claims.css"],
};
const COMBINATIONS: Assets = Assets {
    scripts: files!["scripts/": "combinations.js", "nearness.js", "specification.js"],
    styles: files!["styles/": "combinations.css"],
};
const PICTURES: Assets = Assets {
    scripts: &[("prepare.js", mnist_picture::PREPARE_JS)],
    styles: &[],
};
const RUNS: Assets = Assets {
    scripts: files!["scripts/":
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
    ],
    styles: files!["styles/": "digit.css", "step.css"],
};
const TRAIN: Assets = Assets {
    scripts: files!["scripts/":
        "train-data.js",
        "train-form.js",
        "train-history.js",
        "train-pictures.js",
        "train-worker.js",
        "train.js",
    ],
    styles: files!["styles/": "train.css"],
};
const READINGS: Assets = Assets {
    scripts: files!["scripts/": "readings.js"],
    styles: &[],
};
const PRINT: Assets = Assets {
    scripts: &[],
    styles: files!["styles/": "print.css"],
};

/// The scripts of the worker that trains, after `textbook.js`.
const WORKER: Files = files!["worker/": "wasm.js", "mistakes.js", "training.js"];

/// The contents of a folder. The page has a part for each.
pub(crate) struct Contents<'a> {
    pub(crate) title: &'a str,
    /// The first lines; the answer of combinations replaces them.
    pub(crate) lead: Option<&'a lead::Lead>,
    pub(crate) claims: Option<&'a Claims>,
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
    let (claims, combinations) = (contents.claims, contents.combinations);
    let data = Data {
        claims: claims.map(claims::data),
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
        claims: claims.map(claims::values),
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
    let assets = || assets(contents, data.train.is_some());
    let scripts = assets().flat_map(|it| it.scripts);
    // Each script gets its own element, so that one that fails stops no other.
    let scripts: Vec<Script> = scripts.map(Script::new).collect();
    let styles = texts(assets().flat_map(|it| it.styles));
    environment.add_global("scripts", Value::from(Serde(&scripts)));
    // These are not escaped.
    for (name, text) in [
        ("style", styles.collect::<Vec<_>>().join("\n")),
        ("worker", texts(WORKER).collect()),
        ("data", in_script(&serde_json::to_string(&data)?)),
    ] {
        environment.add_global(name, Value::from_safe_string(text));
    }
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

/// The scripts and styles of the parts that the page has. Each script comes after the scripts that it uses.
fn assets(contents: &Contents<'_>, trains: bool) -> impl Iterator<Item = &'static Assets> {
    let runs = contents.runs.is_some();
    let parts: [(bool, &Assets); 8] = [
        (runs, &PICTURES),
        (true, &COMMON),
        (contents.claims.is_some(), &CLAIMS),
        (contents.combinations.is_some(), &COMBINATIONS),
        (runs, &RUNS),
        (trains, &TRAIN),
        (contents.readings.is_some(), &READINGS),
        (true, &PRINT),
    ];
    let there = parts.into_iter().filter(|(is_there, _)| *is_there);
    there.map(|(_, assets)| assets)
}

/// A script, which is not escaped, and its SHA-256. The page's policy allows no other scripts in the page.
#[derive(Serialize)]
struct Script {
    name: &'static str,
    text: String,
    sha256: String,
}

impl Script {
    fn new((name, text): &(&'static str, &str)) -> Self {
        let text = format!("\n{text}\n");
        Self {
            name,
            sha256: STANDARD.encode(Sha256::digest(&text)),
            text,
        }
    }
}

fn texts(
    files: impl IntoIterator<Item = &'static (&'static str, &'static str)>,
) -> impl Iterator<Item = &'static str> {
    files.into_iter().map(|&(_, text)| text)
}

/// Escapes JSON, so that no text in it can end the script element.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}
