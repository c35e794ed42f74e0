//! The committed results: one folder of `results` for each suite.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::disk::read_text;
use crate::lab::root;

/// The suite with seeds that were fresh when the rules were fixed.
pub(crate) const CONFIRMATORY: &str = "confirmatory";

/// The suite with every combination of readings.
pub(crate) const MULTIVERSE: &str = "multiverse";

/// A row for each run.
pub(crate) const RUNS: &str = "runs.csv";

/// The table of the combinations' runs.
pub(crate) const READINGS: &str = "readings.csv";

/// The test images that a suite's runs misclassify.
pub(crate) const IMAGES: &str = "images.csv";

/// The files of the combinations that training writes; the report is made from these files.
pub(crate) const RUNS_OF_MULTIVERSE: [&str; 2] = [READINGS, "multiverse.json"];

/// The folder of the suites' files and the rules for the claims.
const SUITES: &str = "crates/experiments/suites";
const RULES: &str = "claims";

/// The results of a suite with seeds.
#[derive(Debug)]
pub(crate) struct Committed {
    /// The name of the suite and of its folder.
    pub(crate) name: String,
    /// The seeds of each experiment; `None` if they are drawn from the rules.
    pub(crate) range: Option<Range<u64>>,
    /// Whether the runs' files are committed, not only their SHA-256.
    pub(crate) has_runs: bool,
}

impl Committed {
    /// The results of this suite. The exploratory seeds come from the rules for the claims; `.gitignore` shows whether the
    /// runs' files are committed.
    pub(crate) fn find(name: &str) -> Result<Self> {
        let rules = read_text(root().join(SUITES).join(RULES).with_extension("toml"))?;
        let ignored = format!("/results/{name}/*/seed-*/");
        let rows = read_text(root().join(".gitignore"))?;
        Ok(Self {
            name: name.to_owned(),
            range: match name {
                CONFIRMATORY => None,
                _ => Some(range(&rules, "exploratory")?),
            },
            has_runs: name != MULTIVERSE && !rows.lines().any(|row| row == ignored),
        })
    }

    /// All seeds, as `mnist-lab run --seeds` reads them.
    pub(crate) fn seeds(&self) -> String {
        match &self.range {
            Some(range) => format!("{}..{}", range.start, range.end),
            None => "drawn".to_owned(),
        }
    }

    /// The first `count` seeds, likewise. Drawn seeds are taken from the committed table of runs, which has them in
    /// ascending order.
    pub(crate) fn first(&self, count: u64) -> Result<String> {
        if let Some(range) = &self.range {
            let end = range.end.min(range.start.saturating_add(count));
            return Ok(format!("{}..{end}", range.start));
        }
        let table = read_text(folder(&self.name).join(RUNS))?;
        let seeds = table
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').nth(1));
        let mut seeds: Vec<u64> = seeds.filter_map(|seed| seed.parse().ok()).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let first = seeds
            .iter()
            .take(usize::try_from(count).unwrap_or(usize::MAX));
        let first: Vec<String> = first.map(u64::to_string).collect();
        Ok(first.join(","))
    }
}

/// The names of all suites with committed results.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(root().join(SUITES)).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let suites = files.filter(|path| path.extension().is_some_and(|it| it == "toml"));
    let names = suites.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<_> = names.filter(|name| name != RULES).collect();
    names.sort();
    names
}

/// The name of a suite with committed results, as an option's value.
pub(crate) fn suite(name: &str) -> Result<String, String> {
    let names = names();
    let known = names.iter().any(|known| known == name);
    let error = || format!("expected {}", names.join(", "));
    known.then(|| name.to_owned()).ok_or_else(error)
}

/// The folder with a suite's committed results.
pub(crate) fn folder(name: &str) -> PathBuf {
    root().join("results").join(name)
}

/// The range in a line `key = [first, end]`.
fn range(rules: &str, key: &str) -> Result<Range<u64>> {
    let mut lines = rules.lines().filter_map(|line| line.split_once(" = "));
    let (_, value) = lines
        .find(|(found, _)| *found == key)
        .with_context(|| format!("{RULES}.toml: no line `{key} = [first, end]`"))?;
    let [first, end] = serde_json::from_str(value)
        .with_context(|| format!("{RULES}.toml: {key}: expected [first, end], found {value}"))?;
    Ok(first..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_come_from_the_files_that_state_them() {
        assert_eq!(names(), ["confirmatory", "multiverse", "paper", "readings"]);
        assert!(suite("paper").is_ok() && suite("claims").is_err());
        let fresh = Committed::find(CONFIRMATORY).unwrap();
        assert_eq!((fresh.seeds().as_str(), fresh.has_runs), ("drawn", false));
        let all = fresh.first(u64::MAX).unwrap();
        assert!(all.contains(',') && all.starts_with(&fresh.first(1).unwrap()));
        let paper = Committed::find("paper").unwrap();
        assert_eq!((paper.seeds().as_str(), paper.has_runs), ("0..5", true));
        let first = [1, u64::MAX].map(|count| paper.first(count).unwrap());
        assert_eq!(first, ["0..1", "0..5"]);
        assert!(!Committed::find("readings").unwrap().has_runs);
        assert!(range("a = [1]", "a").is_err() && range("a = [1, 2]", "b").is_err());
    }
}
