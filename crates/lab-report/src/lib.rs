#![doc = include_str!("../README.md")]

mod captions;
mod claims;
mod combinations;
#[cfg(test)]
mod committed;
mod drawings;
mod figure;
mod findings;
mod folder;
mod gradients;
mod grids;
mod models;
mod page;
mod readings;
mod training_data;
mod weights;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lab_claims::{Judged, judge, sensitivity};
use lab_results::combinations::Combinations;
use lab_results::data_set::data_files;
use lab_results::disk::atomic_file::{is_there, to_csv};
use lab_results::names::{
    CLAIMS, COMBINATIONS, CONFUSION, INTERACTIVE_REPORT, PLAN, REPORT, SUITE, TESTS,
};
use lab_results::store::{Store, Writer};
use lab_results::tables::SummaryRow;
use mnist_data::Dataset;

use findings::SuiteFolder;
use folder::Folder;
use models::{Models, best_models};
use page::{Contents, Lead, Shown};
use training_data::TrainingData;
use weights::Layers;

pub use findings::{BestRun, Claims, ExperimentFindings, Findings};
pub use folder::Kind;

/// The inputs of a report besides its folder.
pub struct Sources<'a> {
    /// Opens the data set of the runs, for pictures of mistakes.
    pub dataset: &'a dyn Fn() -> Result<Dataset>,
    /// The folder of the gradient check; if `None`, the folder of results, or the folder `paper` beside it.
    pub gradcheck: Option<&'a Path>,
    /// Built-in models, for runs whose files are missing.
    pub models: &'a [&'a [u8]],
}

impl Sources<'_> {
    /// No inputs, for a folder of combinations.
    pub fn none() -> Self {
        Self {
            dataset: &|| bail!("no data set; expected a folder of combinations"),
            gradcheck: None,
            models: &[],
        }
    }
}

/// A written report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The path of `REPORT.md`.
    pub path: PathBuf,
    /// The subject.
    pub kind: Kind,
    /// The first line of the page, for a terminal; empty if nothing is judged.
    pub headline: String,
    /// One row per experiment; none for combinations.
    pub summary: Vec<SummaryRow>,
    /// The judgements of the claims, if there are rules.
    pub judged: Option<Judged>,
}

/// Writes the report on the results in `folder`, and removes files of an earlier report that this report does not have.
/// If the page can train, the data set is written beside it as `mnist.js`, unless the file is there already.
///
/// # Errors
/// Files that are missing, invalid or cannot be written; a folder with another kind of report; confirmatory runs with
/// only some of the seeds.
pub fn write_report(folder: &Path, sources: &Sources<'_>) -> Result<Report> {
    let there = |name: &str| is_there(&folder.join(name));
    match (there(SUITE)?, there(COMBINATIONS)?) {
        (false, true) => return combinations::write(&Writer::lock(folder)?),
        (true, false) => {}
        (false, false) if there(PLAN)? => bail!(
            "{0}: parts that are not merged yet; expected merged runs: mnist-lab sweep merge {0}",
            folder.display()
        ),
        (false, false) => bail!(
            "{}: no results here; expected a folder with {SUITE} or {COMBINATIONS}, as results/paper",
            folder.display()
        ),
        (true, true) => bail!(
            "{}: found both {SUITE} and {COMBINATIONS}; a report needs a folder with one of them",
            folder.display()
        ),
    }
    let store = Writer::lock(folder)?;
    let read = SuiteFolder::read(&store)?;
    let (suite, tables) = (read.suite.clone(), read.runs.tables.clone());
    let report = match &read.rules {
        Some(rules) if read.runs_as_written().are_confirmatory(rules) => {
            claims::write(&store, &read, rules, sources)?
        }
        _ => write_runs(&store, read, sources)?,
    };
    // Made from what the report is made from.
    store.write_tables(&suite, &tables)?;
    Ok(report)
}

/// The record of the reproduction, from the results of confirmatory runs and of combinations in two folders.
///
/// # Errors
/// Files that are missing or invalid; a suite without rules; a confirmatory seed without a run.
pub fn record(confirmatory: &Path, combinations: &Path) -> Result<String> {
    let here = || confirmatory.display().to_string();
    let read = SuiteFolder::read(&Store::open(confirmatory))?;
    let runs = read.runs_as_written();
    let suite = read.suite;
    let rules = read
        .rules
        .context("the suite names no rules")
        .with_context(here)?;
    let experiments: Vec<&str> = suite.experiments.iter().map(|it| it.id.as_str()).collect();
    let runs = runs.exactly(&rules.confirmatory, &experiments);
    let runs = runs.with_context(here)?;
    let gradients = gradients::gradients(confirmatory, None)?;
    let judged = judge(&rules, &suite.experiments, &runs, &gradients);
    let images = read.runs.tables.images.as_ref();
    let sensitivity = sensitivity(&rules, &suite.experiments, &runs, &gradients, images);
    let (combinations, rows) = Combinations::open(combinations)?;
    let confirmed = page::Confirmed {
        suite: &suite,
        rules: &rules,
        runs: &runs,
        judged: &judged,
        sensitivity: &sensitivity,
    };
    page::record(&confirmed, &combinations, &rows)
}

fn write_runs(store: &Writer, read: SuiteFolder, sources: &Sources<'_>) -> Result<Report> {
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
        write_verdicts(&mut folder, judged)?;
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
        claims: findings.shown_claims(),
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

/// The tables of claims and of their tests.
fn write_verdicts(folder: &mut Folder<'_>, judged: &Judged) -> Result<()> {
    folder.write(CLAIMS, &to_csv(&judged.claim_rows())?)?;
    folder.write(TESTS, &to_csv(&judged.test_rows())?)
}
