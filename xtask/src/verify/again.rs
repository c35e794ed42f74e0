//! Makes the results of a suite again: runs, and what is made from tables.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::compare::{Again, RUNS, SHA256SUMS};
use super::files::{Files, read_files, run_of, write};
use crate::child::quietly;
use crate::committed::{Committed, MULTIVERSE, READINGS};
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
            again.files.retain(|name, _| {
                run_of(name).is_some() || [RUNS, SHA256SUMS, READINGS].contains(&name.as_str())
            });
            let from_tables = self.from_tables()?;
            again.files.extend(from_tables.files);
            again.believed = from_tables.believed;
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
                Runs::Part { only, seeds } => (only.as_slice(), self.suite.first(*seeds)),
                _ => (&[][..], self.suite.seeds.clone()),
            };
            run(self.lab, self.suite, only, seeds, &out, false)?;
            if *runs == Runs::All {
                quietly(report(self.lab, name, &made).arg("--quiet"))?;
            }
        }
        read_files(&made, self.suite.has_runs)
    }

    /// Makes again what needs no training.
    fn from_tables(&self) -> Result<Again> {
        let (name, out) = (&self.suite.name, self.out.join("tables"));
        let made = out.join(name);
        let mut again = Again::default();
        let mut believe = |table: &str| {
            again.believed.insert(table.to_owned());
            self.copy(table, &made)
        };
        if name == MULTIVERSE {
            believe(READINGS)?;
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
                self.kept()?
                    .keys()
                    .filter(|file| run_of(file).is_some())
                    .try_for_each(|file| believe(file))?;
                self.bring_models(&made)?;
                quietly(self.lab.command("--quiet gradcheck --out").arg(&made))?;
            } else {
                believe(RUNS)?;
                believe(SHA256SUMS)?;
            }
            quietly(report(self.lab, name, &made).arg("--quiet"))?;
        }
        let mut files = read_files(&made, self.suite.has_runs)?;
        let left = files.iter().filter(|(_, bytes)| bytes.is_empty());
        again.believed.extend(left.map(|(name, _)| name.clone()));
        files.retain(|name, _| !again.believed.contains(name));
        again.files = files;
        Ok(again)
    }

    /// Writes `suite.json` by a part of the runs that has none.
    fn write_suite(&self, made: &Path) -> Result<()> {
        let plans = self.out.join("plans");
        let seed = format!("{}..{}", self.suite.seeds.start, self.suite.seeds.start + 1);
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
        let bytes = fs::read(&part).with_context(|| part.display().to_string())?;
        write(&made.join("suite.json"), &bytes)
    }

    /// The report shows models, which are not committed. It takes them from the runs' folders, if they are there, and from
    /// `report.html`, and checks their SHA-256. It keeps a figure of the same models as before if it finds none: an empty
    /// file stands for that figure here, so that one which stays empty was not made again.
    fn bring_models(&self, made: &Path) -> Result<()> {
        for name in self.kept()?.keys() {
            if name.starts_with("figures/weights.") {
                write(&made.join(name), b"")?;
            } else if ["report.html", "report.json"].contains(&name.as_str()) {
                self.copy(name, made)?;
            } else if let Some(run) = run_of(name).filter(|_| name.ends_with("/run.json")) {
                let model = format!("{run}/model.safetensors");
                if self.committed.join(&model).exists() {
                    self.copy(&model, made)?;
                }
            }
        }
        Ok(())
    }

    fn copy(&self, name: &str, made: &Path) -> Result<()> {
        let from = self.committed.join(name);
        let bytes = fs::read(&from).with_context(|| from.display().to_string())?;
        write(&made.join(name), &bytes)
    }
}
