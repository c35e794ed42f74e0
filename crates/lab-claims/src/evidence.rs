//! Runs, by experiment and seed.

use std::ops::Range;

use anyhow::{Result, ensure};
use lab_results::stats::Quantity;
use lab_results::tables::RunRow;

/// The runs that claims are judged by.
#[derive(Clone, Debug)]
pub struct Runs {
    rows: Vec<RunRow>,
}

impl Runs {
    /// Of `runs.csv`, those with these seeds.
    ///
    /// # Errors
    /// An experiment that lacks one of the seeds, by name: a part of the seeds is a choice, and nobody knows whose.
    pub fn new(rows: Vec<RunRow>, seeds: &Range<u64>, experiments: &[&str]) -> Result<Self> {
        let chosen: Vec<RunRow> = rows
            .into_iter()
            .filter(|row| seeds.contains(&row.seed))
            .collect();
        for experiment in experiments {
            let has = |seed: u64| {
                chosen
                    .iter()
                    .any(|row| row.experiment == *experiment && row.seed == seed)
            };
            let missing: Vec<u64> = seeds.clone().filter(|&seed| !has(seed)).collect();
            ensure!(
                missing.is_empty(),
                "experiment `{experiment}` has no run with seed {} ({} of {} are missing); expected all of {}..{}",
                missing[0],
                missing.len(),
                seeds.end - seeds.start,
                seeds.start,
                seeds.end
            );
        }
        Ok(Self { rows: chosen })
    }

    /// All lines of an experiment, by seed.
    pub(crate) fn of(&self, experiment: &str) -> Vec<&RunRow> {
        let mut rows: Vec<&RunRow> = self
            .rows
            .iter()
            .filter(|row| row.experiment == experiment)
            .collect();
        rows.sort_by_key(|row| row.seed);
        rows
    }

    /// One number of each run, by seed, on a scale where differences mean something: of epochs, the logarithm.
    /// `None` if a run has no such number.
    pub(crate) fn numbers(&self, experiment: &str, quantity: Quantity) -> Option<Vec<f64>> {
        let numbers = self.of(experiment).into_iter().map(|row| quantity.of(row));
        let numbers: Option<Vec<f64>> = numbers.collect();
        Some(numbers?.into_iter().map(|x| quantity.linear(x)).collect())
    }

    /// How two experiments differ, seed by seed: runs of one seed share the split and the test images.
    pub(crate) fn differences(&self, a: &str, b: &str, quantity: Quantity) -> Option<Vec<f64>> {
        let (a, b) = (self.numbers(a, quantity)?, self.numbers(b, quantity)?);
        (a.len() == b.len()).then(|| a.iter().zip(&b).map(|(a, b)| a - b).collect())
    }
}
