//! The runs that claims are judged by.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use lab_results::stats::Quantity;
use lab_results::suite::Experiment;
use lab_results::tables::RunRow;

use crate::rules::Rules;

/// Runs, by experiment and seed.
#[derive(Clone, Debug)]
pub struct Runs {
    by_experiment: BTreeMap<String, BTreeMap<u64, RunRow>>,
}

impl Runs {
    /// All rows of `runs.csv`.
    pub fn new(rows: impl IntoIterator<Item = RunRow>) -> Self {
        let mut by_experiment: BTreeMap<String, BTreeMap<u64, RunRow>> = BTreeMap::new();
        for row in rows {
            let seeds = by_experiment.entry(row.experiment.clone()).or_default();
            seeds.insert(row.seed, row);
        }
        Self { by_experiment }
    }

    /// Whether any run has one of the rules' confirmatory seeds.
    pub fn are_confirmatory(&self, rules: &Rules) -> bool {
        let mut seeds = self.by_experiment.values().flat_map(BTreeMap::keys);
        seeds.any(|seed| rules.confirmatory.contains(seed))
    }

    /// The runs with exactly these seeds.
    ///
    /// # Errors
    /// The first experiment and seed without a run, because leaving out a seed would be a choice made after the result.
    pub fn exactly(mut self, seeds: &[u64], experiments: &[&str]) -> Result<Self> {
        for experiment in experiments {
            let runs = self.by_experiment.entry((*experiment).to_owned());
            let runs = runs.or_default();
            let missing: Vec<&u64> = seeds.iter().filter(|it| !runs.contains_key(it)).collect();
            ensure!(
                missing.is_empty(),
                "experiment `{experiment}` has no run with seed {} ({} of {} seeds are missing)",
                missing[0],
                missing.len(),
                seeds.len()
            );
        }
        for runs in self.by_experiment.values_mut() {
            runs.retain(|seed, _| seeds.contains(seed));
        }
        Ok(self)
    }

    /// The runs of a reading, each under the id of the experiment that is read otherwise. Experiments that do not have
    /// this reading have no runs.
    pub(crate) fn of_reading(&self, reading: &str, experiments: &[Experiment]) -> Self {
        let read = experiments.iter().filter_map(|it| {
            let of = it.reading.as_ref().filter(|it| it.id == reading)?;
            Some((of.of.clone(), self.by_experiment.get(&it.id)?.clone()))
        });
        Self {
            by_experiment: read.collect(),
        }
    }

    /// Whether each of these experiments has runs.
    pub(crate) fn have(&self, experiments: &[&str]) -> bool {
        let mut experiments = experiments.iter();
        experiments.all(|id| !self.of(id).is_empty())
    }

    /// The rows of an experiment, by seed.
    pub fn of(&self, experiment: &str) -> Vec<&RunRow> {
        let runs = self.by_experiment.get(experiment).into_iter();
        runs.flat_map(BTreeMap::values).collect()
    }

    /// One number of each run on the scale of [`Quantity::linear`], by seed.
    ///
    /// # Errors
    /// The first seed whose run has no such number.
    pub fn numbers(&self, experiment: &str, quantity: Quantity) -> Result<Vec<(u64, f64)>, u64> {
        let number = |row: &RunRow| {
            let number = quantity.of(row).map(|x| quantity.linear(x));
            let number = number.filter(|x| x.is_finite()).ok_or(row.seed)?;
            Ok((row.seed, number))
        };
        self.of(experiment).into_iter().map(number).collect()
    }

    /// The mean over some experiments, by seed: for each seed that all of them have.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub(crate) fn means(
        &self,
        experiments: &[String],
        quantity: Quantity,
    ) -> Result<Vec<(u64, f64)>, u64> {
        let mut by_seed: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for experiment in experiments {
            for (seed, number) in self.numbers(experiment, quantity)? {
                by_seed.entry(seed).or_default().push(number);
            }
        }
        let of_all = by_seed
            .into_iter()
            .filter(|(_, of)| of.len() == experiments.len());
        let means = of_all.map(|(seed, of)| (seed, of.iter().sum::<f64>() / of.len() as f64));
        Ok(means.collect())
    }

    /// The differences of two experiments, seed by seed: runs with the same seed share the split and the test images.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn differences(
        &self,
        [a, b]: [&str; 2],
        quantity: Quantity,
    ) -> Result<Vec<(u64, f64)>, u64> {
        let b: BTreeMap<u64, f64> = self.numbers(b, quantity)?.into_iter().collect();
        let pairs = self.numbers(a, quantity)?.into_iter();
        let pairs = pairs.filter_map(|(seed, a)| Some((seed, a - b.get(&seed)?)));
        Ok(pairs.collect())
    }
}

/// Numbers without their seeds.
pub(crate) fn values(numbers: &[(u64, f64)]) -> Vec<f64> {
    numbers.iter().map(|&(_, number)| number).collect()
}

/// Columns as rows. All columns have the same seeds, since they are numbers of the same runs.
pub(crate) fn rows(columns: &[Vec<(u64, f64)>]) -> Vec<Vec<f64>> {
    let seeds = 0..columns.first().map_or(0, Vec::len);
    let row = |at: usize| columns.iter().map(|column| column[at].1).collect();
    seeds.map(row).collect()
}
