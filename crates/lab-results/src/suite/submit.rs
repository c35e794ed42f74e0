//! The options for a scheduler, in the table `[submit]` of a suite's file.

use anyhow::{Result, ensure};
use serde::Deserialize;

use crate::quote::quoted;

/// Options for a scheduler. The scheduler decides about options that are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Submit {
    /// The number of tasks.
    pub parts: Option<usize>,
    /// The maximum number of simultaneous tasks.
    pub at_once: Option<usize>,
    /// The number of processors and threads of a task.
    pub cpus: Option<u16>,
    /// The memory limit of a task, in the scheduler's format: `2G`.
    pub mem: Option<String>,
    /// The time limit of a task, in the scheduler's format: `0:30:00`.
    pub time: Option<String>,
    /// The account to charge.
    pub account: Option<String>,
    /// The queue; Slurm calls it a partition.
    pub queue: Option<String>,
}

impl Submit {
    /// These options, and those of `others` where these are `None`.
    pub fn or(self, others: Self) -> Self {
        Self {
            parts: self.parts.or(others.parts),
            at_once: self.at_once.or(others.at_once),
            cpus: self.cpus.or(others.cpus),
            mem: self.mem.or(others.mem),
            time: self.time.or(others.time),
            account: self.account.or(others.account),
            queue: self.queue.or(others.queue),
        }
    }

    /// Checks that no number is 0, and that texts are single words, because they become part of a job script.
    ///
    /// # Errors
    /// The first invalid option; the message names it.
    pub fn check(&self) -> Result<()> {
        let numbers = [
            ("parts", self.parts),
            ("at-once", self.at_once),
            ("cpus", self.cpus.map(usize::from)),
        ];
        for (name, number) in numbers {
            ensure!(number != Some(0), "{name} is 0; expected at least 1");
        }
        let words = [
            ("mem", &self.mem),
            ("time", &self.time),
            ("account", &self.account),
            ("queue", &self.queue),
        ];
        let usual = |c: char| c.is_ascii_alphanumeric() || "-_.,:+@/".contains(c);
        for (name, word) in words {
            let word = word.as_deref().unwrap_or("1");
            ensure!(
                (1..=64).contains(&word.len()) && word.chars().all(usual),
                "{name} is {}; expected 1 to 64 letters, digits or any of -_.,:+@/",
                quoted(word)
            );
        }
        Ok(())
    }
}
