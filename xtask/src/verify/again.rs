//! Makes the results of a suite again: runs, and what is made from tables.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::compare::{Again, OF_RUNS, SHA256SUMS};
use super::files::{Files, MODEL, read_files, run_of};
use crate::child::quietly;
use crate::committed::{CONFIRMATORY, Committed, IMAGES, MULTIVERSE, READINGS, RUNS};
use crate::disk;
use crate::lab::Lab;
use crate::reproduce::{report, run};

/// Which runs are made again.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Runs {
    /// Every run.
    All,
    /// The first seeds of some experiments; empty for all experiments. Of the combinations, the first two with seed 0.
    Part { only: Vec<String>, seeds: u64 },
    /// None.
    None,
}

/// A suite's committed results, and how to make them again.
pub(super) struct Suite<'a> {
    pub(super) lab: &'a Lab,
    pub(super) suite: &'a Committed,
    /// The committed results.
    pub(super) committed: PathBuf,
    /// A folder to make them in.
    pub(super) out: PathBuf,
}

impl Suite<'_> {
    /// The committed files.
    pub(super) fn kept(&self) -> Result<Files> {
        read_files(&self.committed, self.suite.has_runs)
    }

    /// Makes runs again, and everything that is made from all runs: from the same runs if these are all, or else from the
    /// committed tables.
    pub(super) fn again(&self, runs: &Runs) -> Result<Again> {
        let mut again = Again::default();
        if *runs != Runs::None {
            again.files = self.runs(runs)?;
        }
        if *runs != Runs::All {
            // What was made from a part of the runs is about that part.
            again
                .files
                .retain(|name, _| run_of(name).is_some() || OF_RUNS.contains(&name.as_str()));
            let tables = self.tables()?;
            again.files.extend(tables.files);
            again.believed = tables.believed;
        }
        Ok(again)
    }

    fn runs(&self, runs: &Runs) -> Result<Files> {
        let (name, out) = (&self.suite.name, self.out.join("runs"));
        let made = out.join(name);
        if name == MULTIVERSE {
            let mut study = self.lab.command("study multiverse --out");
            study.arg(&out);
            if *runs != Runs::All {
                study.args(["--cells", "2", "--seeds", "1"]);
            }
            quietly(&mut study)?;
        } else {
            let (only, seeds) = match runs {
                Runs::Part { only, seeds } => (only.as_slice(), self.suite.first(*seeds)?),
                _ => (&[][..], self.suite.seeds()),
            };
            run(self.lab, self.suite, only, &seeds, &out, false)?;
            if *runs == Runs::All {
                quietly(report(self.lab, name, &made).arg("--quiet"))?;
            }
        }
        read_files(&made, self.suite.has_runs)
    }

    /// Makes again what needs no training.
    fn tables(&self) -> Result<Again> {
        let (name, out) = (&self.suite.name, self.out.join("tables"));
        let made = out.join(name);
        let tables: &[&str] = match name.as_str() {
            MULTIVERSE => &[READINGS],
            _ if self.suite.has_runs => &[],
            CONFIRMATORY => &[RUNS, SHA256SUMS, IMAGES],
            _ => &[RUNS, SHA256SUMS],
        };
        tables
            .iter()
            .try_for_each(|table| self.copy(table, &made))?;
        if name == MULTIVERSE {
            // The program compares the first with its own choices, and the table with its checksum; it writes both.
            self.copy("multiverse.json", &made)?;
            self.copy(SHA256SUMS, &made)?;
            let mut study = self
                .lab
                .command("--quiet study multiverse --cells 1 --seeds 1 --out");
            quietly(study.arg(&out))?;
        } else {
            self.write_suite(&made)?;
            if self.suite.has_runs {
                self.bring_runs(&made)?;
                quietly(self.lab.command("--quiet gradcheck --out").arg(&made))?;
            }
            quietly(report(self.lab, name, &made).arg("--quiet"))?;
        }
        let mut files = read_files(&made, false)?;
        let mut believed: BTreeSet<String> = tables.iter().map(|&it| it.to_owned()).collect();
        if self.suite.has_runs {
            // Whatever else is in the runs' folders, these files belong there.
            let sums = String::from_utf8_lossy(&files[SHA256SUMS]);
            let of_runs = sums.lines().filter_map(|line| line.split_once("  "));
            let of_runs = of_runs.filter(|(_, name)| !name.ends_with(MODEL));
            believed.extend(of_runs.map(|(_, name)| name.to_owned()));
        }
        let left = files.iter().filter(|(_, bytes)| bytes.is_empty());
        believed.extend(left.map(|(name, _)| name.clone()));
        files.retain(|name, _| !believed.contains(name));
        Ok(Again { files, believed })
    }

    /// Writes `suite.json` by a part of the runs that has none.
    fn write_suite(&self, made: &Path) -> Result<()> {
        let plans = self.out.join("plans");
        let seed = self.suite.first(1)?;
        let mut command = self
            .lab
            .command("--quiet run --partition slice:9999/9999 --out");
        command
            .arg(&plans)
            .args(["--suite", &self.suite.name, "--seeds", &seed]);
        quietly(&mut command)?;
        let part = plans
            .join(&self.suite.name)
            .join("parts/9999-of-9999/suite.json");
        disk::copy(part, made.join("suite.json"))
    }

    /// Copies the runs, and what else their report takes. It shows models, which are not committed: it takes them from the
    /// runs' folders, if they are there, and from `report.html`, and checks their SHA-256. It keeps a figure of the same
    /// models as before if it finds none: an empty file stands for that figure here, so that one which stays empty was
    /// not made again.
    fn bring_runs(&self, made: &Path) -> Result<()> {
        let kept = self.kept()?;
        let taken =
            |name: &str| run_of(name).is_some() || ["report.html", "report.json"].contains(&name);
        for name in kept
            .keys()
            .filter(|name| taken(name))
            .chain(&self.models()?)
        {
            self.copy(name, made)?;
        }
        let mut figures = kept
            .keys()
            .filter(|name| name.starts_with("figures/weights."));
        figures.try_for_each(|name| disk::write(made.join(name), b""))
    }

    /// The models of committed runs that an earlier command left in their folders.
    pub(super) fn models(&self) -> Result<Vec<String>> {
        let kept = self.kept()?;
        let runs = kept.keys().filter(|name| name.ends_with("/run.json"));
        let models = runs.filter_map(|name| Some(format!("{}/{MODEL}", run_of(name)?)));
        Ok(models
            .filter(|name| self.committed.join(name).exists())
            .collect())
    }

    pub(super) fn copy(&self, name: &str, made: &Path) -> Result<()> {
        disk::copy(self.committed.join(name), made.join(name))
    }
}
