//! `mnist-lab run`

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use anyhow::{Result, bail};
use experiments::run::RunOptions;
use experiments::run::plan::{Earlier, Plan, Request};
use experiments::run::sweep::{Outcome, Sweep};
use lab_parts::partition::Task;
use lab_results::disk::whole::read_csv;
use lab_results::names::SUMMARY;
use lab_results::store::{SuiteRecord, Writer};
use lab_results::suite::{Experiment, Suite};
use mnist_samples::PixelData;

use super::asked::Asked;
use super::{complain, print, processors};
use crate::cli::RunArgs;
use crate::ends::{Unfinished, Usage};
use crate::interrupt::{self, SIGNAL, STOP};
use crate::{console, progress};

pub(crate) fn run(args: &RunArgs, quiet: bool) -> Result<()> {
    let asked = Asked::new(args, quiet)?;
    let (part, folder) = match args.partition {
        None => (None, asked.folder.clone()),
        Some(partition) => {
            let plan = asked.in_parts(&args.seeds.0)?;
            let (part, folder) = plan.part(&asked.folder, partition, task)?;
            (Some(part), folder)
        }
    };
    let Asked {
        suite,
        dataset,
        init_from,
        source,
        extras,
        ..
    } = asked;
    let experiments = suite.experiments()?;
    let data = PixelData::new(dataset);
    let options = RunOptions {
        threads: args.threads.map_or_else(processors, usize::from),
        init_from: init_from.as_ref(),
        extras,
        stop: &STOP,
    };
    let store = Writer::lock(&folder)?;
    // A part holds runs of its plan and no others.
    let earlier = match part {
        None => store.earlier_cells()?,
        Some(_) => Vec::new(),
    };
    let [as_written, all] =
        [&suite.as_written, &suite.with_overrides].map(|it| with_cells(it, &earlier));
    let takes = |place| part.is_none_or(|part| part.has(place));
    let plan = Plan::new(
        &Request {
            suite: &all,
            experiments: &experiments,
            seeds: &args.seeds.0,
            source: &source,
            earlier: match (args.resume, args.replace) {
                (true, _) => Earlier::Resume,
                (false, true) => Earlier::Replace,
                (false, false) => Earlier::RunAnew,
            },
            extras: options.extras,
            takes: &takes,
        },
        &store,
    )?;
    announce(&plan, quiet);
    store.begin(&as_written)?;
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

    let collected = store.collect(&SuiteRecord::of(&all));
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

/// A suite and the cells that earlier grids have left in its folder: what they have run stays in the tables and
/// in the report.
fn with_cells(suite: &Suite, earlier: &[Experiment]) -> Suite {
    let mut all = suite.clone();
    let known: HashSet<&str> = suite.experiments.iter().map(|it| it.id.as_str()).collect();
    let others = earlier.iter().filter(|it| !known.contains(it.id.as_str()));
    all.experiments.extend(others.cloned());
    all
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
