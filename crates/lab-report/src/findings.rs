//! All data of a folder of runs, read once.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use lab_claims::{Judged, Rules, Runs, judge};
use lab_results::data_set::DataFile;
use lab_results::disk::atomic_file::{read_csv_if_there, read_json};
use lab_results::names::{GRADCHECK, SUITE};
use lab_results::printed::Printed;
use lab_results::stats::{Quantity, Sample, summarise};
use lab_results::store::{CompleteRun, Store, SuiteRecord, SuiteRuns};
use lab_results::suite::{Experiment, Settings, check_name};
use lab_results::tables::{ConfusionRow, GradcheckRow, MistakeRow, RunRow, SummaryRow};

use crate::gradients::gradients;

/// A folder's contents.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The suite's title.
    pub title: String,
    /// The suite's folder.
    pub name: String,
    /// The data set of the runs, if it is a known one.
    pub data_set: Option<&'static str>,
    /// The experiments that have runs, in the suite's order.
    pub experiments: Vec<ExperimentFindings>,
    /// The rows of the gradient check; empty if it was not run.
    pub gradcheck: Vec<GradcheckRow>,
    /// The run with the lowest validation loss.
    pub best: Option<BestRun>,
    /// The suite whose report has the verdicts on the paper's claims, if it is another suite.
    pub verdicts: Option<String>,
    /// The judgements of the suite's claims, if it names rules.
    pub claims: Option<Claims>,
}

/// The judgements of a suite's claims, and what they rest on.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The rules.
    pub rules: Rules,
    /// The judgements.
    pub judged: Judged,
    /// The experiments that the claims are about.
    pub(crate) experiments: Vec<Experiment>,
    /// The runs that the claims were judged by.
    pub(crate) runs: Runs,
    /// The gradient check that the claims were judged by.
    pub(crate) gradients: Vec<GradcheckRow>,
}

/// One experiment's results.
#[derive(Clone, Debug)]
pub struct ExperimentFindings {
    /// The experiment, with the paper's numbers unless its settings differ from the suite's.
    pub record: Experiment,
    /// The settings that differ from the suite's.
    pub altered: Vec<String>,
    /// The rows of the runs, by seed.
    pub rows: Vec<RunRow>,
    /// The runs with their files, by seed; empty if the findings come from tables.
    pub runs: Vec<CompleteRun>,
}

/// The best model on the test set.
#[derive(Clone, Debug)]
pub struct BestRun {
    /// The row of the run.
    pub row: RunRow,
    /// The confusion matrix.
    pub confusion: Vec<ConfusionRow>,
    /// The mistakes, the most confident first.
    pub mistakes: Vec<MistakeRow>,
}

/// A folder of runs, read and checked.
pub(crate) struct SuiteFolder {
    /// `suite.json`. Experiments whose runs differ from it have none of the paper's numbers.
    pub(crate) suite: SuiteRecord,
    /// The rules for the suite's claims, if it names rules.
    pub(crate) rules: Option<Rules>,
    pub(crate) runs: SuiteRuns,
}

impl SuiteFolder {
    /// # Errors
    /// A file that is missing or invalid, a run that is damaged.
    pub(crate) fn read(store: &Store) -> Result<Self> {
        let path = store.folder().join(SUITE);
        let mut suite: SuiteRecord = read_json(&path)?;
        let place = || path.display().to_string();
        for record in &suite.experiments {
            check_name(&record.id).with_context(place)?;
        }
        if let Some(verdicts) = &suite.verdicts {
            check_name(verdicts).with_context(place)?;
        }
        let rules = Rules::of(&suite).with_context(place)?;
        let runs = store.suite_runs(&suite)?;
        for (experiment, altered) in suite.experiments.iter_mut().zip(&runs.tables.altered) {
            if !altered.is_empty() {
                experiment.paper = Printed::default();
            }
        }
        Ok(Self { suite, rules, runs })
    }

    /// The runs that claims can be judged by: those that are as the suite has them.
    pub(crate) fn runs_as_written(&self) -> Runs {
        Runs::new(self.runs.tables.rows_as_written(&self.suite))
    }
}

impl Findings {
    /// Reads a suite's runs. Readings have many runs, and their files are not committed. So for readings, the findings
    /// use only the tables, even if the runs' files exist. Without a gradient check in the folder, the claim about
    /// gradients is judged by the check in `checked`, or else in the folder `paper` beside this one.
    ///
    /// # Errors
    /// A file that is missing or invalid, a run that is damaged, no runs.
    pub fn read(store: &Store, checked: Option<&Path>) -> Result<Self> {
        Self::new(store.folder(), SuiteFolder::read(store)?, checked)
    }

