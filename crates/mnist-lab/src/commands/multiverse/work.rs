//! Runs of combinations, several at once; what is done is kept in one table.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use experiments::run::trajectory::trajectory;
use experiments::sweep::multiverse::Multiverse;
use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::names::READINGS;
use lab_results::store::Writer;
use lab_results::suite::Experiment;
use mnist_samples::PixelData;

use crate::commands::complain;
use crate::ends::Unfinished;
use crate::interrupt::{SIGNAL, STOP};

/// How often the table is written while runs are under way.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// A run: an experiment, a seed, a cell.
pub(super) type Job<'a> = (&'a Experiment, u64, Vec<usize>);

/// Runs that are done, and where they are kept.
pub(super) struct Work<'a> {
    multiverse: &'a Multiverse,
    combinations: &'a Combinations,
    store: &'a Writer,
    /// Where each cell stands in the order.
    places: HashMap<Vec<usize>, usize>,
    done: Mutex<(Vec<CombinationRow>, Instant)>,
    quiet: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        multiverse: &'a Multiverse,
        combinations: &'a Combinations,
        store: &'a Writer,
        order: &[Vec<usize>],
        earlier: Vec<CombinationRow>,
        quiet: bool,
    ) -> Self {
        Self {
            multiverse,
            combinations,
            store,
            places: order.iter().cloned().zip(0..).collect(),
            done: Mutex::new((earlier, Instant::now())),
            quiet,
        }
    }

    /// All readings, by seed, cell and experiment.
    pub(super) fn readings(&self) -> Vec<CombinationRow> {
        let done = self.done.lock().unwrap_or_else(|e| e.into_inner());
        let mut readings = done.0.clone();
        let experiment = |id: &str| {
            self.multiverse
                .experiments()
                .iter()
                .position(|it| it.id == id)
        };
        let steps = self.combinations.step_choices();
        readings.sort_by_cached_key(|it| {
            let (cell, read_off) = it.chosen.split_at(steps);
            let place = self.places.get(cell);
            (
                it.seed,
                place,
                experiment(&it.experiment),
                read_off.to_vec(),
            )
        });
        readings
    }

    fn save(&self) -> Result<()> {
        self.store
            .write(READINGS, &self.combinations.to_csv(&self.readings())?)
    }

    /// Does the jobs that are not done yet.
    pub(super) fn run(&mut self, jobs: &[Job<'_>], data: &PixelData, threads: usize) -> Result<()> {
        let done = self.readings();
        let steps = self.combinations.step_choices();
        let done: HashSet<_> = done
            .iter()
            .map(|it| (it.experiment.as_str(), it.seed, &it.chosen[..steps]))
            .collect();
        let left: Vec<&Job<'_>> = jobs
            .iter()
            .filter(|(experiment, seed, cell)| {
                !done.contains(&(experiment.id.as_str(), *seed, cell.as_slice()))
            })
            .collect();
        if !self.quiet && left.len() < jobs.len() {
            complain(&format!(
                "{} of {} runs are here already",
                jobs.len() - left.len(),
                jobs.len()
            ));
        }
        let (next, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let failure = Mutex::new(None);
        let began = Instant::now();
        let work = || {
            while let Some(job) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                if STOP.load(Ordering::Relaxed) {
                    return;
                }
                match self.run_one(job, data) {
                    Ok(false) => return,
                    Ok(true) => {}
                    Err(error) => {
                        *failure.lock().unwrap_or_else(|e| e.into_inner()) = Some(error);
                        STOP.store(true, Ordering::Relaxed);
                        return;
                    }
                }
                let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
                if !self.quiet && (ended.is_multiple_of(20) || ended == left.len()) {
                    let seconds = began.elapsed().as_secs_f64();
                    let rest = seconds / ended as f64 * (left.len() - ended) as f64 / 60.0;
                    complain(&format!(
                        "{ended} of {} runs, {rest:.0} min left",
                        left.len()
                    ));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(left.len()) {
                // Where the system refuses a thread, fewer do the work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        self.save()?;
        if let Some(error) = failure.into_inner().unwrap_or_else(|e| e.into_inner()) {
            return Err(error);
        }
        let ended = ended.into_inner();
        if ended < left.len() {
            return Err(Unfinished {
                signal: SIGNAL.load(Ordering::Relaxed),
                message: format!("{ended} of {} runs are done", left.len()),
                resume: "the same command".to_owned(),
            }
            .into());
        }
        Ok(())
    }

    /// Whether the run came to its end.
    fn run_one(&self, (experiment, seed, cell): &Job<'_>, data: &PixelData) -> Result<bool> {
        let settings = self.multiverse.settings(experiment, cell)?;
        let rules = self.multiverse.stopping();
        let found = trajectory(&settings, *seed, &rules, data, &STOP).with_context(|| {
            let words = self.combinations.words(cell).join(", ");
            format!("{} seed {seed}, {words}", experiment.id)
        })?;
        let Some(run) = found else {
            return Ok(false);
        };
        let place = (experiment.id.as_str(), *seed, cell.as_slice());
        let readings = self
            .combinations
            .read_off(place, &run, &self.multiverse.weights());
        let is_time = {
            let mut done = self.done.lock().unwrap_or_else(|e| e.into_inner());
            done.0.extend(readings);
            let is_time = done.1.elapsed() >= SAVE_EVERY;
            if is_time {
                done.1 = Instant::now();
            }
            is_time
        };
        if is_time {
            self.save()?;
        }
        Ok(true)
    }
}
