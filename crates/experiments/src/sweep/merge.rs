//! Merges parts: every run is checked, none is lost, and none is counted twice.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use lab_results::disk::atomic_file::{read_if_there, remove, to_json};
use lab_results::names::{RUN, RUN_FILES, SUITE, TIMINGS};
use lab_results::store::{RunState, Store, Writer};

use super::look::Found;
use super::survey::Survey;
use crate::job::Job;
use crate::run::checkpoint;

/// The result of a merge.
#[derive(Debug, Default)]
pub struct Merged {
    /// Number of runs in the plan.
    pub all: usize,
    /// Names of the runs that are complete in no folder, in the plan's order.
    pub missing: Vec<String>,
    /// The faults of damaged runs that are complete in no other folder.
    pub damaged: Vec<String>,
}

/// Copies the complete runs of `parts` into the suite's folder, and writes the suite's tables. A merge can be
/// interrupted and repeated: runs that are already in the folder stay.
///
/// # Errors
/// No part, a part of a different plan, a run that differs from the plan, a run that differs between two parts, a file
/// that cannot be read or written.
pub fn merge(folder: &Path, parts: &[PathBuf]) -> Result<Merged> {
    ensure!(
        !parts.is_empty(),
        "{}: no parts to merge found",
        folder.display()
    );
    let survey = Survey::new(folder, parts)?;
    let store = Writer::lock(folder)?;
    let mut suite = survey.plan.suite.clone();
    suite.keep_cells(store.earlier_cells()?);
    store.write(SUITE, &to_json(&suite)?)?;
    let mut merged = Merged::default();
    for job in survey.plan.jobs() {
        merged.all += 1;
        let lookup = survey.look(job)?;
        match lookup.found {
            Found::Done(_) if lookup.store.folder() == folder => {
                checkpoint::clear(&store.run_folder(&job.experiment.id, job.seed))?;
            }
            Found::Done(_) => copy(&store, lookup.store, job)?,
            _ => {
                merged.missing.push(job.name());
                merged.damaged.extend(lookup.damaged);
            }
        }
    }
    let collected = store.collect(&suite)?;
    merged.damaged.extend(collected.missing);
    merged.damaged.sort();
    merged.damaged.dedup();
    Ok(merged)
}

/// Copies a run's files, `run.json` last: until then, the run does not count.
fn copy(to: &Writer, from: &Store, job: Job<'_>) -> Result<()> {
    let (id, seed) = (&job.experiment.id, job.seed);
    let (source, target) = (from.run_folder(id, seed), to.make_run_folder(id, seed)?);
    to.discount(id, seed)?;
    // Flushing each file would take most of the time of a large merge. If a power cut loses a file, the checksum in the
    // record reveals that, and the next merge copies the run again.
    for name in RUN_FILES.into_iter().chain([TIMINGS]) {
        match read_if_there(&source.join(name))? {
            Some(bytes) => to.held().write_unflushed(&target.join(name), &bytes)?,
            None => remove(&target.join(name))?,
        }
    }
    checkpoint::clear(&target)?;
    if let Some(record) = read_if_there(&source.join(RUN))? {
        to.held().write(&target.join(RUN), &record)?;
    }
    match to.run(id, seed) {
        Some(RunState::Complete(_)) => Ok(()),
        _ => bail!("{}: the copy is not complete", source.display()),
    }
}
