//! Compares committed results with repeated results.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::differ::{Line, lines, lines_differ};
use super::folder::{SHA256SUMS, files, is_model, name_and_sum, read_sums, run_of, sha256};

/// The runs to compare.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The experiments; empty for all.
    pub(super) only: Vec<String>,
    /// The seeds.
    pub(super) seeds: Range<u64>,
    /// All committed seeds.
    pub(super) all_seeds: Range<u64>,
}

impl Scope {
    /// All runs.
    pub(super) fn all() -> Self {
        Self {
            only: Vec::new(),
            seeds: 0..u64::MAX,
            all_seeds: 0..u64::MAX,
        }
    }

    /// Whether these are all runs of the committed results, so that files about all runs must be identical.
    pub(crate) fn is_full(&self) -> bool {
        self.only.is_empty() && self.has_all_seeds()
    }

    fn has_all_seeds(&self) -> bool {
        self.seeds == self.all_seeds
    }

    /// Unless only the first seeds are selected, all seeds count, even unexpected ones.
    fn has(&self, experiment: &str, seed: u64) -> bool {
        let chosen = self.only.is_empty() || self.only.iter().any(|only| only == experiment);
        chosen && (self.has_all_seeds() || self.seeds.contains(&seed))
    }

    /// Whether a file of the suite, or its lines on these runs, can be compared: other files depend on all runs.
    fn covers(&self, name: &str) -> bool {
        match name {
            "suite.json" | "gradcheck.csv" | "runs.csv" | SHA256SUMS => true,
            "summary.csv" => self.has_all_seeds(),
            _ => self.is_full(),
        }
    }

    /// The lines of a text; for tables of all runs, only the lines on these runs and the header.
    fn lines<'a>(&self, name: &str, text: &'a str) -> Vec<Line<'a>> {
        let mut lines = lines(text);
        lines.retain(|(_, line)| {
            let run = match name {
                SHA256SUMS => name_and_sum(line).and_then(|(name, _)| run_of(name)),
                // Where `runs.csv` has a seed, `summary.csv` has the number of runs.
                "runs.csv" | "summary.csv" => {
                    let mut fields = line.trim_end().split(',');
                    let (experiment, number) = (fields.next(), fields.next());
                    experiment.zip(number.and_then(|number| number.parse().ok()))
                }
                _ => None,
            };
            run.is_none_or(|(experiment, seed)| self.has(experiment, seed))
        });
        lines
    }
}

/// The form in which the runs of results are committed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Runs {
    /// The runs' files are committed, except for models.
    Committed,
    /// Only the SHA-256 of the files are committed.
    Sums,
    /// Runs are not compared: the files were made from tables.
    Unasked,
}

/// Two folders of one suite's results, and how they are compared.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    /// The committed results.
    pub(super) committed: PathBuf,
    /// The form of the committed runs.
    pub(super) runs: Runs,
    /// The same results, made again.
    pub(super) again: &'a Path,
    pub(super) scope: &'a Scope,
    /// 0 to compare bytes; above it, numbers in tables may differ by this much.
    pub(super) tolerance: f64,
}

/// The result of a comparison.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Files that are the same.
    pub(super) same: usize,
    /// Of these, those that were compared by SHA-256 only.
    pub(super) by_sum: usize,
    /// Files that differ, with the difference.
    pub(super) faults: Vec<String>,
    /// Files that could not be compared, by the reason.
    pub(super) unchecked: BTreeMap<&'static str, BTreeSet<String>>,
}

/// The files on both sides.
struct Sides {
    /// Without models, and without runs of which only the SHA-256 is committed: such files are the user's.
    committed: BTreeSet<String>,
    again: BTreeSet<String>,
    sums: BTreeMap<String, String>,
}

