//! What a scheduler is told of a suite's runs, as the table `[submit]` of its file has it.

use anyhow::{Result, ensure};
use serde::Deserialize;

use crate::quote::quoted;

/// Wishes of those who give runs to a scheduler. None says nothing: the scheduler decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Submit {
    /// How many tasks the runs are shared out to.
    pub parts: Option<usize>,
    /// How many of them run at the same time, at most.
    pub at_once: Option<usize>,
    /// Processors, and so threads, of a task.
    pub cpus: Option<u16>,
    /// The most memory of a task, in the scheduler's words: `2G`.
    pub mem: Option<String>,
    /// The most time of a task, in the scheduler's words: `0:30:00`.
    pub time: Option<String>,
    /// Who pays.
    pub account: Option<String>,
    /// The queue, which Slurm calls a partition.
    pub queue: Option<String>,
}

impl Submit {
    /// These wishes, and those of `others` where these say nothing.
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

    /// Checks that no number is 0 and that a word is one, since words become lines of a job's script.
    ///
    /// # Errors
    /// The first that is not so, by name.
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
