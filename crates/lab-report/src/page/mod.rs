//! Writes pages from findings. All texts are in `templates`; the modules here prepare the values for the templates.
//! `html` is the interactive page, from the same findings.

mod best_model;
mod checklist;
mod claims;
mod combinations;
mod gradient_check;
mod grids;
mod html;
mod lead;
mod mutations;
mod readings;
mod record;
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

pub(crate) use claims::report as claims_report;
pub(crate) use combinations::Combinations;
pub(crate) use html::{Contents, Shown, interactive, trainable};
pub(crate) use lead::Lead;
pub(crate) use record::record;

/// All values that the templates may use. A part that is `None` or empty is left out.
#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    /// The name of the suite.
    suite: &'a str,
    /// Whether all settings are those of the suite's file, without grids on the command line.
    as_suite_says: bool,
    lead: &'a Lead,
    verdicts: Option<verdicts::Verdicts<'a>>,
    results: results::Results<'a>,
    readings: Vec<readings::Group<'a>>,
    grids: Vec<grids::Grid<'a>>,
    figures: &'a [NamedFigure],
    /// Runs whose weights belong in a figure, but whose models were not found.
    models_missing: &'a [String],
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

/// `REPORT.md` of runs, with `class_names` instead of digits if there are any, and with the runs whose models were not
/// found. It has no date or time, so the same results give the same report.
///
/// # Errors
/// A template that asks for a missing value.
pub(crate) fn runs_report(
    findings: &Findings,
    lead: &Lead,
    figures: &[NamedFigure],
    models_missing: &[String],
    class_names: Option<&[&str]>,
) -> Result<String> {
    let best = findings.best.as_ref();
    let claims = findings.claims.as_ref();
    let page = Page {
        title: &findings.title,
        suite: &findings.name,
        as_suite_says: findings.experiments.iter().all(is_as_suite_says),
        lead,
        verdicts: claims.map(verdicts::verdicts),
        results: results::results(findings),
        readings: readings::readings(findings),
        grids: grids::grids(findings),
        figures,
        models_missing,
        gradient_check: gradient_check::gradient_check(&findings.gradcheck),
        mutations: mutations::mutations()?,
        best_model: best.map(|best| best_model::best_model(best, class_names)),
        what_was_run: what_was_run::what_was_run(findings)?,
        checklist: checklist::checklist(findings),
    };
    template::render("runs.md", page)
}
