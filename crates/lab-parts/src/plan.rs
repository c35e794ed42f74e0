//! `plan.json`: what there is to run, and in how many parts. The first part to begin writes it; the others
//! are of the same plan or refuse.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::whole::{make_folder, read_json, sha256, to_json, write_new};
use lab_results::names::{PARTS, PLAN};
use lab_results::store::{DataFile, Extras, Source, SuiteRecord};
use lab_results::suite::{Settings, check_name};
use serde::{Deserialize, Serialize};

use crate::partition::{Part, Partition, Task};

/// The version of the form, the only one that is read.
const FORMAT: u32 = 1;

/// What there is to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this form.
    pub format: u32,
    /// Version of mnist-lab that wrote it.
    pub version: String,
    /// SHA-256 of all of it but this and the parts: two plans with the same one are one plan.
    pub sha256: String,
    /// How many parts there are.
    pub parts: usize,
    /// The index of the first array task, which does part 1.
    pub first_index: u64,
    /// The suite, as its file has it.
    pub suite: SuiteRecord,
    /// What is run of it, in the order of the jobs, with its settings.
    pub experiments: Vec<Planned>,
    /// With which seeds.
    pub seeds: Vec<u64>,
    /// SHA-256 of the data files.
    pub data: Vec<DataFile>,
    /// How many classes there are to tell apart.
    pub classes: usize,
    /// SHA-256 of the model to start from, if there is one.
    pub init_from: Option<String>,
    /// Whether runs keep the weights that they start from.
    pub save_init: bool,
    /// Whether runs keep the loss of every step.
    pub log_steps: bool,
}

/// An experiment of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Its id.
    pub id: String,
    /// Its hyperparameters.
    pub settings: Settings,
}

/// A run of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What is run.
    pub experiment: &'a Planned,
    /// The root of its randomness.
    pub seed: u64,
}

impl Plan {
    /// A plan that is not in parts yet.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn new(
        suite: SuiteRecord,
        experiments: Vec<Planned>,
        seeds: Vec<u64>,
        source: &Source,
        extras: Extras,
    ) -> Result<Self> {
        let mut plan = Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sha256: String::new(),
            parts: 0,
            first_index: 0,
            suite,
            experiments,
            seeds,
            data: source.data.clone(),
            classes: source.classes,
            init_from: source.init_from.clone(),
            save_init: extras.init,
            log_steps: extras.steps,
        };
        plan.sha256 = plan.hash()?;
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

    /// Reads a folder's plan; `None` if it has none.
    ///
    /// # Errors
    /// A file that is no plan, or was changed.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(PLAN);
        if !path.exists() {
            return Ok(None);
        }
        let plan: Self = read_json(&path)?;
        let check = || -> Result<()> {
            ensure!(
                plan.format == FORMAT,
                "format {}; expected {FORMAT}",
                plan.format
            );
            ensure!(plan.hash()? == plan.sha256, "its checksum does not fit");
            Part::new(1, plan.parts)?;
            let recorded = plan.suite.experiments.iter().map(|it| &it.id);
            recorded
                .chain(plan.experiments.iter().map(|it| &it.id))
                .try_for_each(|id| check_name(id))
        };
        check().with_context(|| path.display().to_string())?;
        Ok(Some(plan))
    }

    /// Finds out which part is to be done: that of the plan in `folder`, which is written if there is none.
    /// The part's folder gets a copy, so that it can be taken elsewhere.
    ///
    /// # Errors
    /// Another plan, a task without a part, a number of parts that nobody says.
    pub fn part(
        mut self,
        folder: &Path,
        partition: Partition,
        task: impl FnOnce() -> Result<Task>,
    ) -> Result<(Part, PathBuf)> {
        let (wanted, task) = match partition {
            Partition::Slice(part) => (Some(part.of), None),
            Partition::Auto { of } => {
                let task = task()?;
                (of.or(task.count), Some(task))
            }
        };
        self.first_index = task.map_or(1, |task| task.first);
        let there = match self.there(folder)? {
            Some(plan) => plan,
            None => {
                self.parts = wanted.context(
                    "how many parts there are is unknown; expected auto:N, or first the whole array",
                )?;
                make_folder(folder)?;
                // Another part may have been faster.
                write_new(&folder.join(PLAN), &to_json(&self)?)?;
                self.there(folder)?.context("the plan vanished")?
            }
        };
        if let (Partition::Slice(_) | Partition::Auto { of: Some(_) }, Some(wanted)) =
            (partition, wanted)
            && wanted != there.parts
        {
            bail!(
                "{}: has {} parts; found {wanted}",
                folder.join(PLAN).display(),
                there.parts
            );
        }
        let part = match (partition, task) {
            (Partition::Slice(part), _) => part,
            (_, task) => there.part_of(task.map_or(0, |task| task.index))?,
        };
        let own = folder.join(PARTS).join(part.name());
        make_folder(&own)?;
        write_new(&own.join(PLAN), &to_json(&there)?)?;
        Ok((part, own))
    }

    /// This plan as it is in `folder`, with its number of parts; `None` if there is none.
    ///
    /// # Errors
    /// Another plan there, or one that cannot be read.
    pub fn there(&self, folder: &Path) -> Result<Option<Self>> {
        let there = Self::read(folder)?;
        if there
            .as_ref()
            .is_some_and(|plan| plan.sha256 != self.sha256)
        {
            let path = folder.join(PLAN);
            bail!(
                "{}: is another plan; name another folder with --out",
                path.display()
            );
        }
        Ok(there)
    }

    /// The part of the array task with this index.
    fn part_of(&self, index: u64) -> Result<Part> {
        let place = index
            .checked_sub(self.first_index)
            .and_then(|place| usize::try_from(place).ok());
        let part = place.map_or(0, |place| place.saturating_add(1));
        Part::new(part, self.parts).with_context(|| format!("task {index}"))
    }

    /// Files that a run must have to count as whole.
    pub fn extras(&self) -> Extras {
        Extras {
            init: self.save_init,
            steps: self.log_steps,
        }
    }

    /// All runs, in the order in which parts share them out: all experiments of one seed, then the next.
    pub fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        let seeds = self.seeds.iter();
        seeds.flat_map(|&seed| {
            self.experiments
                .iter()
                .map(move |experiment| Job { experiment, seed })
        })
    }
}

impl Job<'_> {
    /// What tells it from the others.
    pub(crate) fn key(&self) -> (String, u64) {
        (self.experiment.id.clone(), self.seed)
    }

    /// Its name: `relu/seed-3`.
    pub fn name(&self) -> String {
        format!("{}/seed-{}", self.experiment.id, self.seed)
    }
}
