//! All that a folder of results holds, read once.

use anyhow::{Context, Result, bail};

use lab_results::disk::whole::{read_csv, read_json};
use lab_results::model::AnyModel;
use lab_results::names::{GRADCHECK, MODEL, SUITE};
use lab_results::printed::Printed;
use lab_results::stats::{Quantity, summarise};
use lab_results::store::{DataFile, RunState, Store, SuiteRecord, WholeRun};
use lab_results::suite::{Experiment, check_name};
use lab_results::tables::{ClaimRow, ConfusionRow, GradcheckRow, MistakeRow, RunRow, SummaryRow};

use crate::strip::{Judged, Strip};
use crate::verdicts::{Evidence, judged};

/// A folder's contents.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The suite's title.
    pub title: String,
    /// The suite's folder.
    pub name: String,
    /// Those that have runs, in the suite's order.
    pub experiments: Vec<ExperimentFindings>,
    /// Empty if the check was not run.
    pub gradcheck: Vec<GradcheckRow>,
    /// The run with the lowest validation loss.
    pub best: Option<BestRun>,
    /// First layers of networks that differ in their penalties, if their models are here.
    pub first_layers: Vec<FirstWeights>,
    /// Runs whose first layer belongs there, but whose model is not here.
    pub models_missing: Vec<String>,
    /// What the runs say about the paper's claims; none for readings other than the paper's own.
    pub claims: Vec<ClaimRow>,
    /// The numbers behind each of the claims.
    pub(crate) strips: Vec<Strip>,
}

/// One experiment's results.
#[derive(Clone, Debug)]
pub struct ExperimentFindings {
    /// What it is, and the paper's numbers; none if its settings are others than the suite's.
    pub record: Experiment,
    /// The settings that are others than the suite's.
    pub altered: Vec<String>,
    /// Its runs, by seed.
    pub runs: Vec<WholeRun>,
}

/// The weights of a run's first layer.
#[derive(Clone, Debug)]
pub struct FirstWeights {
    /// Which run, and how many of all its weights are near 0.
    pub name: String,
    /// [pixels × units], row-major.
    pub weights: Vec<f64>,
    /// Hidden units.
    pub units: usize,
    /// Rows of an image.
    pub rows: usize,
    /// Columns of an image.
    pub cols: usize,
}

/// The test set in the eyes of the best model.
#[derive(Clone, Debug)]
pub struct BestRun {
    /// Which run it is.
    pub row: RunRow,
    /// Label against prediction.
    pub confusion: Vec<ConfusionRow>,
    /// The surest mistakes first.
    pub mistakes: Vec<MistakeRow>,
}

impl Findings {
    /// Reads a suite's folder.
    ///
    /// # Errors
    /// The file that is missing or not what it should be; no run of any experiment.
    pub fn read(store: &Store) -> Result<Self> {
        let folder = store.folder();
        let path = folder.join(SUITE);
        let suite: SuiteRecord = read_json(&path)?;
        for record in &suite.experiments {
            check_name(&record.id).with_context(|| path.display().to_string())?;
        }

        let mut experiments = Vec::new();
        for record in suite.experiments {
            let runs = whole_runs(store, &record.id)?;
            if !runs.is_empty() {
                experiments.push(ExperimentFindings::of(record, runs));
            }
        }
        if experiments.is_empty() {
            bail!(
                "{}: no runs here to report on; make them first, with `mnist-lab run` or, for this \
                 repository's own results, `cargo xtask reproduce`",
                folder.display()
            );
        }

        let gradcheck = folder.join(GRADCHECK);
        let gradcheck = if gradcheck.exists() {
            read_csv(&gradcheck)?
        } else {
            Vec::new()
        };
        let evidence = as_written(&experiments).filter(|e| e.altered.is_empty());
        let evidence: Vec<_> = evidence.map(ExperimentFindings::evidence).collect();
        let judged = judged(&suite.claims, &evidence, &gradcheck).into_iter();
        let (claims, strips) = judged.map(|Judged { row, strip }| (row, strip)).unzip();
        let (first_layers, models_missing) = first_layers(store, &experiments)?;
        let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = name.file_name().and_then(|name| name.to_str());
        let best = BestRun::of(&experiments);
        Ok(Self {
            title: suite.title,
            name: name.unwrap_or_default().to_owned(),
            experiments,
            gradcheck,
            first_layers,
            models_missing,
            best,
            claims,
            strips,
        })
    }

    /// Checks that the runs were on this data, since positions in it mean nothing elsewhere.
    ///
    /// # Errors
    /// Other data; the message says how to name it.
    pub fn expect_data(&self, data: &[DataFile]) -> Result<()> {
        let runs = self.experiments.iter().flat_map(|e| &e.runs);
        for run in runs {
            if run.record.data != data {
                let row = &run.record.result;
                bail!(
                    "{} seed {} was run on other data; name its folder with --data-dir",
                    row.experiment,
                    row.seed
                );
            }
        }
        Ok(())
    }

    /// A line an experiment.
    pub fn summary(&self) -> Vec<SummaryRow> {
        let lines = self.experiments.iter().map(|experiment| {
            let rows: Vec<&RunRow> = experiment.rows().collect();
            summarise(&experiment.record.id, &rows, &experiment.record.paper)
        });
        lines.collect()
    }