/// The result for a file.
enum Finding {
    Same,
    SameSum,
    Fault(String),
    Unchecked(&'static str),
}

use Finding::{Fault, Same, SameSum, Unchecked};

const NOT_MADE: &str = "is committed, but was not written again";
const NOT_COMMITTED: &str = "was written, but is not committed";
const OF_ALL_RUNS: &str = "about all runs";
const OTHER_RUNS: &str = "not selected";
const NO_NUMBERS: &str = "no table, so --tolerance does not apply";
const SUMS_ONLY: &str = "only the SHA-256 is committed, so --tolerance does not apply";

impl Comparison<'_> {
    /// Compares every file that either side has.
    ///
    /// # Errors
    /// A folder or a file that cannot be read; `SHA256SUMS` in another form.
    pub(super) fn run(&self) -> Result<Outcome> {
        let path = self.committed.join(SHA256SUMS);
        let mut sides = Sides {
            committed: files(&self.committed)?,
            again: files(self.again)?,
            sums: match path.exists() {
                true => read_sums(&path)?,
                false => BTreeMap::new(),
            },
        };
        let is_committed = |name: &String| match run_of(name) {
            Some(_) => self.runs == Runs::Committed && !is_model(name),
            None => true,
        };
        sides.committed.retain(is_committed);
        let mut names: BTreeSet<&String> = sides.committed.union(&sides.again).collect();
        if self.runs != Runs::Unasked {
            names.extend(sides.sums.keys().filter(|name| run_of(name).is_some()));
        }

        let mut outcome = Outcome::default();
        for name in names {
            match run_of(name) {
                Some((experiment, seed)) if !self.scope.has(experiment, seed) => {
                    let run = format!("{experiment}/seed-{seed}");
                    outcome.unchecked.entry(OTHER_RUNS).or_default().insert(run);
                }
                Some(_) => outcome.add(name, self.run_file(name, &sides)?),
                None if self.scope.covers(name) => {
                    outcome.add(name, self.suite_file(name, &sides)?);
                }
                None if sides.committed.contains(name) => {
                    outcome.add(name, Unchecked(OF_ALL_RUNS));
                }
                // There is no committed report about a part of the runs.
                None => {}
            }
        }
        Ok(outcome)
    }

    /// Compares a file of one run: its contents if they are committed, and its SHA-256.
    fn run_file(&self, name: &str, sides: &Sides) -> Result<Finding> {
        let committed = sides.committed.contains(name);
        if !sides.again.contains(name) {
            return Ok(Fault(NOT_MADE.to_owned()));
        }
        if self.runs == Runs::Committed && !is_model(name) && !committed {
            return Ok(Fault(NOT_COMMITTED.to_owned()));
        }
        let Some(sum) = sides.sums.get(name) else {
            return Ok(Fault(format!("was written, but is not in {SHA256SUMS}")));
        };
        if committed {
            let finding = self.contents(name)?;
            if self.tolerance > 0.0 || !matches!(finding, Same) {
                return Ok(finding);
            }
        } else if self.tolerance > 0.0 {
            return Ok(Unchecked(SUMS_ONLY));
        }
        let found = sha256(&read(self.again, name)?);
        Ok(match (found == *sum, committed) {
            (true, true) => Same,
            (true, false) => SameSum,
            (false, _) => Fault(format!(
                "checksum mismatch: found {found}, {SHA256SUMS} expects {sum}"
            )),
        })
    }

    /// Compares a file of the suite.
    fn suite_file(&self, name: &str, sides: &Sides) -> Result<Finding> {
        if !sides.again.contains(name) {
            Ok(Fault(NOT_MADE.to_owned()))
        } else if !sides.committed.contains(name) {
            Ok(Fault(NOT_COMMITTED.to_owned()))
        } else {
            self.contents(name)
        }
    }

    /// Compares a file that both sides have.
    fn contents(&self, name: &str) -> Result<Finding> {
        let (expected, found) = (read(&self.committed, name)?, read(self.again, name)?);
        if expected == found {
            return Ok(Same);
        }
        let is_table = [".csv", ".json", SHA256SUMS]
            .iter()
            .any(|end| name.ends_with(end));
        if self.tolerance > 0.0 && !is_table {
            return Ok(Unchecked(NO_NUMBERS));
        }
        let (Ok(a), Ok(b)) = (str::from_utf8(&expected), str::from_utf8(&found)) else {
            return Ok(Fault("different bytes".to_owned()));
        };
        let (a_lines, b_lines) = (self.scope.lines(name, a), self.scope.lines(name, b));
        let difference = lines_differ(&a_lines, &b_lines, self.tolerance);
        Ok(difference.map_or(Same, Fault))
    }
}

impl Outcome {
    fn add(&mut self, name: &str, finding: Finding) {
        match finding {
            Same => self.same += 1,
            SameSum => {
                self.same += 1;
                self.by_sum += 1;
            }
            Fault(what) => self.faults.push(format!("{name}: {what}")),
            Unchecked(reason) => {
                let label = match name.split_once('/') {
                    _ if is_model(name) => "models".to_owned(),
                    Some((folder, _)) => format!("{folder}/"),
                    None => name.to_owned(),
                };
                self.unchecked.entry(reason).or_default().insert(label);
            }
        }
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let path = folder.join(name);
    fs::read(&path).with_context(|| path.display().to_string())
}
