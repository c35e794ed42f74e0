//! A plan: the experiments to run, their settings, seeds and data, and the order of the runs.
//!
//! If the runs are divided into parts, `plan.json` has the plan. The first part to begin writes the file; the others
//! must have the same plan.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::atomic_file::{
    make_folder, read_if_there, sha256, to_json, write, write_new,
};
use lab_results::names::{PARTS, PLAN};
use lab_results::store::{Extras, Source, Store, SuiteRecord};
use lab_results::suite::{Experiment, check_name};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::partition::{Part, Partition, Task};
use super::times::expected_seconds;
use crate::job::{Job, Planned, jobs};
use crate::run::checkpoint::identity;

/// The version of the format of `plan.json`; no other version is read.
const FORMAT: u32 = 2;

/// The runs to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the format.
    pub format: u32,
    /// Version of mnist-lab that made the plan.
    pub version: String,
    /// SHA-256 of all fields except this one and the two about parts. It identifies the plan.
    pub sha256: String,
    /// Number of parts; 0 if the plan is not divided.
    pub parts: usize,
    /// The index of the first array task, which does part 1.
    pub first_index: u64,
    /// The suite as its file has it.
    pub suite: SuiteRecord,
    /// The experiments to run, in the order of the jobs.
    pub experiments: Vec<Planned>,
    /// Seeds of each experiment.
    pub seeds: Vec<u64>,
    /// Data and initial weights.
    pub source: Source,
    /// Files that a run must have to count as complete, besides the usual ones.
    pub extras: Extras,
}

