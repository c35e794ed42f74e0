//! `mnist-lab run`

use anyhow::{Context, Result};
use experiments::artifact::read_csv;
use experiments::console;
use experiments::pixels::PixelData;
use experiments::progress;
use experiments::run::check;
use experiments::runner::{Job, run_all};
use experiments::store::{Store, data_files};

use super::{complain, load_suite, open_data, print};
use crate::Usage;
use crate::cli::RunOptions;

pub(crate) fn run(options: &RunOptions, quiet: bool) -> Result<()> {
    let suite = load_suite(&options.suite, &options.experiments)?;
    let experiments = suite.select(&options.experiments).map_err(Usage)?;
    let dataset = open_data(&options.data)?;
    let files = data_files(&dataset);

    for experiment in &experiments {
        check(experiment, &dataset).with_context(|| format!("experiment `{}`", experiment.id))?;
    }
    let store = Store::new(&options.out, &suite.name);
    for experiment in &experiments {
        if let Err(other) = store.expect_same(experiment, &files) {
            if !options.replace {
                return Err(other);
            }
            store.remove(&experiment.id)?;
        }
    }
    store.begin(&suite)?;

    let data = PixelData::new(dataset)?;
    let seeds = &options.seeds.0;
    // All experiments of one seed, then the next: a first result of each comes early.
    let jobs: Vec<Job<'_>> = seeds
        .iter()
        .flat_map(|&seed| {
            experiments
                .iter()
                .map(move |experiment| Job { experiment, seed })
        })
        .collect();
    let threads = options.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let progress = progress::choose(jobs.len(), quiet);
    let save = |job: &Job<'_>, result: &_| store.save(&job.experiment.settings, &files, result);
    run_all(&jobs, &data, threads, progress.as_ref(), &save)?;
    drop(progress);

    store.collect(&suite)?;
    if !quiet {
        complain(&format!("results are in {}", store.folder().display()));
    }
    let summary = read_csv(&store.folder().join("summary.csv"))?;
    print(&console::summary(&summary))
}
