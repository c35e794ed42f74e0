//! `report.html`: the findings as one file that asks no network for anything. Words and tables are filled into
//! `parts`, where every value is escaped; `scripts` draw what lies in the page as JSON.

mod cards;
mod data;
#[cfg(test)]
mod tests;

use anyhow::Result;
use lab_claims::Judged;
use minijinja::Value;
use minijinja::value::Serde;
use mnist_data::LabelledImages;
use serde::Serialize;

use super::{best_model, gradient_check, grids, readings, results, template};
use crate::findings::Findings;
use crate::models::ModelFile;

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!($folder, $name)))),*]
    };
}

/// The page, which includes the others.
const PAGE: &str = "page.html";

const PARTS: [(&str, &str); 9] = files!["parts/":
    "page.html",
    "verdicts.html",
    "curves.html",
    "digit.html",
    "confusion.html",
    "weights.html",
    "gradients.html",
    "readings.html",
    "grids.html",
];

const STYLES: [(&str, &str); 4] =
    files!["styles/": "page.css", "figures.css", "digit.css", "print.css"];

/// In an order in which each finds what it uses.
const SCRIPTS: [(&str, &str); 15] = files!["scripts/":
    "dom.js",
    "view.js",
    "safetensors.js",
    "model.js",
    "plot.js",
    "strips.js",
    "verdicts.js",
    "curves-data.js",
    "curves.js",
    "units.js",
    "strokes.js",
    "digit.js",
    "confusion.js",
    "gradients.js",
    "readings.js",
];

/// All values that the parts may use. What is `None` or empty is left out.
#[derive(Serialize)]
struct Values<'a> {
    title: &'a str,
    tally: Option<String>,
    sections: Vec<&'a str>,
    verdicts: Vec<cards::Named>,
    cards: Vec<cards::Card<'a>>,
    results: results::Results<'a>,
    models: Vec<Model<'a>>,
    best_model: Option<best_model::BestModel<'a>>,
    /// None for digits.
    class_names: Option<&'a [&'a str]>,
    mistakes_shown: usize,
    gradient_check: Option<gradient_check::GradientCheck<'a>>,
    readings: Vec<readings::Group<'a>>,
    grids: Vec<grids::Grid<'a>>,
}

/// A model to choose.
#[derive(Serialize)]
struct Model<'a> {
    title: &'a str,
    /// Why it is not in the page, if it is not.
    absent: Option<&'a str>,
}

/// The whole page. It holds no date and no time, so the same results give the same page.
///
/// # Errors
/// A part that asks for a value that there is none of.
pub(crate) fn interactive(
    findings: &Findings,
    models: &[ModelFile],
    test: &LabelledImages,
    class_names: Option<&[&str]>,
) -> Result<String> {
    let nothing = Judged::default();
    let claims = findings.claims.as_ref().map(|(_, judged)| judged);
    let judged = claims.unwrap_or(&nothing);
    let best = findings.best.as_ref();
    let data = data::Data::of(findings, models, test, class_names);
    let values = Values {
        title: &findings.title,
        tally: claims.map(Judged::tally),
        sections: cards::sections(judged),
        verdicts: cards::verdicts(judged),
        cards: cards::cards(judged, &findings.strips),
        results: results::results(findings),
        models: models.iter().map(model).collect(),
        best_model: best.map(|best| best_model::best_model(best, class_names)),
        class_names,
        mistakes_shown: data.mistakes_shown(),
        gradient_check: gradient_check::gradient_check(&findings.gradcheck),
        readings: readings::readings(findings),
        grids: grids::grids(findings),
    };
    let mut environment = template::environment()?;
    // A file's own contents, as they are.
    for (name, contents) in [
        ("style", joined(&STYLES)),
        ("script", script()),
        ("data", in_script(&serde_json::to_string(&data)?)),
    ] {
        environment.add_global(name, Value::from_safe_string(contents));
    }
    for (name, source) in PARTS {
        environment.add_template(name, source)?;
    }
    Ok(environment.get_template(PAGE)?.render(Serde(values))?)
}

fn model(file: &ModelFile) -> Model<'_> {
    Model {
        title: &file.title,
        absent: file.bytes.as_ref().err().copied(),
    }
}

fn script() -> String {
    mnist_picture::PREPARE_JS.to_owned() + "\n" + &joined(&SCRIPTS)
}

fn joined(files: &[(&str, &str)]) -> String {
    let texts: Vec<&str> = files.iter().map(|&(_, text)| text).collect();
    texts.join("\n")
}

/// JSON in which no text can end the element that it stands in.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}
