//! `mnist-lab run`

use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail, ensure};
use experiments::run::plan::{Earlier, Plan, Request, largest_first};
use experiments::run::sweep::{Outcome, Sweep};
use experiments::run::{RunOptions, check};
use lab_parts::partition::Task;
use lab_parts::plan::{self as parts, Planned};
use lab_results::disk::whole::{self, read_csv};
use lab_results::model::AnyModel;
use lab_results::names::SUMMARY;
use lab_results::store::{Extras, Source, Store, SuiteRecord, Writer, data_files};
use lab_results::suite::Experiment;
use mnist_samples::PixelData;

use super::{LoadedSuite, complain, load_suite, open_data, print};
use crate::cli::{RunArgs, SuiteArgs};
use crate::ends::{Unfinished, Usage};
use crate::interrupt::{self, SIGNAL, STOP};
use crate::{console, progress};

pub(crate) fn run(args: &RunArgs, quiet: bool) -> Result<()> {
    // All that can fail without touching results comes first.
    let mut suite = load_suite(&suite_args(args), &args.experiments)?;
    let folder = args.out.join(&suite.as_written.name);
    if args.partition.is_none() {
        keep_cells(&mut suite, &folder)?;
    }
    let experiments = suite.experiments()?;
    expect_few(&experiments, args).map_err(Usage)?;
    let LoadedSuite {
        as_written,
        with_overrides,
        ..
    } = &suite;
    let dataset = open_data(&args.data, quiet)?;
    let start = args.init_from.as_deref().map(read_start).transpose()?;
    let (init_from, sha256) = start.unzip();
    for experiment in &experiments {
        check(experiment, &dataset, init_from.as_ref())
            .with_context(|| format!("experiment `{}`", experiment.id))?;
    }
    let source = Source {
        data: data_files(&dataset),
        classes: dataset.classes(),
        init_from: sha256,
    };
    let data = PixelData::new(dataset);
    let options = RunOptions {
        threads: args.threads.map_or_else(processors, usize::from),
        init_from: init_from.as_ref(),
        extras: Extras {
            init: args.save_init,
            steps: args.log_steps,
        },
        stop: &STOP,
    };

    let (part, folder) = match args.partition {
        None => (None, folder),
        Some(partition) => {
            let suite = SuiteRecord::of(as_written);
            let planned = planned(&experiments);
            let plan = parts::Plan::new(
                suite,
                planned,
                args.seeds.0.clone(),
                &source,
                options.extras,
            )?;
            let (part, folder) = plan.part(&folder, partition, task)?;
            (Some(part), folder)
        }
    };
    let store = Writer::lock(&folder)?;
    let plan = Plan::new(
        &Request {
            suite: with_overrides,
            experiments: &experiments,
            seeds: &args.seeds.0,
            source: &source,
            earlier: match (args.resume, args.replace) {
                (true, _) => Earlier::Resume,
                (false, true) => Earlier::Replace,
                (false, false) => Earlier::RunAnew,
            },
            extras: options.extras,
            part: part.map(|part| (part.part, part.of)),
        },
        &store,
    )?;
    announce(&plan, quiet);
    store.begin(as_written)?;
    plan.make_room(&store)?;

    let sweep = Sweep {
        options,
        data: &data,
        source: &source,
        store: &store,
        resume: plan.resume,
        checkpoint_every: args.checkpoint_every,
        fail_fast: args.fail_fast,
    };
    interrupt::listen()?;
    let progress = progress::choose(plan.jobs.len(), quiet);
    let outcome = sweep.run(&plan.jobs, progress.as_ref());
    drop(progress);

    let collected = store.collect(&SuiteRecord::of(with_overrides));
    finish(outcome, plan.jobs.len())?;
    let missing = collected?.missing;
    for complaint in &missing {
        complain(&format!("{complaint}; the run is in no table"));
    }
    if !missing.is_empty() {
        bail!("{} runs are damaged or cannot be read", missing.len());
    }
    if !quiet {
        complain(&format!("results are in {}", store.folder().display()));
    }
    let summary = read_csv(&store.folder().join(SUMMARY))?;
    print(&console::summary(&summary))
}

/// The array task that this process is.
fn task() -> Result<Task> {
    Task::from_variables(|name| std::env::var(name).ok()).map_err(|error| Usage(error).into())
}

