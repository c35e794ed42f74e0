//! The request to `mnist-lab run`: for a complete plan, a part, or a submission.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use experiments::run::check;
use experiments::sweep::plan::Plan;
use lab_results::disk::atomic_file;
use lab_results::model::AnyModel;
use lab_results::store::Extras;
use lab_results::suite::{Experiment, Submit};
use mnist_data::Dataset;

use super::open_data;
use super::suite::load_suite;
use crate::cli::{RunArgs, SuiteArgs};
use crate::ends::Usage;

/// The plan and the inputs of a command. Making this value writes nothing, so mistakes in a request leave the results
/// alone.
pub(super) struct Request {
    pub(super) plan: Plan,
    /// The suite's name.
    pub(super) name: String,
    /// The suite's options for a scheduler.
    pub(super) submit: Submit,
    /// The folder of the suite's results.
    pub(super) folder: PathBuf,
    pub(super) dataset: Dataset,
    pub(super) init_from: Option<AnyModel>,
}

impl Request {
    pub(super) fn new(args: &RunArgs, quiet: bool) -> Result<Self> {
        let suite = load_suite(&suite_args(args))?;
        let experiments = suite.experiments()?;
        let seeds = suite.seeds(&args.runs.seeds).map_err(Usage)?;
        expect_few(&experiments, seeds.len(), args).map_err(Usage)?;
        let dataset = open_data(&args.runs.data, quiet)?;
        let start = args.init_from.as_deref().map(read_start).transpose()?;
        let (init_from, sha256) = start.unzip();
        for experiment in &experiments {
            check(&experiment.settings, &dataset, init_from.as_ref())
                .with_context(|| format!("experiment `{}`", experiment.id))?;
        }
        let extras = Extras {
            init: args.save_init,
            steps: args.log_steps,
        };
        let name = suite.as_written.name.clone();
        Ok(Self {
            plan: suite.plan(&seeds, &dataset, sha256, extras)?,
            folder: args.runs.out.join(&name),
            name,
            submit: suite.as_written.submit,
            dataset,
            init_from,
        })
    }
}

/// Checks that a grid is not large by mistake.
fn expect_few(experiments: &[&Experiment], seeds: usize, args: &RunArgs) -> Result<()> {
    let cells = experiments.iter().filter(|it| it.cell.is_some()).count();
    let runs = cells * seeds;
    ensure!(
        args.yes || runs <= MOST_RUNS,
        "{runs} runs: {cells} cells with {seeds} seeds; add --yes for more than {MOST_RUNS}"
    );
    Ok(())
}

/// The maximum number of runs of a grid without `--yes`.
const MOST_RUNS: usize = 1000;

/// The suite's options, with `--epochs` as one more `--set`.
fn suite_args(args: &RunArgs) -> SuiteArgs {
    let mut suite = args.runs.suite.clone();
    let epochs = args.epochs.map(|epochs| format!("epochs={epochs}"));
    suite.set.extend(epochs);
    suite
}

/// The model with the initial weights, and the SHA-256 of its file.
fn read_start(path: &Path) -> Result<(AnyModel, String)> {
    let bytes = atomic_file::read(path)?;
    let model = AnyModel::parse_file(path, &bytes)?;
    Ok((model, atomic_file::sha256(&bytes)))
}
