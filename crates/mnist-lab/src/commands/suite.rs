//! The suite that the options of a command name, with their changes.

use std::collections::HashSet;

use anyhow::{Context, Result, bail};
use experiments::suites;
use experiments::sweep::plan::Plan;
use lab_claims::Rules;
use lab_results::data_set::data_files;
use lab_results::printed::Printed;
use lab_results::store::{Extras, Source, SuiteRecord};
use lab_results::suite::{Experiment, Grid, Suite, set};
use mnist_data::Dataset;

use crate::cli::{Seeds, SuiteArgs};
use crate::ends::Usage;

/// A suite as in its file, and with the changes of the command line.
pub(super) struct LoadedSuite {
    /// The experiments of the file, and the cells of `--grid`.
    pub(super) as_written: Suite,
    pub(super) with_overrides: Suite,
    /// The ids of the selected experiments.
    chosen: Vec<String>,
}

impl LoadedSuite {
    /// The selected experiments, with the changes.
    pub(super) fn experiments(&self) -> Result<Vec<&Experiment>> {
        self.with_overrides.select(&self.chosen)
    }

    /// The seeds of the runs: those in the options, or drawn from the suite's rules.
    pub(super) fn seeds(&self, seeds: &Seeds) -> Result<Vec<u64>> {
        match seeds {
            Seeds::Listed(seeds) => Ok(seeds.clone()),
            Seeds::Drawn => {
                let rules = Rules::of(&SuiteRecord::of(&self.as_written))?;
                let rules = rules
                    .context("--seeds drawn: expected a suite with rules, such as confirmatory");
                Ok(rules?.confirmatory)
            }
        }
    }

    /// The plan of the selected experiments; `init_from` is the SHA-256 of a model with the initial weights.
    pub(super) fn plan(
        &self,
        seeds: &[u64],
        dataset: &Dataset,
        init_from: Option<String>,
        extras: Extras,
    ) -> Result<Plan> {
        let source = Source {
            data: data_files(dataset),
            classes: dataset.classes(),
            init_from,
        };
        let record = SuiteRecord::of(&self.as_written);
        Ok(Plan::new(
            record,
            &self.experiments()?,
            seeds,
            source,
            extras,
        ))
    }
}

/// Loads the suite that the options name, and applies `--set` to the selected experiments; `--grid` then makes cells of
/// them. Mistakes in the options are usage errors; other mistakes are errors in the file.
pub(super) fn load_suite(options: &SuiteArgs) -> Result<LoadedSuite> {
    let ids = &options.experiments;
    let mut overrides = toml::Table::new();
    for assignment in &options.set {
        set(&mut overrides, assignment).map_err(Usage)?;
    }
    let as_written = suites::load(&options.suite)?;
    // Invalid rules are found before the runs, not after.
    Rules::of(&SuiteRecord::of(&as_written)).with_context(|| format!("suite {}", options.suite))?;
    let selected = as_written.select(ids).map_err(Usage)?;
    let keys = overrides.keys().map(String::as_str);
    expect_not_varied("--set", &selected, keys).map_err(Usage)?;
    let mut with_overrides = as_written.clone();
    for experiment in &mut with_overrides.experiments {
        if ids.is_empty() || ids.contains(&experiment.id) {
            let settings = experiment
                .settings
                .with(&overrides)
                .with_context(|| format!("experiment `{}`", experiment.id))
                .map_err(Usage)?;
            if settings != experiment.settings {
                // The paper has no numbers for changed settings.
                experiment.paper = Printed::default();
            }
            experiment.settings = settings;
        }
    }
    let mut suite = LoadedSuite {
        as_written,
        with_overrides,
        chosen: ids.to_vec(),
    };
    if !options.grid.is_empty() {
        add_cells(&mut suite, &options.grid, &overrides).map_err(Usage)?;
    }
    Ok(suite)
}

/// Adds the cells of a grid over the selected experiments to the suite, and selects them.
fn add_cells(suite: &mut LoadedSuite, lists: &[String], overrides: &toml::Table) -> Result<()> {
    let grid = Grid::from_assignments(lists).context("--grid")?;
    if let Some(key) = grid.settings().find(|key| overrides.contains_key(*key)) {
        bail!("--grid: `{key}` is also in --set; expected one of the two");
    }
    let experiments = suite.experiments()?;
    expect_not_varied("--grid", &experiments, grid.settings())?;
    let cells = grid.over_experiments(&experiments);
    let cells = cells.context("--grid")?;
    for cell in &cells {
        if suite.as_written.experiments.iter().any(|e| e.id == cell.id) {
            bail!("--grid: experiment `{}` exists in the suite", cell.id);
        }
    }
    suite.chosen = cells.iter().map(|cell| cell.id.clone()).collect();
    suite.as_written.experiments.extend(cells.iter().cloned());
    suite.with_overrides.experiments.extend(cells);
    Ok(())
}

/// Checks that the suite's own grid varies none of these settings: its cells are named by their values.
fn expect_not_varied<'a>(
    option: &str,
    experiments: &[&Experiment],
    mut keys: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let cells = experiments.iter().filter_map(|it| it.cell.as_ref());
    let varied: HashSet<&str> = cells
        .flat_map(|it| &it.varies)
        .map(|it| it.setting.as_str())
        .collect();
    match keys.find(|key| varied.contains(key)) {
        None => Ok(()),
        Some(key) => {
            bail!("{option}: the suite's grid varies `{key}` too; expected another setting")
        }
    }
}
