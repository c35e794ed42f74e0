//! `mnist-lab study multiverse`

mod work;

use std::path::Path;

use anyhow::{Context, Result, bail};
use experiments::suites;
use lab_multiverse::table::{READINGS, parse_csv};
use lab_multiverse::{Cell, Multiverse, Origin, fit, write_report};
use lab_results::disk::whole::{read_if_there, read_small};
use lab_results::store::{Writer, data_files};
use mnist_samples::PixelData;
use nn_train::Stopping;

use self::work::{Job, Work};
use super::{complain, open_data, print};
use crate::cli::MultiverseArgs;
use crate::interrupt;

/// What they are of.
const ORIGIN: &str = "multiverse.json";

pub(crate) fn multiverse(options: &MultiverseArgs, quiet: bool) -> Result<()> {
    let multiverse = load(options.choices.as_deref())?;
    let store = Writer::lock(&options.out.join("multiverse"))?;
    let path = store.folder().join(READINGS);
    let here = || store.folder().display().to_string();
    let earlier = match read_if_there(&path)? {
        None => Vec::new(),
        Some(bytes) => {
            parse_csv(&multiverse, &bytes).with_context(|| path.display().to_string())?
        }
    };
    let earlier_of = origin(&store, !earlier.is_empty())?;
    let mut order = multiverse.order();
    let mut work = Work::new(&multiverse, &store, &order, earlier, quiet);
    if options.report {
        if let Some(earlier_of) = earlier_of {
            let now = Origin::new(&multiverse, earlier_of.data().to_vec());
            earlier_of.check_same(&now).with_context(here)?;
        }
    } else {
        let rules = multiverse.stopping.iter().map(|name| name.parse());
        let rules: Vec<Stopping> = rules.collect::<Result<_, _>>()?;
        let data = PixelData::new(open_data(&options.data, quiet)?);
        let now = Origin::new(&multiverse, data_files(data.dataset()));
        match earlier_of {
            Some(earlier_of) => earlier_of.check_same(&now).with_context(here)?,
            None => store.write(ORIGIN, now.to_json()?.as_bytes())?,
        }
        let threads = options.threads.map_or_else(super::processors, usize::from);
        interrupt::listen()?;
        order.truncate(options.cells.map_or(usize::MAX, |cells| cells as usize));
        work.run(&jobs(&multiverse, &order, 0..1), &rules, &data, threads)?;
        let nearest = fit::nearest(&multiverse, &work.readings(), options.best as usize);
        let more = jobs(&multiverse, &nearest, 1..options.seeds);
        work.run(&more, &rules, &data, threads)?;
    }
    let (page, answer) = write_report(&store, &multiverse, &work.readings())?;
    if !quiet {
        complain(&format!("wrote {}", page.display()));
    }
    print(&format!("{answer}\n"))
}

/// What the runs in a folder are of; `None` in a new one.
fn origin(store: &Writer, has_readings: bool) -> Result<Option<Origin>> {
    let path = store.folder().join(ORIGIN);
    let here = || path.display().to_string();
    match read_if_there(&path)? {
        Some(bytes) => Ok(Some(Origin::parse(&bytes).with_context(here)?)),
        None if has_readings => bail!(
            "{}: is missing beside {READINGS}, so nothing says what that is of",
            here()
        ),
        None => Ok(None),
    }
}

pub(super) fn load(path: Option<&Path>) -> Result<Multiverse> {
    match path {
        None => Multiverse::parse(suites::MULTIVERSE, suites::load).context("the built-in choices"),
        Some(path) => {
            let text = String::from_utf8(read_small(path)?).context("is no text");
            text.and_then(|text| Multiverse::parse(&text, suites::load))
                .with_context(|| path.display().to_string())
        }
    }
}

fn jobs<'a>(
    multiverse: &'a Multiverse,
    cells: &[Cell],
    seeds: std::ops::Range<u64>,
) -> Vec<Job<'a>> {
    let each = seeds.flat_map(|seed| {
        cells.iter().flat_map(move |cell| {
            let experiments = multiverse.experiments.iter();
            experiments.map(move |experiment| (experiment, seed, cell.clone()))
        })
    });
    each.collect()
}
