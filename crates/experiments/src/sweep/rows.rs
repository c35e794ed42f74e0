//! The output of the multiverse's jobs: rows that are read off each run, in one table.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use anyhow::{Result, ensure};
use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::data_set::data_files;
use lab_results::disk::atomic_file::{sha256, to_json};
use lab_results::names::{COMBINATIONS, READINGS};
use lab_results::store::Writer;
use mnist_samples::PixelData;

use super::multiverse::Multiverse;
use super::output::Output;
use crate::job::{Job, Planned, jobs};
use crate::run::Threads;
use crate::run::trajectory::{Rules, trajectory};
use crate::run::watch::Progress;

/// The rows of a folder of combinations, and the inputs for more rows.
#[derive(Debug)]
pub struct RowTable<'a> {
    multiverse: &'a Multiverse,
    combinations: Combinations,
    data: &'a PixelData,
    store: &'a Writer,
    /// The position of each cell in the order.
    places: HashMap<Vec<usize>, usize>,
    /// The positions of watched loss, stopping rule and weights that get rows, by cell. A cell that is not here gets all.
    wanted: HashMap<Vec<usize>, Vec<[usize; 3]>>,
    rows: Mutex<Rows>,
}

#[derive(Debug)]
struct Rows {
    all: Vec<CombinationRow>,
    /// SHA-256 of the table on disk, if there is one.
    sum: Option<String>,
}

impl<'a> RowTable<'a> {
    /// Reads the rows in the store, and writes `multiverse.json`, which describes the combinations.
    ///
    /// # Errors
    /// Rows of other combinations, or not as they were written; a file that cannot be read or written.
    pub fn open(
        multiverse: &'a Multiverse,
        data: &'a PixelData,
        store: &'a Writer,
    ) -> Result<Self> {
        let combinations = multiverse.record(data_files(data.dataset()));
        let all = combinations.rows_in(store.folder())?;
        let sum = match all.is_empty() {
            true => None,
            false => Some(sha256(&combinations.to_csv(&all)?)),
        };
        let table = Self {
            multiverse,
            combinations,
            data,
            store,
            places: multiverse.order().into_iter().zip(0..).collect(),
            wanted: HashMap::new(),
            rows: Mutex::new(Rows { all, sum }),
        };
        ensure!(
            table.rows() == table.lock().all,
            "{}: the rows are not in the order of these choices; restore the file, or remove it and SHA256SUMS to run the \
             combinations again",
            store.folder().join(READINGS).display()
        );
        store.write(COMBINATIONS, &to_json(&table.combinations)?)?;
        Ok(table)
    }

    /// The combinations that the rows belong to.
    pub fn combinations(&self) -> &Combinations {
        &self.combinations
    }

    /// All rows, by seed, cell, experiment, watched loss, stopping rule and weights.
    pub fn rows(&self) -> Vec<CombinationRow> {
        self.sorted(&self.lock().all)
    }

    /// From now on, only these combinations get rows. Returns their cells, each once.
    pub fn only(&mut self, combinations: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let (steps, mut cells) = (self.combinations.step_choices(), Vec::new());
        self.wanted.clear();
        for combination in combinations {
            let (cell, read_off) = combination.split_at(steps);
            let wanted = self.wanted.entry(cell.to_vec()).or_insert_with(|| {
                cells.push(cell.to_vec());
                Vec::new()
            });
            wanted.extend(<[usize; 3]>::try_from(read_off));
            wanted.sort_unstable();
        }
        cells
    }

    /// The combinations of a cell that get rows.
    fn wanted(&self, cell: &[usize]) -> Vec<[usize; 3]> {
        if let Some(wanted) = self.wanted.get(cell) {
            return wanted.clone();
        }
        let choices = &self.combinations.choices[self.combinations.step_choices()..];
        let count = |at: usize| choices[at].values.len();
        let number = |at: usize| {
            let (rest, weights) = (at / count(2), at % count(2));
            [rest / count(1), rest % count(1), weights]
        };
        (0..self.combinations.rows_per_run()).map(number).collect()
    }

    /// The jobs of some experiments in cells that lack wanted rows.
    pub fn jobs_without_rows<'j>(
        &self,
        experiments: &'j [Planned],
        seeds: &'j [u64],
    ) -> Vec<Job<'j>> {
        let rows = self.lock();
        let steps = self.combinations.step_choices();
        let done = rows.all.iter().map(|it| {
            let (cell, read_off) = it.chosen.split_at(steps);
            (it.experiment.as_str(), it.seed, cell, read_off)
        });
        let done: HashSet<_> = done.collect();
        let is_open = |job: &Job<'_>| {
            let Planned { id, cell, .. } = job.experiment;
            let mut wanted = self.wanted(cell).into_iter();
            !wanted.all(|it| done.contains(&(id.as_str(), job.seed, cell.as_slice(), &it[..])))
        };
        jobs(experiments, seeds).filter(is_open).collect()
    }

    /// Adds the rows of a run, in place of earlier ones of the same combinations, and writes the table. The lock is held
    /// meanwhile, so that no older table replaces a newer one.
    fn add(&self, run: Vec<CombinationRow>) -> Result<()> {
        let mut rows = self.lock();
        let key = |it: &CombinationRow| (it.experiment.clone(), it.seed, it.chosen.clone());
        let new: HashSet<_> = run.iter().map(key).collect();
        rows.all.retain(|it| !new.contains(&key(it)));
        rows.all.extend(run);
        let (all, before) = (self.sorted(&rows.all), rows.sum.as_deref());
        let sum = self.combinations.write_rows(self.store, &all, before)?;
        rows.sum = Some(sum);
        Ok(())
    }

    fn sorted(&self, rows: &[CombinationRow]) -> Vec<CombinationRow> {
        let steps = self.combinations.step_choices();
        let experiments = &self.combinations.experiments;
        let mut rows = rows.to_vec();
        rows.sort_by_cached_key(|row| {
            let (cell, read_off) = row.chosen.split_at(steps);
            let experiment = experiments.iter().position(|it| it.id == row.experiment);
            (
                row.seed,
                self.places.get(cell).copied(),
                experiment,
                read_off.to_vec(),
            )
        });
        rows
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Output for RowTable<'_> {
    fn run(&self, job: &Job<'_>, threads: Threads<'_>, progress: &dyn Progress) -> Result<bool> {
        let (id, settings) = (&job.experiment.id, &job.experiment.settings);
        let (losses, stopping) = (self.multiverse.losses(), self.multiverse.stopping());
        let wanted = self.wanted(&job.experiment.cell);
        let ending: Vec<(usize, usize)> = wanted.iter().map(|it| (it[0], it[1])).collect();
        let rules = Rules {
            losses: &losses,
            stopping: &stopping,
            wanted: &ending,
        };
        let run = {
            let mut watch = progress.started(job);
            trajectory(
                settings,
                job.seed,
                rules,
                self.data,
                threads,
                watch.as_mut(),
            )?
        };
        let Some(run) = run else {
            return Ok(false);
        };
        let place = (id.as_str(), job.seed, job.experiment.cell.as_slice());
        let weights = self.multiverse.weights();
        self.add(
            self.combinations
                .read_off(place, &run, (&losses, &weights), &wanted),
        )?;
        progress.finished(job, None);
        Ok(true)
    }
}