impl Plan {
    /// A plan without parts. Experiments with the most hidden units come first, so that parallel runs end at about the
    /// same time.
    pub fn new(
        suite: SuiteRecord,
        experiments: &[&Experiment],
        seeds: &[u64],
        source: Source,
        extras: Extras,
    ) -> Self {
        let mut experiments = experiments.to_vec();
        experiments.sort_by_key(|it| Reverse(it.settings.hidden.iter().sum::<usize>()));
        let planned = experiments.into_iter().map(|it| Planned {
            id: it.id.clone(),
            settings: it.settings.clone(),
            cell: Vec::new(),
        });
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sha256: String::new(),
            parts: 0,
            first_index: 0,
            suite,
            experiments: planned.collect(),
            seeds: seeds.to_vec(),
            source,
            extras,
        }
    }

    /// All jobs in order: all experiments with one seed, then with the next, so that each experiment has a first result
    /// early.
    pub fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        jobs(&self.experiments, &self.seeds)
    }

    /// Reads a folder's plan; `None` if it has none.
    ///
    /// # Errors
    /// A file that is not a plan of this format, or was changed.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(PLAN);
        let Some(bytes) = read_if_there(&path)? else {
            return Ok(None);
        };
        let plan = Self::parse(&bytes).with_context(|| {
            let path = path.display();
            format!("{path} cannot be used; remove the file, and the next part writes it again")
        });
        plan.map(Some)
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let form: Form = serde_json::from_slice(bytes).context("not a plan")?;
        let found = form.format;
        ensure!(found == FORMAT, "format {found}; expected {FORMAT}");
        let plan: Self = serde_json::from_slice(bytes).context("not a plan")?;
        let (found, expected) = (plan.hash()?, &plan.sha256);
        ensure!(
            found == *expected,
            "checksum mismatch: found {found}, expected {expected}"
        );
        Part::new(1, plan.parts)?;
        let recorded = plan.suite.experiments.iter().map(|it| &it.id);
        recorded
            .chain(plan.experiments.iter().map(|it| &it.id))
            .try_for_each(|id| check_name(id))?;
        Ok(plan)
    }

    fn hash(&self) -> Result<String> {
        let bare = Self {
            sha256: String::new(),
            parts: 0,
            first_index: 0,
            ..self.clone()
        };
        Ok(sha256(&to_json(&bare)?))
    }

    /// Finds the part to do, and writes the plan to `folder` if there is none. The part's folder gets a copy of the
    /// plan, so that the folder can be moved to another machine.
    ///
    /// # Errors
    /// A different plan in the folder, a task without a part, an unknown number of parts.
    pub fn part(
        &self,
        folder: &Path,
        partition: Partition,
        task: impl FnOnce() -> Result<Task>,
    ) -> Result<(Part, PathBuf)> {
        let (there, part) = match partition {
            Partition::Slice(part) => {
                let there = self.there_or_new(folder, Some(part.of), 1)?;
                there.expect_parts(folder, part.of)?;
                (there, part)
            }
            Partition::Auto { of } => {
                let task = task()?;
                let there = self.there_or_new(folder, of.or(task.count), task.first)?;
                there.expect_parts(folder, of.unwrap_or(there.parts))?;
                let part = there.part_of(task)?;
                (there, part)
            }
        };
        let own = folder.join(PARTS).join(part.name());
        make_folder(&own)?;
        // A copy that is damaged, or of another plan, is made again.
        if !matches!(Self::read(&own), Ok(Some(plan)) if plan == there) {
            write(&own.join(PLAN), &to_json(&there)?)?;
        }
        Ok((part, own))
    }

    /// This plan as stored in `folder`. If the folder has no plan, stores it with `parts` parts and the index of the
    /// task that does part 1.
    fn there_or_new(&self, folder: &Path, parts: Option<usize>, first_index: u64) -> Result<Self> {
        if let Some(plan) = self.there(folder)? {
            return Ok(plan);
        }
        let parts = parts
            .context("number of parts unknown; use auto:N, or submit the complete array first")?;
        Part::new(1, parts)?;
        make_folder(folder)?;
        let own = Self {
            parts,
            first_index,
            sha256: self.hash()?,
            ..self.clone()
        };
        // Another part may have been faster.
        write_new(&folder.join(PLAN), &to_json(&own)?)?;
        self.there(folder)?.context("the plan vanished")
    }

    /// This plan as stored in `folder`, with its number of parts; `None` if the folder has no plan.
    ///
    /// # Errors
    /// A different plan in the folder, or one that cannot be read.
    pub(super) fn there(&self, folder: &Path) -> Result<Option<Self>> {
        let there = Self::read(folder)?;
        let own = self.hash()?;
        if there.as_ref().is_some_and(|plan| plan.sha256 != own) {
            bail!(
                "{}: different plan; choose another folder with --out",
                folder.join(PLAN).display()
            );
        }
        Ok(there)
    }

    /// Checks that the plan, read from `folder`, has `wanted` parts.
    ///
    /// # Errors
    /// A different number of parts.
    pub(super) fn expect_parts(&self, folder: &Path, wanted: usize) -> Result<()> {
        let (path, parts) = (folder.join(PLAN), self.parts);
        ensure!(
            wanted == parts,
            "{}: expected {parts} parts, found {wanted}",
            path.display()
        );
        Ok(())
    }

    /// The part of an array task. The array may repeat some tasks of the first array, and may run under another
    /// scheduler.
    fn part_of(&self, task: Task) -> Result<Part> {
        let is_whole = task.is_fixed || task.count == Some(self.parts);
        let first = if is_whole {
            task.first
        } else {
            self.first_index
        };
        let place = task.index.checked_sub(first);
        let place = place.and_then(|place| usize::try_from(place).ok());
        let part = place.map_or(0, |place| place.saturating_add(1));
        Part::new(part, self.parts).ok().with_context(|| {
            let (index, parts) = (task.index, self.parts);
            format!("array task {index} has no part: task {first} is part 1 of {parts}; use --partition slice:K/N")
        })
    }

    /// The jobs as lines of JSON, each with the seconds that runs of its experiment took in `store`.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn lines(&self, store: &Store) -> Result<String> {
        // Once per experiment: reading all earlier runs for each job would take quadratic time.
        let seconds = self.experiments.iter().map(|it| {
            let seconds = expected_seconds(store, &it.id)?;
            Ok((it.id.as_str(), seconds))
        });
        let seconds = seconds.collect::<Result<std::collections::HashMap<_, _>>>()?;
        let lines = self.jobs().map(|job| {
            let Planned { id, settings, .. } = job.experiment;
            let line = json!({
                "id": job.name(),
                "experiment": id,
                "seed": job.seed,
                "settings": settings,
                "identity": identity(&job, &self.source)?,
                "seconds": seconds.get(id.as_str()).copied().flatten(),
            });
            Ok(format!("{line}\n"))
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites;

    /// A task's part in a plan of nine parts. In the first array, task `first_index` did part 1.
    fn part(first_index: u64, variables: &str) -> Result<usize> {
        let source = Source {
            data: Vec::new(),
            classes: 10,
            init_from: None,
        };
        let suite = SuiteRecord::of(&suites::load("paper")?);
        let plan = Plan {
            parts: 9,
            first_index,
            ..Plan::new(suite, &[], &[], source, Extras::default())
        };
        let task = Task::from_variables(|name| {
            let mut pairs = variables.split(' ').map(|it| it.split_once('=').unwrap());
            Some(pairs.find(|it| it.0 == name)?.1.to_owned())
        });
        Ok(plan.part_of(task?)?.part)
    }

    #[test]
    fn a_task_finds_its_part_whichever_scheduler_was_first() {
        let slurm = |index, min, max, count| {
            format!(
                "SLURM_ARRAY_TASK_ID={index} SLURM_ARRAY_TASK_MIN={min} SLURM_ARRAY_TASK_MAX={max} \
                 SLURM_ARRAY_TASK_COUNT={count}"
            )
        };
        let sge = |index, first, last| {
            format!("SGE_TASK_ID={index} SGE_TASK_FIRST={first} SGE_TASK_LAST={last}")
        };
        let aws = |index| format!("AWS_BATCH_JOB_ARRAY_INDEX={index} AWS_BATCH_JOB_ARRAY_SIZE=9");
        let kubernetes = |index| format!("JOB_COMPLETION_INDEX={index}");
        let pbs = |index| format!("PBS_ARRAY_INDEX={index}");
        for (first_index, task, expected) in [
            // The first array was 1-9.
            (1, slurm(9, 1, 9, 9), 9),
            (1, slurm(0, 0, 8, 9), 1),
            (1, kubernetes(0), 1),
            (1, kubernetes(8), 9),
            (1, aws(0), 1),
            (1, aws(8), 9),
            (1, pbs(1), 1),
            (1, pbs(9), 9),
            // Some of its tasks again: 3,7-9.
            (1, slurm(3, 3, 9, 4), 3),
            (1, slurm(7, 3, 9, 4), 7),
            (1, slurm(9, 7, 9, 3), 9),
            (1, sge(8, 7, 9), 8),
            // The first array was 0-8, so some of its tasks are 2,6-8.
            (0, slurm(1, 1, 9, 9), 1),
            (0, slurm(9, 1, 9, 9), 9),
            (0, slurm(2, 2, 8, 4), 3),
            (0, slurm(8, 2, 8, 4), 9),
            (0, sge(9, 1, 9), 9),
            (0, pbs(0), 1),
            (0, pbs(8), 9),
            // The first array was 11-19.
            (11, slurm(12, 12, 13, 2), 2),
            (11, kubernetes(8), 9),
        ] {
            assert_eq!(part(first_index, &task).unwrap(), expected, "{task}");
        }
        for (first_index, task, expected) in [
            (
                1,
                kubernetes(9),
                "task 9 has no part: task 0 is part 1 of 9",
            ),
            (1, pbs(0), "task 0 has no part: task 1 is part 1 of 9"),
            (
                1,
                slurm(12, 12, 13, 2),
                "task 12 has no part: task 1 is part 1",
            ),
            (
                11,
                slurm(3, 3, 9, 4),
                "task 3 has no part: task 11 is part 1",
            ),
        ] {
            let message = part(first_index, &task).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
