//! The first layers of networks that differ in their penalties.

use std::collections::BTreeMap;

use anyhow::Result;
use lab_figures::{FirstLayer, first_layers};
use lab_results::model::AnyModel;
use lab_results::names::MODEL;
use lab_results::store::CompleteRun;

use crate::figure::NamedFigure;
use crate::findings::{ExperimentFindings, Findings};
use crate::models::Models;

/// The name of the figure.
pub(crate) const NAME: &str = "weights";

/// Runs whose first layers belong in the figure.
pub(crate) struct Layers<'a> {
    runs: Vec<(&'a ExperimentFindings, &'a CompleteRun)>,
}

impl<'a> Layers<'a> {
    /// The networks of the first seed with a hidden layer that differ from a network with a penalty only in penalty and
    /// learning rate. Empty if no network has a penalty.
    pub(crate) fn of(findings: &'a Findings) -> Self {
        let own = findings.as_written();
        let firsts: Vec<_> = own.filter_map(|e| Some((e, e.runs.first()?))).collect();
        let apart_from_penalty = |run: &CompleteRun| {
            let mut settings = run.record.settings.clone();
            (settings.l1, settings.l2, settings.lr) = (0.0, 0.0, 0.0);
            settings
        };
        let penalised = |run: &CompleteRun| run.record.settings.l1 + run.record.settings.l2 > 0.0;
        let belongs = |run: &CompleteRun| {
            let like = |other: &CompleteRun| apart_from_penalty(other) == apart_from_penalty(run);
            let mut others = firsts.iter().map(|(_, other)| *other);
            !run.record.settings.hidden.is_empty()
                && others.any(|other| penalised(other) && like(other))
        };
        let runs = firsts.iter().filter(|(_, run)| belongs(run));
        Self {
            runs: runs.copied().collect(),
        }
    }

    /// The SHA-256 of the models, by run.
    pub(crate) fn sums(&self) -> BTreeMap<String, String> {
        let sums = self.runs.iter().map(|(_, run)| {
            let sum = run.record.files.get(MODEL).cloned().unwrap_or_default();
            (name(run), sum)
        });
        sums.collect()
    }

    /// The figure of the models that were found, if any, and the names of the runs whose models were not found.
    ///
    /// # Errors
    /// A model that cannot be read.
    pub(crate) fn draw(&self, models: &Models<'_>) -> Result<(Option<NamedFigure>, Vec<String>)> {
        let (mut layers, mut missing) = (Vec::new(), Vec::new());
        for (experiment, run) in &self.runs {
            match models.find(run)? {
                Some(bytes) => layers.push(layer(experiment, run, &AnyModel::parse(&bytes)?)),
                None => missing.push(name(run)),
            }
        }
        let figure = match layers.is_empty() {
            true => None,
            false => {
                let figure = first_layers(CAPTION, &layers)?;
                Some(NamedFigure::new(NAME, CAPTION.to_owned(), figure))
            }
        };
        Ok((figure, missing))
    }

    /// The figure of an earlier report.
    pub(crate) fn kept() -> NamedFigure {
        NamedFigure {
            name: NAME.to_owned(),
            caption: CAPTION.to_owned(),
            says: String::new(),
            figure: None,
        }
    }
}

const CAPTION: &str =
    "Weights of the first layer: their distribution, and the 14 units with the largest weights";

fn name(run: &CompleteRun) -> String {
    let row = &run.record.result;
    format!("{}/seed-{}", row.experiment, row.seed)
}

fn layer(experiment: &ExperimentFindings, run: &CompleteRun, model: &AnyModel) -> FirstLayer {
    let row = &run.record.result;
    let params = model.params::<f64>();
    let [rows, cols] = model.metadata().image;
    let near_zero = 100.0 * row.near_zero.unwrap_or(f64::NAN);
    FirstLayer {
        name: format!(
            "{}, seed {}: {near_zero:.1} % of all weights within 0.001 of 0",
            experiment.record.title, row.seed
        ),
        weights: params.weight(0).iter().copied().collect(),
        units: params.weight(0).ncols(),
        rows,
        cols,
    }
}
