//! The report on runs that are not confirmatory.

use anyhow::Result;
use lab_results::data_set::data_files;
use lab_results::disk::atomic_file::to_csv;
use lab_results::names::{CONFUSION, INTERACTIVE_REPORT, REPORT};
use lab_results::store::Writer;

use crate::findings::{Findings, SuiteFolder};
use crate::folder::{Folder, Kind};
use crate::models::{Models, best_models};
use crate::page::{self, Contents, Lead, Shown};
use crate::training_data::{self, TrainingData};
use crate::weights::{self, Layers};
use crate::{Report, Sources, drawings};

/// Writes `REPORT.md`, `report.html`, the tables and the figures, and `mnist.js` if the page can train.
///
/// # Errors
/// Other data than that of the runs; files that cannot be read or written.
pub(crate) fn write(store: &Writer, read: SuiteFolder, sources: &Sources<'_>) -> Result<Report> {
    let mut findings = Findings::new(store.folder(), read, sources.gradcheck)?;
    let dataset = (sources.dataset)()?;
    findings.expect_data(&data_files(&dataset))?;
    findings.data_set = dataset.name();
    let (test, class_names) = (dataset.test(), dataset.class_names());
    let mut folder = Folder::open(store, Kind::Runs)?;

    let models = Models::new(store, sources.models);
    let layers = Layers::of(&findings);
    let (mut weights, mut missing) = layers.draw(&models)?;
    if !missing.is_empty() && folder.has_figure_of(weights::NAME, &layers.sums()) {
        (weights, missing) = (Some(Layers::kept()), Vec::new());
    }
    if weights.is_some() && missing.is_empty() {
        folder.shows_models(layers.sums());
    }
    let figures = drawings::draw(&findings, weights, test, class_names)?;
    for figure in &figures {
        folder.write_figure(figure)?;
    }
    let judged = findings.claims.as_ref().map(|it| it.judged.clone());
    if let Some(judged) = &judged {
        folder.write_verdicts(judged)?;
    }
    if let Some(best) = &findings.best {
        folder.write(CONFUSION, &to_csv(&best.confusion)?)?;
    }
    let lead = Lead::of_runs(&findings);
    let has_runs = findings.experiments.iter().any(|it| !it.runs.is_empty());
    let best = best_models(&models, &findings)?;
    let training = TrainingData::of(&findings, &dataset);
    training_data::update(store, training.as_ref())?;
    let interactive = page::interactive(&Contents {
        title: &findings.title,
        lead: Some(&lead),
        claims: findings.claims.as_ref(),
        runs: has_runs.then_some(Shown {
            findings: &findings,
            models: &best,
            test,
            class_names,
        }),
        combinations: None,
        readings: (!has_runs).then_some(&findings),
    })?;
    folder.write(INTERACTIVE_REPORT, interactive.as_bytes())?;
    let page = page::runs_report(&findings, &lead, &figures, &missing, class_names)?;
    folder.write(REPORT, page.as_bytes())?;
    folder.finish()?;
    Ok(Report {
        path: store.folder().join(REPORT),
        kind: Kind::Runs,
        headline: lead.plain()?,
        summary: findings.summary(),
        judged,
    })
}
