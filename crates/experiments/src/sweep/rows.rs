//! The output of the multiverse's jobs: rows that are read off each run, in one table.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::Result;
use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::disk::atomic_file::to_json;
use lab_results::names::{COMBINATIONS, READINGS};
use lab_results::store::{Writer, data_files};
use lab_results::tables::EpochRow;
use mnist_samples::PixelData;

use super::multiverse::Multiverse;
use super::output::Output;
use super::plan::{Job, Planned, jobs};
use super::runner::Runner;
use crate::run::trajectory::trajectory;
use crate::run::watch::{Progress, Watch};

/// The time between writes of the table while runs are under way.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// The rows of a folder of combinations, and the inputs for more rows.
#[derive(Debug)]
pub struct RowTable<'a> {
    multiverse: &'a Multiverse,
    combinations: Combinations,
    data: &'a PixelData,
    store: &'a Writer,
    /// The position of each cell in the order.
    places: HashMap<Vec<usize>, usize>,
    rows: Mutex<Rows>,
}

#[derive(Debug)]
struct Rows {
    all: Vec<CombinationRow>,
    saved: Instant,
    /// Whether all rows are on disk.
    is_saved: bool,
}

impl<'a> RowTable<'a> {
    /// Reads the rows in the store, and writes `multiverse.json`, which describes the combinations.
    ///
    /// # Errors
    /// Rows of other combinations, a file that cannot be read or written.
    pub fn open(
        multiverse: &'a Multiverse,
        data: &'a PixelData,
        store: &'a Writer,
    ) -> Result<Self> {
        let combinations = multiverse.record(data_files(data.dataset()));
        let all = combinations.rows_in(store.folder())?;
        store.write(COMBINATIONS, &to_json(&combinations)?)?;
        Ok(Self {
            multiverse,
            combinations,
            data,
            store,
            places: multiverse.order().into_iter().zip(0..).collect(),
            rows: Mutex::new(Rows {
                all,
                saved: Instant::now(),
                is_saved: true,
            }),
        })
    }

    /// The combinations that the rows belong to.
    pub fn combinations(&self) -> &Combinations {
        &self.combinations
    }

    /// All rows, by seed, cell, experiment, stopping rule and weights.
    pub fn rows(&self) -> Vec<CombinationRow> {
        self.sorted(&self.lock().all)
    }

    /// The jobs of some experiments in cells that have no rows yet.
    pub fn jobs_without_rows<'j>(
        &self,
        experiments: &'j [Planned],
        seeds: &'j [u64],
    ) -> Vec<Job<'j>> {
        let rows = self.lock();
        let steps = self.combinations.step_choices();
        let done: HashSet<_> = rows
            .all
            .iter()
            .map(|it| (it.experiment.as_str(), it.seed, &it.chosen[..steps]))
            .collect();
        let is_open = |job: &Job<'_>| {
            let Planned { id, cell, .. } = job.experiment;
            !done.contains(&(id.as_str(), job.seed, cell.as_slice()))
        };
        jobs(experiments, seeds).filter(is_open).collect()
    }

    /// Writes the table.
    ///
    /// # Errors
    /// An error of the system; the message has the path.
    pub fn save(&self) -> Result<()> {
        self.save_locked(&mut self.lock())
    }

    /// Writes the table if [`SAVE_EVERY`] has passed. The mutex is held during the write, so that no older table
    /// replaces a newer one.
    fn save_if_due(&self) -> Result<()> {
        let mut rows = self.lock();
        match !rows.is_saved && rows.saved.elapsed() >= SAVE_EVERY {
            true => self.save_locked(&mut rows),
            false => Ok(()),
        }
    }

    fn save_locked(&self, rows: &mut Rows) -> Result<()> {
        let table = self.combinations.to_csv(&self.sorted(&rows.all))?;
        self.store.write(READINGS, &table)?;
        (rows.saved, rows.is_saved) = (Instant::now(), true);
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
    fn run(&self, job: &Job<'_>, runner: &Runner<'_>, progress: &dyn Progress) -> Result<bool> {
        let (id, settings) = (&job.experiment.id, &job.experiment.settings);
        let rules = self.multiverse.stopping();
        let run = {
            let mut watch = Saving {
                watch: progress.started(job),
                table: self,
            };
            trajectory(settings, job.seed, &rules, self.data, runner, &mut watch)?
        };
        let Some(run) = run else {
            return Ok(false);
        };
        let place = (id.as_str(), job.seed, job.experiment.cell.as_slice());
        let weights = self.multiverse.weights();
        let rows = self.combinations.read_off(place, &run, &weights);
        {
            let mut all = self.lock();
            all.all.extend(rows);
            all.is_saved = false;
        }
        self.save_if_due()?;
        progress.finished(job, None);
        Ok(true)
    }
}

/// Writes the table regularly during a run, so that a long run does not delay the rows of other runs.
struct Saving<'a> {
    watch: Box<dyn Watch + 'a>,
    table: &'a RowTable<'a>,
}

impl Watch for Saving<'_> {
    fn resumed(&mut self, epochs: u32, steps: usize) {
        self.watch.resumed(epochs, steps);
    }

    fn complaint(&mut self, complaint: &str) {
        self.watch.complaint(complaint);
    }

    fn step(&mut self, epoch: u32, step: usize, steps: usize) {
        self.watch.step(epoch, step, steps);
        // The same failure occurs again at the end of the run, and is reported then.
        let _ = self.table.save_if_due();
    }

    fn epoch(&mut self, row: &EpochRow, is_best: bool) {
        self.watch.epoch(row, is_best);
    }
}
