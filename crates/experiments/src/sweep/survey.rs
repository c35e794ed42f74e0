//! What a suite's folder and its parts have together, run by run.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::atomic_file::is_there;
use lab_results::names::{PARTS, PLAN};
use lab_results::store::Store;

use super::look::Found;
use super::plan::Plan;
use crate::job::Job;

/// A plan, and all folders that may have its runs.
pub(super) struct Survey {
    pub(super) plan: Plan,
    /// The suite's folder, then the parts.
    stores: Vec<Store>,
    /// The parts that have files of each run. Each part's folder is read once, so the cost grows with the number of
    /// runs, not with runs times parts.
    holders: HashMap<(String, u64), Vec<usize>>,
}

/// The state of a job in all folders together.
pub(super) struct Lookup<'a> {
    /// The best state found.
    pub(super) found: Found,
    /// The folder with this state.
    pub(super) store: &'a Store,
    /// The faults of damaged runs.
    pub(super) damaged: Vec<String>,
}

impl Survey {
    /// Reads the plan that the suite's folder and all parts have in common.
    ///
    /// # Errors
    /// No plan, different plans, a folder that cannot be read.
    pub(super) fn new(folder: &Path, parts: &[PathBuf]) -> Result<Self> {
        let plan = common_plan(folder, parts)?;
        let folders = [folder]
            .into_iter()
            .chain(parts.iter().map(PathBuf::as_path));
        let stores: Vec<Store> = folders.map(Store::open).collect();
        let mut holders: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, store) in stores.iter().enumerate().skip(1) {
            for run in runs_in(store)? {
                holders.entry(run).or_default().push(at);
            }
        }
        Ok(Self {
            plan,
            stores,
            holders,
        })
    }

    /// Finds the state of a job in all folders.
    ///
    /// # Errors
    /// A run that differs from the job, a run that differs between two folders, a file that cannot be read.
    pub(super) fn look(&self, job: Job<'_>) -> Result<Lookup<'_>> {
        let key = (job.experiment.id.clone(), job.seed);
        let parts = self.holders.get(&key).into_iter().flatten();
        let mut lookup = Lookup {
            found: Found::Absent,
            store: &self.stores[0],
            damaged: Vec::new(),
        };
        for store in [0].iter().chain(parts).map(|&at| &self.stores[at]) {
            let found = match self.plan.look(store, job) {
                Found::Unreadable(error) => return Err(error),
                Found::Different(what) => bail!(
                    "{}: different {what} than in the plan",
                    store.run_folder(&job.experiment.id, job.seed).display()
                ),
                found => found,
            };
            if let Found::Damaged(error) = &found {
                lookup.damaged.push(format!("{error:#}"));
            }
            if let (Found::Done(known), Found::Done(run)) = (&lookup.found, &found) {
                ensure!(
                    known.record == run.record,
                    "{} differs between {} and {}",
                    job.name(),
                    lookup.store.folder().display(),
                    store.folder().display()
                );
            }
            if rank(&found) > rank(&lookup.found) {
                (lookup.found, lookup.store) = (found, store);
            }
        }
        Ok(lookup)
    }
}

/// Ranks the states of a job; the best state has the highest rank.
fn rank(found: &Found) -> u32 {
    match found {
        Found::Absent | Found::Different(_) | Found::Unreadable(_) => 0,
        Found::UnderWay(_) => 1,
        Found::Incomplete(_) => 2,
        Found::Damaged(_) => 3,
        Found::Done(_) => 4,
    }
}

/// The plan that the suite's folder and all parts share.
fn common_plan(folder: &Path, parts: &[PathBuf]) -> Result<Plan> {
    let mut common = None::<(&Path, Plan)>;
    for path in [folder]
        .into_iter()
        .chain(parts.iter().map(PathBuf::as_path))
    {
        let Some(plan) = Plan::read(path)? else {
            ensure!(
                path == folder,
                "{}: not a part: no {PLAN} found",
                path.display()
            );
            continue;
        };
        let (found, expected) = (&plan.version, env!("CARGO_PKG_VERSION"));
        ensure!(
            found == expected,
            "{}: expected a plan of version {expected}, found {found}",
            path.display()
        );
        match &common {
            None => common = Some((path, plan)),
            Some((other, known)) => ensure!(
                known.sha256 == plan.sha256 && known.parts == plan.parts,
                "{} and {} have different plans",
                other.display(),
                path.display()
            ),
        }
    }
    let (_, plan) = common.with_context(|| format!("{}: no {PLAN} found", folder.display()))?;
    Ok(plan)
}

/// The runs of which a folder has files.
fn runs_in(store: &Store) -> Result<Vec<(String, u64)>> {
    let folder = store.folder();
    let cannot = || format!("{}: cannot be read", folder.display());
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        // Links to folders count as folders.
        let is_folder = fs::metadata(entry.path()).is_ok_and(|it| it.is_dir());
        if let Some(experiment) = entry.file_name().to_str().filter(|_| is_folder) {
            let seeds = store.seeds(experiment)?.into_iter();
            runs.extend(seeds.map(|seed| (experiment.to_owned(), seed)));
        }
    }
    Ok(runs)
}

/// The folders of the parts in a suite's folder, by name.
///
/// # Errors
/// The folder cannot be read.
pub fn parts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let parts = folder.join(PARTS);
    if !is_there(&parts)? {
        return Ok(Vec::new());
    }
    let cannot = || format!("{}: cannot be read", parts.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&parts).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.is_dir() && is_there(&path.join(PLAN))? {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