    /// The experiments that are the suite's own: no other reading of one, and no cell of a grid.
    pub(crate) fn as_written(&self) -> impl Iterator<Item = &ExperimentFindings> {
        as_written(&self.experiments)
    }
}

fn as_written(experiments: &[ExperimentFindings]) -> impl Iterator<Item = &ExperimentFindings> {
    let own = |record: &Experiment| record.reading.is_none() && record.cell.is_none();
    experiments.iter().filter(move |e| own(&e.record))
}

impl ExperimentFindings {
    fn of(mut record: Experiment, runs: Vec<WholeRun>) -> Self {
        let altered = runs.first().map_or_else(Vec::new, |run| {
            let from_model = run.record.init_from.iter();
            let from_model = from_model.map(|_| "the weights at the start".to_owned());
            let changed = run.record.settings.changed_from(&record.settings);
            changed.into_iter().chain(from_model).collect()
        });
        if !altered.is_empty() {
            record.paper = Printed::default();
        }
        Self {
            record,
            altered,
            runs,
        }
    }

    /// The lines of its runs.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &RunRow> {
        self.runs.iter().map(|run| &run.record.result)
    }

    /// A quantity's mean and interval, for people.
    pub(crate) fn mean(&self, quantity: Quantity) -> String {
        quantity.shown_sample(quantity.over(self.rows()))
    }

    /// What the paper printed of it, for people.
    pub(crate) fn printed(&self, quantity: Quantity) -> String {
        quantity.shown_printed(&self.record.paper)
    }

    /// Itself as claims see it.
    pub(crate) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            id: &self.record.id,
            title: &self.record.title,
            section: self.record.section.as_deref().unwrap_or_default(),
            paper: &self.record.paper,
            runs: self.rows().collect(),
        }
    }
}

/// An experiment's runs, by seed.
fn whole_runs(store: &Store, experiment: &str) -> Result<Vec<WholeRun>> {
    let runs = store.runs(experiment)?.into_iter();
    let runs = runs.map(|(_, state)| match state {
        RunState::Whole(run) => Ok(*run),
        RunState::Damaged(error) | RunState::Unreadable(error) => Err(error),
    });
    runs.collect()
}

/// The networks of the first seed that have a hidden layer and, apart from penalty and learning rate, the
/// same settings as one with a penalty; none if no penalty was used. Then the runs without a model.
fn first_layers(
    store: &Store,
    experiments: &[ExperimentFindings],
) -> Result<(Vec<FirstWeights>, Vec<String>)> {
    let own = as_written(experiments);
    let runs: Vec<_> = own.filter_map(|e| Some((e, e.runs.first()?))).collect();
    let apart_from_penalty = |run: &WholeRun| {
        let mut settings = run.record.settings.clone();
        (settings.l1, settings.l2, settings.lr) = (0.0, 0.0, 0.0);
        settings
    };
    let penalised = |run: &WholeRun| run.record.settings.l1 + run.record.settings.l2 > 0.0;
    let (mut layers, mut missing) = (Vec::new(), Vec::new());
    for (experiment, run) in &runs {
        let like = |other: &WholeRun| apart_from_penalty(other) == apart_from_penalty(run);
        let mut others = runs.iter().map(|(_, other)| *other);
        let row = &run.record.result;
        let file = store.run_folder(&row.experiment, row.seed).join(MODEL);
        if run.record.settings.hidden.is_empty()
            || !others.any(|other| penalised(other) && like(other))
        {
            continue;
        }
        if !file.exists() {
            missing.push(format!("{}/seed-{}", row.experiment, row.seed));
            continue;
        }
        let model = AnyModel::read(&file)?;
        let params = model.params::<f64>();
        let [rows, cols] = model.metadata().image;
        let near_zero = 100.0 * row.near_zero.unwrap_or(f64::NAN);
        layers.push(FirstWeights {
            name: format!(
                "{}, seed {}: {near_zero:.1} % of all weights within 0.001 of 0",
                experiment.record.title, row.seed
            ),
            weights: params.weight(0).iter().copied().collect(),
            units: params.weight(0).ncols(),
            rows,
            cols,
        });
    }
    Ok((layers, missing))
}

impl BestRun {
    fn of(experiments: &[ExperimentFindings]) -> Option<Self> {
        let (_, best) = tested_best(experiments, |_| true)?;
        Some(Self {
            row: best.record.result.clone(),
            confusion: best.confusion.clone(),
            mistakes: best.mistakes.clone(),
        })
    }
}

/// The best of the runs that qualify, chosen by validation loss, since choosing by the test set would
/// flatter it.
pub(crate) fn tested_best(
    experiments: &[ExperimentFindings],
    qualifies: impl Fn(&WholeRun) -> bool,
) -> Option<(&ExperimentFindings, &WholeRun)> {
    let loss = |run: &WholeRun| run.record.result.val_loss.unwrap_or(f64::INFINITY);
    let runs = experiments
        .iter()
        .flat_map(|e| e.runs.iter().map(move |run| (e, run)));
    let tested = runs.filter(|(_, run)| run.record.result.test_loss.is_some() && qualifies(run));
    tested.min_by(|(_, a), (_, b)| loss(a).total_cmp(&loss(b)))
}
