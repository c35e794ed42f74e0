//! `mnist-lab study multiverse`

mod work;

use anyhow::Result;
use experiments::sweep::multiverse::Multiverse;
use lab_claims::combinations::nearest;
use lab_report::{Sources, write_report};
use lab_results::disk::whole::to_json;
use lab_results::names::COMBINATIONS;
use lab_results::store::{Writer, data_files};
use mnist_samples::PixelData;

use self::work::{Job, Work};
use super::{complain, open_data, print};
use crate::cli::MultiverseArgs;
use crate::interrupt;

pub(crate) fn multiverse(options: &MultiverseArgs, quiet: bool) -> Result<()> {
    let folder = options.out.join("multiverse");
    run(options, &Writer::lock(&folder)?, quiet)?;
    let report = write_report(&folder, &Sources::none())?;
    if !quiet {
        complain(&format!("wrote {}", report.path.display()));
    }
    print(&format!("{}\n", report.headline))
}

/// Runs the combinations.
fn run(options: &MultiverseArgs, store: &Writer, quiet: bool) -> Result<()> {
    let multiverse = Multiverse::load(options.choices.as_deref())?;
    let data = PixelData::new(open_data(&options.data, quiet)?);
    let combinations = multiverse.record(data_files(data.dataset()));
    let earlier = combinations.rows_in(store.folder())?;
    store.write(COMBINATIONS, &to_json(&combinations)?)?;
    let threads = options.threads.map_or_else(super::processors, usize::from);
    interrupt::listen()?;
    let mut order = multiverse.order();
    let mut work = Work::new(&multiverse, &combinations, store, &order, earlier, quiet);
    order.truncate(options.cells.map_or(usize::MAX, |cells| cells as usize));
    work.run(&jobs(&multiverse, &order, 0..1), &data, threads)?;
    let nearest = nearest(&combinations, &work.readings(), options.best as usize);
    let more = jobs(&multiverse, &nearest, 1..options.seeds);
    work.run(&more, &data, threads)
}

fn jobs<'a>(
    multiverse: &'a Multiverse,
    cells: &[Vec<usize>],
    seeds: std::ops::Range<u64>,
) -> Vec<Job<'a>> {
    let each = seeds.flat_map(|seed| {
        cells.iter().flat_map(move |cell| {
            let experiments = multiverse.experiments().iter();
            experiments.map(move |experiment| (experiment, seed, cell.clone()))
        })
    });
    each.collect()
}
