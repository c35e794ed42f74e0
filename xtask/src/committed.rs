//! Which results are committed.

use std::ops::Range;
use std::path::PathBuf;

use crate::lab::root;

/// The results of a suite: a folder of `results`.
#[derive(Debug)]
pub(crate) struct Committed {
    /// The suite, and the folder.
    pub(crate) name: &'static str,
    /// The seeds of each experiment.
    pub(crate) seeds: Range<u64>,
    /// Whether the runs' files are committed, and not only their SHA-256.
    pub(crate) has_runs: bool,
    /// How many of the seeds `verify` runs again unless it is asked for more.
    pub(crate) sample: u64,
}

pub(crate) const SUITES: [Committed; 3] = [
    Committed {
        name: "paper",
        seeds: 0..5,
        has_runs: true,
        sample: 5,
    },
    Committed {
        name: "readings",
        seeds: 0..5,
        has_runs: false,
        sample: 1,
    },
    Committed {
        name: CONFIRMATORY,
        seeds: 100..140,
        has_runs: false,
        sample: 1,
    },
];

/// Its report comes from rules that were fixed before its runs.
pub(crate) const CONFIRMATORY: &str = "confirmatory";

/// Every combination of readings. It is no suite: a command of its own makes its results.
pub(crate) const MULTIVERSE: &str = "multiverse";

/// Its table of runs.
pub(crate) const READINGS: &str = "readings.csv";

/// What its runs left, from which the rest is made.
pub(crate) const RUNS_OF_MULTIVERSE: [&str; 2] = [READINGS, "multiverse.json"];

/// The names of all, as options have them.
pub(crate) const NAMES: [&str; 4] = ["paper", "readings", CONFIRMATORY, MULTIVERSE];

impl Committed {
    /// The suite of this name; `None` for [`MULTIVERSE`].
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        const ALL: &[Committed] = &SUITES;
        ALL.iter().find(|suite| suite.name == name)
    }

    /// The first seeds.
    pub(crate) fn first(&self, seeds: u64) -> Range<u64> {
        self.seeds.start..self.seeds.end.min(self.seeds.start + seeds)
    }
}

/// Where results are.
pub(crate) fn folder(name: &str) -> PathBuf {
    root().join("results").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_once() {
        let suites = SUITES.iter().map(|suite| suite.name);
        assert!(suites.chain([MULTIVERSE]).eq(NAMES));
        assert!(Committed::find(MULTIVERSE).is_none());
        let fresh = Committed::find(CONFIRMATORY).unwrap();
        assert_eq!(fresh.first(1), 100..101);
        assert_eq!(fresh.first(99), 100..140);
    }
}
