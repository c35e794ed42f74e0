//! From findings to the text of `REPORT.md`. Its words are in `templates`, one file for each part of the
//! page; the modules here prepare the values that the words stand around, and know no words themselves.
//! `html` is the interactive page, from the same findings.

mod best_model;
mod checklist;
mod figures;
mod gradient_check;
mod grids;
mod html;
mod mutations;
mod readings;
mod results;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod verdicts;
mod what_was_run;

use anyhow::Result;
use serde::Serialize;

use crate::figure::NamedFigure;
use crate::findings::{ExperimentFindings, Findings};

pub(crate) use html::interactive;

/// All values that the templates may use. A part that is `None` or empty is left out.
#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    /// The name of the suite.
    suite: &'a str,
    /// Whether all settings are the suite's own, and none is of a grid on the command line.
    as_suite_says: bool,
    verdicts: Option<verdicts::Verdicts<'a>>,
    results: results::Results<'a>,
    readings: Vec<readings::Group<'a>>,
    grids: Vec<grids::Grid<'a>>,
    figures: figures::Figures<'a>,
    gradient_check: Option<gradient_check::GradientCheck<'a>>,
    mutations: mutations::Mutations,
    best_model: Option<best_model::BestModel<'a>>,
    what_was_run: what_was_run::WhatWasRun<'a>,
    checklist: checklist::Checklist,
}

fn is_as_suite_says(experiment: &ExperimentFindings) -> bool {
    let cell = experiment.record.cell.as_ref();
    experiment.altered.is_empty() && cell.is_none_or(|cell| cell.of.is_none())
}

/// The whole report, with `class_names` for digits where there are some. It holds no date and no time, so the
/// same results give the same report.
///
/// # Errors
/// A template that asks for a value that there is none of.
pub(crate) fn report(
    findings: &Findings,
    figures: &[NamedFigure],
    class_names: Option<&[&str]>,
) -> Result<String> {
    let best = findings.best.as_ref();
    let page = Page {
        title: &findings.title,
        suite: &findings.name,
        as_suite_says: findings.experiments.iter().all(is_as_suite_says),
        verdicts: verdicts::verdicts(&findings.claims),
        results: results::results(findings),
        readings: readings::readings(findings),
        grids: grids::grids(findings),
        figures: figures::figures(figures, &findings.models_missing),
        gradient_check: gradient_check::gradient_check(&findings.gradcheck),
        mutations: mutations::mutations()?,
        best_model: best.map(|best| best_model::best_model(best, class_names)),
        what_was_run: what_was_run::what_was_run(findings)?,
        checklist: checklist::checklist(findings),
    };
    template::render(page)
}
