//! `mnist-lab run`

use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use experiments::artifact::{self, read_csv};
use experiments::console;
use experiments::model::AnyModel;
use experiments::pixels::PixelData;
use experiments::progress;
use experiments::run::{RunOptions, check};
use experiments::runner::{Job, run_all};
use experiments::store::{Source, Store, data_files};
use mnist_data::checksum::HashingReader;

use super::{complain, load_suite, open_data, print};
use crate::Usage;
use crate::cli;

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
        init_from: sha256,
    };
    for experiment in &experiments {
        check(experiment, &dataset, init_from.as_ref())
            .with_context(|| format!("experiment `{}`", experiment.id))?;
    }
    let store = Store::new(&options.out, &suite.name);
    for experiment in &experiments {
        if let Err(other) = store.expect_same(experiment, &source) {
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
    let save = |job: &Job<'_>, result: &_| store.save(&job.experiment.settings, &source, result);
    let wanted = RunOptions {
        threads,
        init_from: init_from.as_ref(),
        save_init: options.save_init,
        log_steps: options.log_steps,
    };
    run_all(&jobs, &data, &wanted, progress.as_ref(), &save)?;
    drop(progress);

    store.collect(&suite)?;
    if !quiet {
        complain(&format!("results are in {}", store.folder().display()));
    }
    let summary = read_csv(&store.folder().join("summary.csv"))?;
    print(&console::summary(&summary))
}

/// A model to start from, and its file's SHA-256.
fn start(path: &Path) -> Result<(AnyModel, String)> {
    let bytes = artifact::read(path)?;
    let model = AnyModel::parse(&bytes).with_context(|| path.display().to_string())?;
    let mut reader = HashingReader::new(bytes.as_slice());
    io::copy(&mut reader, &mut io::sink())?;
    Ok((model, reader.finish()))
}
