//! `mnist-lab run`

use std::sync::atomic::Ordering;

use anyhow::{Result, bail};
use experiments::sweep::output::RunFiles;
use experiments::sweep::partition::Task;
use experiments::sweep::runner::{Outcome, Runner};
use experiments::sweep::todo::{Earlier, Todo};
use lab_results::disk::atomic_file::read_csv;
use lab_results::names::SUMMARY;
use lab_results::store::{Collected, Writer};
use mnist_samples::PixelData;

use super::request::Request;
use super::{complain, note, print, processors};
use crate::cli::RunArgs;
use crate::ends::{Unfinished, Usage};
use crate::interrupt::{self, SIGNAL, STOP};
use crate::{console, progress};

pub(super) fn run(args: &RunArgs, quiet: bool) -> Result<()> {
    let request = Request::new(args, quiet)?;
    let mut plan = request.plan;
    let (part, folder) = match args.partition {
        None => (None, request.folder),
        Some(partition) => {
            let (part, folder) = plan.part(&request.folder, partition, task)?;
            (Some(part), folder)
        }
    };
    let store = Writer::lock(&folder)?;
    // A part holds runs of its plan and no others.
    if part.is_none() {
        plan.suite.keep_cells(store.earlier_cells()?);
    }
    let todo = Todo::new(&plan, &store, part, earlier(args))?;
    for input in args.init_from.iter().chain(&args.runs.data.data_dir) {
        todo.expect_to_keep(&store, input)?;
    }
    announce(&todo, quiet);
    todo.begin(&store)?;

    let data = PixelData::new(request.dataset);
    let files = RunFiles {
        plan: &plan,
        store: &store,
        data: &data,
        init_from: request.init_from.as_ref(),
        resume: todo.resume,
        checkpoint_every: args.checkpoint_every,
    };
    let runner = Runner {
        threads: args.threads.map_or_else(processors, usize::from),
        stop: &STOP,
        fail_fast: args.fail_fast,
    };
    interrupt::listen()?;
    let progress = progress::choose(todo.jobs.len(), quiet);
    let outcome = runner.run(&todo.jobs, &files, progress.as_ref());
    drop(progress);

    let collected = store.collect(&plan.suite);
    finish(outcome, todo.jobs.len())?;
    expect_all(&collected?)?;
    note(quiet, &format!("wrote {}", store.folder().display()));
    let summary = read_csv(&store.folder().join(SUMMARY))?;
    print(&console::summary(&summary))
}

fn earlier(args: &RunArgs) -> Earlier {
    match (args.resume, args.replace) {
        (true, _) => Earlier::Resume,
        (false, true) => Earlier::Replace,
        (false, false) => Earlier::RunAgain,
    }
}

/// The array task of this process.
fn task() -> Result<Task> {
    Task::from_variables(|name| std::env::var(name).ok()).map_err(|error| Usage(error).into())
}

/// Prints the state of earlier runs.
fn announce(todo: &Todo<'_>, quiet: bool) {
    for complaint in &todo.complaints {
        complain(&format!("{complaint}; the run is done again"));
    }
    let (done, all) = (todo.done.len(), todo.done.len() + todo.jobs.len());
    if done > 0 {
        note(quiet, &format!("{done} of {all} runs are complete"));
    }
}

/// Checks that all runs are in the tables.
fn expect_all(collected: &Collected) -> Result<()> {
    let missing = &collected.missing;
    for complaint in missing {
        complain(&format!("{complaint}; tables omit the run"));
    }
    if !missing.is_empty() {
        bail!("cannot read {} runs", missing.len());
    }
    Ok(())
}

/// The error if not all of `jobs` runs are done.
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
        "{} of {jobs} runs complete, {} with a checkpoint, {left} not started",
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

/// The command that continues this one.
fn resuming() -> String {
    let words: Result<Vec<String>, _> =
        std::env::args_os().map(|word| word.into_string()).collect();
    let Ok(mut words) = words else {
        return "the same command and --resume".to_owned();
    };
    words.retain(|word| word != "--replace");
    if !words.iter().any(|word| word == "--resume") {
        // Directly after `run`: later words may follow a `--`.
        let run = words.iter().position(|word| word == "run");
        words.insert(
            run.map_or(words.len(), |run| run + 1),
            "--resume".to_owned(),
        );
    }
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}
