//! The machine and the programs on it: processors, load, our example.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::lab::cargo;

pub(super) fn succeeds(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where cargo has put the example.
pub(super) fn example() -> Result<PathBuf> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata tells no target_directory")?;
    Ok(Path::new(target)
        .join("release")
        .join("examples")
        .join("epoch"))
}

/// The numbers of the processors that this process, and what it starts, may use.
pub(super) fn allowed_processors() -> Result<Vec<usize>> {
    let status = fs::read_to_string("/proc/self/status")
        .context("/proc/self/status: the comparison pins processes and runs on Linux only")?;
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .context("/proc/self/status tells no Cpus_allowed_list")?;
    parse_list(list.trim()).with_context(|| format!("Cpus_allowed_list is {list}"))
}

/// `0-2,5` is 0, 1, 2 and 5.
fn parse_list(list: &str) -> Result<Vec<usize>> {
    let mut numbers = Vec::new();
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        numbers.extend(first.parse::<usize>()?..=last.parse()?);
    }
    Ok(numbers)
}

pub(super) fn processor() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {count} of them allowed",
        model.as_deref().unwrap_or("unknown")
    )
}

pub(super) fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

pub(super) fn is_busy(load: f64) -> bool {
    load > 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_processors() {
        assert_eq!(parse_list("0-2,5").unwrap(), [0, 1, 2, 5]);
        assert_eq!(parse_list("7").unwrap(), [7]);
        assert!(parse_list("").is_err());
    }
}