/// Experiments as a plan in parts has them.
pub(super) fn planned(experiments: &[&Experiment]) -> Vec<Planned> {
    let experiments = largest_first(experiments).into_iter();
    let planned = experiments.map(|experiment| Planned {
        id: experiment.id.clone(),
        settings: experiment.settings.clone(),
    });
    planned.collect()
}

/// Lets the suite keep the cells that earlier grids have left in its folder: what they have run stays in the
/// tables and in the report.
fn keep_cells(suite: &mut LoadedSuite, folder: &Path) -> Result<()> {
    if suite.chosen.is_empty() {
        // All of the suite's, which those are not.
        let all = suite.as_written.experiments.iter();
        suite.chosen = all.map(|experiment| experiment.id.clone()).collect();
    }
    for cell in Store::open(folder).earlier_cells()? {
        if !suite
            .as_written
            .experiments
            .iter()
            .any(|it| it.id == cell.id)
        {
            suite.as_written.experiments.push(cell.clone());
            suite.with_overrides.experiments.push(cell);
        }
    }
    Ok(())
}

/// Checks that a grid is not larger than one may have meant.
fn expect_few(experiments: &[&Experiment], args: &RunArgs) -> Result<()> {
    let cells = experiments.iter().filter(|it| it.cell.is_some()).count();
    let seeds = args.seeds.0.len();
    let runs = cells * seeds;
    ensure!(
        args.yes || runs <= MOST_RUNS,
        "{cells} cells with {seeds} seeds are {runs} runs; add --yes for more than {MOST_RUNS}"
    );
    Ok(())
}

/// The most runs of a grid that begin without being asked for twice.
const MOST_RUNS: usize = 1000;

/// The suite's options, among which `--epochs` is one more `--set`.
fn suite_args(args: &RunArgs) -> SuiteArgs {
    let mut suite = args.suite.clone();
    let epochs = args.epochs.map(|epochs| format!("epochs={epochs}"));
    suite.set.extend(epochs);
    suite
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Says what the plan found.
fn announce(plan: &Plan<'_>, quiet: bool) {
    for complaint in &plan.complaints {
        complain(&format!("{complaint}; the run does not count"));
    }
    let (here, all) = (plan.here.len(), plan.here.len() + plan.jobs.len());
    if here > 0 && !quiet {
        complain(&format!(
            "{here} of {all} runs are here already, with these settings and data"
        ));
    }
}

/// What is to be said if not all of `jobs` runs are done.
fn finish(mut outcome: Outcome, jobs: usize) -> Result<()> {
    let failed = outcome.failures.len();
    let left = jobs - outcome.done - outcome.stopped - failed;
    let signal = SIGNAL.load(Ordering::Relaxed);
    if failed == 0 && outcome.stopped + left == 0 {
        return Ok(());
    }
    if failed == 1 && jobs == 1 {
        return Err(outcome.failures.remove(0));
    }
    for failure in &outcome.failures {
        complain(&format!("failed: {failure:#}"));
    }
    let state = format!(
        "{} of {jobs} runs are done, {} left a checkpoint, {left} did not begin",
        outcome.done, outcome.stopped
    );
    Err(Unfinished {
        signal,
        message: match signal {
            0 => format!("{failed} of {jobs} runs failed; {state}"),
            _ => state,
        },
        resume: resuming(),
    }
    .into())
}

/// This command, but going on where it stopped.
fn resuming() -> String {
    let words: Result<Vec<String>, _> =
        std::env::args_os().map(|word| word.into_string()).collect();
    let Ok(mut words) = words else {
        return "the same command and --resume".to_owned();
    };
    words.retain(|word| word != "--replace");
    if !words.iter().any(|word| word == "--resume") {
        // Before what may be no options any more.
        let run = words.iter().position(|word| word == "run");
        words.insert(
            run.map_or(words.len(), |run| run + 1),
            "--resume".to_owned(),
        );
    }
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

/// A model to start from, and its file's SHA-256.
fn read_start(path: &Path) -> Result<(AnyModel, String)> {
    let bytes = whole::read(path)?;
    let model = AnyModel::parse(&bytes).with_context(|| path.display().to_string())?;
    Ok((model, whole::sha256(&bytes)))
}
