//! `mnist-lab run`

use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail};
use experiments::artifact::{self, read_csv};
use experiments::checkpoint;
use experiments::console;
use experiments::lock::Lock;
use experiments::model::AnyModel;
use experiments::pixels::PixelData;
use experiments::progress;
use experiments::run::{RunOptions, check};
use experiments::runner::{Job, Outcome, Sweep};
use experiments::store::{Source, Store, data_files};
use experiments::suite::Suite;

use super::{complain, load_suite, open_data, print};
use crate::cli;
use crate::interrupt::{self, SIGNAL, STOP};
use crate::{Interrupted, Usage};

pub(crate) fn run(options: &cli::RunOptions, quiet: bool) -> Result<()> {
    let mut with_epochs = options.suite.clone();
    let epochs = options.epochs.map(|epochs| format!("epochs={epochs}"));
    with_epochs.set.extend(epochs);
    let suite = load_suite(&with_epochs, &options.experiments)?;
    let experiments = suite.select(&options.experiments).map_err(Usage)?;
    let dataset = open_data(&options.data)?;
    let (init_from, sha256) = match options.init_from.as_deref().map(start).transpose()? {
        None => (None, None),
        Some((model, sha256)) => (Some(model), Some(sha256)),
    };
    let source = Source {
        data: data_files(&dataset),
        classes: dataset.classes(),
        init_from: sha256,
    };
    for experiment in &experiments {
        check(experiment, &dataset, init_from.as_ref())
            .with_context(|| format!("experiment `{}`", experiment.id))?;
    }
    // All that can fail without touching results comes first.
    let data = PixelData::new(dataset)?;
    let store = Store::new(&options.out, &suite.name);
    let _lock = Lock::take(store.folder())?;
    for complaint in store.complaints(&suite)? {
        complain(&format!("{complaint}; the run does not count"));
    }
    for experiment in &experiments {
        if let Err(other) = store.expect_same(experiment, &source) {
            if !options.replace {
                return Err(other);
            }
            store.remove(&experiment.id)?;
        }
    }
    store.begin(&Suite::load(&options.suite.suite)?)?;

    // All experiments of one seed, then the next: a first result of each comes early.
    let all: Vec<Job<'_>> = (options.seeds.0.iter())
        .flat_map(|&seed| {
            let experiments = experiments.iter();
            experiments.map(move |experiment| Job { experiment, seed })
        })
        .collect();
    let wanted = RunOptions {
        threads: options.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, usize::from),
            usize::from,
        ),
        init_from: init_from.as_ref(),
        save_init: options.save_init,
        log_steps: options.log_steps,
        stop: &STOP,
    };
    let is_here =
        |job: &Job<'_>| options.resume && store.has(job.experiment, job.seed, &source, &wanted);
    let (here, jobs): (Vec<Job<'_>>, Vec<Job<'_>>) = all.iter().copied().partition(is_here);
    for job in &here {
        // Left by a process that was killed between a run's end and its tidying.
        checkpoint::clear(&store.run_folder(&job.experiment.id, job.seed))?;
    }
    if !options.resume {
        for job in &jobs {
            // Or an interruption would bring back what was to be run anew.
            store.discount(&job.experiment.id, job.seed)?;
        }
    }
    if !here.is_empty() && !quiet {
        let (here, all) = (here.len(), all.len());
        complain(&format!(
            "{here} of {all} runs are here already, with these settings and data"
        ));
    }

    let sweep = Sweep {
        options: wanted,
        data: &data,
        source: &source,
        store: &store,
        resume: options.resume,
        checkpoint_every: options.checkpoint_every,
        fail_fast: options.fail_fast,
    };
    interrupt::listen()?;
    let progress = progress::choose(jobs.len(), quiet);
    let outcome = sweep.run(&jobs, progress.as_ref());
    drop(progress);

    let collected = store.collect(&suite);
    finish(outcome, jobs.len())?;
    collected?;
    if !quiet {
        complain(&format!("results are in {}", store.folder().display()));
    }
    let summary = read_csv(&store.folder().join("summary.csv"))?;
    print(&console::summary(&summary))
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
    let state = format!(
        "{} of {jobs} runs are done, {} left a checkpoint, {left} did not begin; go on with\n  {}",
        outcome.done,
        outcome.stopped,
        resuming()
    );
    for failure in &outcome.failures {
        complain(&format!("failed: {failure:#}"));
    }
    if signal == 0 {
        bail!("{failed} of {jobs} runs failed; {state}");
    }
    Err(Interrupted {
        signal,
        message: state,
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
fn start(path: &Path) -> Result<(AnyModel, String)> {
    let bytes = artifact::read(path)?;
    let model = AnyModel::parse(&bytes).with_context(|| path.display().to_string())?;
    Ok((model, artifact::sha256(&bytes)))
}