    pub(crate) fn new(folder: &Path, read: SuiteFolder, checked: Option<&Path>) -> Result<Self> {
        let SuiteFolder {
            suite,
            rules,
            runs: SuiteRuns { tables, runs },
        } = read;
        let is_own = |record: &&Experiment| is_own(record);
        let own: Vec<_> = suite.experiments.iter().filter(is_own).cloned().collect();
        let readings = suite.experiments.iter().filter(|it| it.reading.is_some());
        let readings: HashSet<&str> = readings.map(|it| it.id.as_str()).collect();
        let is_of_reading = |row: &RunRow| readings.contains(&*row.experiment);
        let is_from_tables = tables.rows.iter().any(is_of_reading);
        let mut experiments = Vec::new();
        let of_suite = suite.experiments.into_iter().zip(tables.altered);
        for ((record, altered), runs) in of_suite.zip(runs) {
            let rows = tables.rows.iter().filter(|row| row.experiment == record.id);
            let rows: Vec<RunRow> = rows.cloned().collect();
            let runs = match is_from_tables {
                true => Vec::new(),
                false => runs,
            };
            if is_from_tables && !rows.is_empty() || !runs.is_empty() {
                experiments.push(ExperimentFindings {
                    record,
                    altered,
                    rows,
                    runs,
                });
            }
        }
        if experiments.is_empty() {
            bail!(
                "{}: no runs here to report on; make them first, with `mnist-lab run` or, for this \
                 repository's own results, `cargo xtask reproduce`",
                folder.display()
            );
        }

        let gradcheck = read_csv_if_there(&folder.join(GRADCHECK))?.unwrap_or_default();
        let mut claims = None;
        if let Some(rules) = rules {
            let gradients = gradients(folder, checked)?;
            let unaltered = as_written(&experiments).filter(|e| e.altered.is_empty());
            let rows: Vec<RunRow> = unaltered.flat_map(|e| e.rows.clone()).collect();
            if !rows.is_empty() {
                let runs = Runs::new(rows);
                claims = Some(Claims {
                    judged: judge(&rules, &own, &runs, &gradients),
                    rules,
                    experiments: own,
                    runs,
                    gradients,
                });
            }
        }
        let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = name.file_name().and_then(|name| name.to_str());
        let best = BestRun::of(&experiments);
        Ok(Self {
            title: suite.title,
            name: name.unwrap_or_default().to_owned(),
            data_set: None,
            experiments,
            gradcheck,
            best,
            verdicts: suite.verdicts,
            claims,
        })
    }

    /// Checks that the runs were on this data, because positions of test images are valid only there.
    ///
    /// # Errors
    /// Different data; the message names the option for the right folder.
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

    /// One row per experiment.
    pub fn summary(&self) -> Vec<SummaryRow> {
        let lines = self.experiments.iter().map(|experiment| {
            let rows: Vec<&RunRow> = experiment.rows.iter().collect();
            summarise(&experiment.record.id, &rows, &experiment.record.paper)
        });
        lines.collect()
    }

    /// The suite's own experiments, without readings and cells of grids.
    pub(crate) fn as_written(&self) -> impl Iterator<Item = &ExperimentFindings> {
        as_written(&self.experiments)
    }
}

impl Claims {
    /// The experiments whose claims the rules decide by confirmatory seeds.
    pub(crate) fn confirmed(&self) -> impl Iterator<Item = &Experiment> {
        let all = self.experiments.iter();
        all.filter(|it| self.rules.confirms(it))
    }
}

fn as_written(experiments: &[ExperimentFindings]) -> impl Iterator<Item = &ExperimentFindings> {
    experiments.iter().filter(|e| is_own(&e.record))
}

/// Whether an experiment is neither a reading nor a cell of a grid.
fn is_own(record: &Experiment) -> bool {
    record.reading.is_none() && record.cell.is_none()
}

impl ExperimentFindings {
    /// The settings of the first run, or those of the suite.
    pub(crate) fn settings(&self) -> &Settings {
        match self.runs.first() {
            Some(run) => &run.record.settings,
            None => &self.record.settings,
        }
    }

    /// A quantity's mean and interval, as text.
    pub(crate) fn mean(&self, quantity: Quantity) -> String {
        shown_mean(quantity, self.sample(quantity), self.settings().epochs)
    }

    /// The statistics of a quantity over all runs.
    pub(crate) fn sample(&self, quantity: Quantity) -> Option<Sample> {
        quantity.over(&self.rows)
    }

    /// The paper's number for a quantity, as text.
    pub(crate) fn printed(&self, quantity: Quantity) -> String {
        quantity.shown_printed(&self.record.paper)
    }
}

/// A quantity's mean and its 95 % interval, without epochs after the maximum.
pub(crate) fn mean_and_interval(
    quantity: Quantity,
    sample: Option<Sample>,
    max_epochs: u32,
) -> (Option<f64>, Option<(f64, f64)>) {
    let (mean, _) = quantity.mean_and_interval(sample);
    let interval = sample.and_then(|sample| sample.interval(0.95));
    let interval = interval.map(|range| quantity.range_at(quantity.up_to(max_epochs, range)));
    (mean, interval)
}

/// The text of [`mean_and_interval`].
pub(crate) fn shown_mean(quantity: Quantity, sample: Option<Sample>, max_epochs: u32) -> String {
    let (mean, interval) = mean_and_interval(quantity, sample, max_epochs);
    quantity.shown_mean(mean, interval)
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

/// The best of the runs that qualify, by validation loss: a choice by the test set would be biased.
pub(crate) fn tested_best(
    experiments: &[ExperimentFindings],
    qualifies: impl Fn(&CompleteRun) -> bool,
) -> Option<(&ExperimentFindings, &CompleteRun)> {
    let loss = |run: &CompleteRun| run.record.result.val_loss.unwrap_or(f64::INFINITY);
    let runs = experiments
        .iter()
        .flat_map(|e| e.runs.iter().map(move |run| (e, run)));
    let tested = runs.filter(|(_, run)| run.record.result.test_loss.is_some() && qualifies(run));
    tested.min_by(|(_, a), (_, b)| loss(a).total_cmp(&loss(b)))
}
