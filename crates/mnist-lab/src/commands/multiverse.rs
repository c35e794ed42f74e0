//! `mnist-lab study multiverse`

use std::sync::atomic::Ordering;

use anyhow::Result;
use experiments::sweep::multiverse::Multiverse;
use experiments::sweep::rows::RowTable;
use experiments::sweep::runner::Runner;
use lab_claims::combinations::nearest;
use lab_report::{Sources, write_report};
use lab_results::store::Writer;
use mnist_samples::PixelData;

use super::{note, open_data, print, processors};
use crate::cli::MultiverseArgs;
use crate::ends::Unfinished;
use crate::interrupt::{self, SIGNAL, STOP};
use crate::progress;

pub(super) fn multiverse(args: &MultiverseArgs, quiet: bool) -> Result<()> {
    let folder = args.out.join("multiverse");
    run(args, &Writer::lock(&folder)?, quiet)?;
    let report = write_report(&folder, &Sources::none())?;
    note(quiet, &format!("wrote {}", report.path.display()));
    print(&format!("{}\n", report.headline))
}

/// Runs all cells with seed 0, then the nearest combinations with more seeds.
fn run(args: &MultiverseArgs, store: &Writer, quiet: bool) -> Result<()> {
    let multiverse = Multiverse::load(args.choices.as_deref())?;
    let data = PixelData::new(open_data(&args.data, quiet)?);
    let mut table = RowTable::open(&multiverse, &data, store)?;
    let runner = Runner {
        threads: args.threads.map_or_else(processors, usize::from),
        stop: &STOP,
        fail_fast: true,
    };
    interrupt::listen()?;
    let run_cells = |table: &RowTable<'_>, cells: &[Vec<usize>], seeds: &[u64]| -> Result<()> {
        let experiments = multiverse.planned(cells)?;
        let jobs = table.jobs_without_rows(&experiments, seeds);
        let all = experiments.len() * seeds.len();
        if jobs.len() < all {
            let done = all - jobs.len();
            note(quiet, &format!("{done} of {all} runs are complete"));
        }
        let progress = progress::choose(jobs.len(), quiet);
        let mut outcome = runner.run(&jobs, table, progress.as_ref());
        drop(progress);
        match outcome.failures.pop() {
            Some(failure) => Err(failure),
            None if outcome.done < jobs.len() => Err(Unfinished {
                signal: SIGNAL.load(Ordering::Relaxed),
                message: format!("{} of {} runs complete", outcome.done, jobs.len()),
                resume: "the same command".to_owned(),
            }
            .into()),
            None => Ok(()),
        }
    };
    let mut order = multiverse.order();
    order.truncate(args.cells.map_or(usize::MAX, |cells| cells as usize));
    run_cells(&table, &order, &[0])?;
    let nearest = nearest(table.combinations(), &table.rows(), args.best as usize);
    let more: Vec<u64> = (1..args.seeds).collect();
    let cells = table.only(&nearest);
    run_cells(&table, &cells, &more)
}
