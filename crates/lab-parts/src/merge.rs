//! The union of parts: every run checked, none lost, none taken twice.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::whole::{read_if_there, to_json};
use lab_results::names::{PARTS, PLAN, RUN, RUN_FILES, SUITE, TIMINGS};
use lab_results::store::{RunState, Store, WholeRun, Writer};

use crate::plan::{Job, Plan};

/// What came of a merge.
#[derive(Debug)]
pub struct Merged {
    /// How many runs the plan has.
    pub all: usize,
    /// The names of those that no part has whole, in the plan's order.
    pub missing: Vec<String>,
    /// What is wrong with runs that are damaged.
    pub damaged: Vec<String>,
}

/// The folders of the parts in a suite's folder, by name.
///
/// # Errors
/// The folder cannot be read.
pub fn parts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let parts = folder.join(PARTS);
    let cannot = || format!("{}: cannot be read", parts.display());
    let mut found = Vec::new();
    if parts.exists() {
        for entry in fs::read_dir(&parts).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            if path.join(PLAN).exists() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Copies what is whole in `parts` into the suite's folder, and writes the suite's tables. It can be done
/// again at any time, after an interruption too: a run that is there stays.
///
/// # Errors
/// No part, a part of another plan, a run of other settings, data or version, a run that two parts have
/// with different bytes, a file that cannot be read or written.
pub fn merge(folder: &Path, parts: &[PathBuf]) -> Result<Merged> {
    let plan = common_plan(folder, parts)?;
    let store = Writer::lock(folder)?;
    store.write(SUITE, &to_json(&plan.suite)?)?;
    let mut merged = Merged {
        all: 0,
        missing: Vec::new(),
        damaged: Vec::new(),
    };
    let stores: Vec<Store> = parts.iter().map(|part| Store::open(part)).collect();
    let holders = holders(&stores)?;
    for job in plan.jobs() {
        merged.all += 1;
        let mut found =
            whole(&store, &plan, job, &mut merged.damaged)?.map(|run| (folder.to_owned(), run));
        for part in holders.get(&job.key()).into_iter().flatten() {
            let Some(run) = whole(part, &plan, job, &mut merged.damaged)? else {
                continue;
            };
            match &found {
                None => {
                    copy(&store, part, job)?;
                    found = Some((part.folder().to_owned(), run));
                }
                Some((other, known)) => ensure!(
                    known.record == run.record,
                    "{} is not the same in {} and in {}",
                    job.name(),
                    other.display(),
                    part.folder().display()
                ),
            }
        }
        if found.is_none() {
            merged.missing.push(job.name());
        }
    }
    let collected = store.collect(&plan.suite)?;
    merged.damaged.extend(collected.missing);
    merged.damaged.sort();
    merged.damaged.dedup();
    Ok(merged)
}

/// The one plan that the suite's folder and all parts are of.
fn common_plan(folder: &Path, parts: &[PathBuf]) -> Result<Plan> {
    let mut common = Plan::read(folder)?.map(|plan| (folder.to_owned(), plan));
    for part in parts {
        let plan = Plan::read(part)?;
        let plan =
            plan.with_context(|| format!("{}: has no {PLAN}; it is no part", part.display()))?;
        let expected = env!("CARGO_PKG_VERSION");
        if plan.version != expected {
            bail!(
                "{}: is of version {}; expected {expected}",
                part.display(),
                plan.version
            );
        }
        match &common {
            None => common = Some((part.clone(), plan)),
            Some((other, known)) if known.sha256 != plan.sha256 || known.parts != plan.parts => {
                bail!(
                    "{} and {} are of different plans",
                    other.display(),
                    part.display()
                )
            }
            Some(_) => {}
        }
    }
    ensure!(
        !parts.is_empty(),
        "{}: no parts here to merge",
        folder.display()
    );
    let (_, plan) = common.context("no plan")?;
    Ok(plan)
}

/// Which parts have something of a run. They are listed once, so that the cost grows with the runs that there are,
/// and not with runs times parts.
fn holders(stores: &[Store]) -> Result<HashMap<(String, u64), Vec<&Store>>> {
    let mut holders: HashMap<_, Vec<&Store>> = HashMap::new();
    for store in stores {
        let folder = store.folder();
        let cannot = || format!("{}: cannot be read", folder.display());
        for entry in fs::read_dir(folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let is_folder = entry.file_type().with_context(cannot)?.is_dir();
            let Some(experiment) = entry
                .file_name()
                .to_str()
                .filter(|_| is_folder)
                .map(str::to_owned)
            else {
                continue;
            };
            for seed in store.seeds(&experiment)? {
                holders
                    .entry((experiment.clone(), seed))
                    .or_default()
                    .push(store);
            }
        }
    }
    Ok(holders)
}

/// A job's run in a store, if it is whole and has its model.
fn whole(
    store: &Store,
    plan: &Plan,
    job: Job<'_>,
    damaged: &mut Vec<String>,
) -> Result<Option<WholeRun>> {
    let run = match store.run(&job.experiment.id, job.seed) {
        None => return Ok(None),
        Some(RunState::Damaged(error)) => {
            damaged.push(format!("{error:#}"));
            return Ok(None);
        }
        Some(RunState::Unreadable(error)) => return Err(error),
        Some(RunState::Whole(run)) => *run,
    };
    let record = &run.record;
    let other = if record.settings != job.experiment.settings {
        Some("settings")
    } else if record.data != plan.data || record.classes != plan.classes {
        Some("data")
    } else if record.init_from != plan.init_from {
        Some("weights at the start")
    } else if record.version != plan.version {
        Some("a version")
    } else {
        None
    };
    if let Some(other) = other {
        let folder = store.run_folder(&job.experiment.id, job.seed);
        bail!("{}: has {other} of another plan", folder.display());
    }
    Ok(run.is_complete(plan.extras()).then_some(run))
}

/// Copies a run's files, its record last: until then it counts as not there.
fn copy(to: &Writer, from: &Store, job: Job<'_>) -> Result<()> {
    let (id, seed) = (&job.experiment.id, job.seed);
    let (source, target) = (from.run_folder(id, seed), to.make_run_folder(id, seed)?);
    to.discount(id, seed)?;
    // To flush each of them is most of what a merge of thousands of runs would take. What a power cut takes,
    // the record tells, and the next merge copies it again.
    for name in RUN_FILES.into_iter().chain([TIMINGS]) {
        if let Some(bytes) = read_if_there(&source.join(name))? {
            to.held().write_unflushed(&target.join(name), &bytes)?;
        }
    }
    if let Some(record) = read_if_there(&source.join(RUN))? {
        to.held().write(&target.join(RUN), &record)?;
    }
    match to.run(id, seed) {
        Some(RunState::Whole(_)) => Ok(()),
        _ => bail!("{}: was not copied whole", source.display()),
    }
}
