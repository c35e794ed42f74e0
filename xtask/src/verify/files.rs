//! The files in a folder of results.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Files by their paths in a folder, with `/` on every system.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A run's model, which is never committed.
pub(super) const MODEL: &str = "model.safetensors";

/// The files in a folder that can be results: without those that differ from run to run, that only a run under way has,
/// or that are never committed.
///
/// # Errors
/// A folder or a file that cannot be read, a name that is not UTF-8.
pub(super) fn read_files(folder: &Path, has_runs: bool) -> Result<Files> {
    let mut found = Files::new();
    let mut left = vec![(folder.to_owned(), String::new())];
    while let Some((next, prefix)) = left.pop() {
        let cannot = || next.display().to_string();
        for entry in fs::read_dir(&next).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let Ok(name) = entry.file_name().into_string() else {
                bail!("{}: file name is not UTF-8", entry.path().display());
            };
            let path = format!("{prefix}{name}");
            if entry.file_type().with_context(cannot)?.is_dir() {
                left.push((entry.path(), format!("{path}/")));
            } else if is_result(&name) && (run_of(&path).is_none() || has_runs && name != MODEL) {
                let bytes = fs::read(entry.path());
                found.insert(path, bytes.with_context(cannot)?);
            }
        }
    }
    Ok(found)
}

/// Version control ignores the other files.
fn is_result(name: &str) -> bool {
    let is_checkpoint = name.starts_with("checkpoint") && name.ends_with(".safetensors");
    !["timings.csv", "mnist.js", ".lock"].contains(&name)
        && !name.starts_with(".unfinished-")
        && !is_checkpoint
}

/// The run, `<experiment>/seed-<k>`, that a file belongs to.
pub(super) fn run_of(path: &str) -> Option<&str> {
    let (run, file) = path.rsplit_once('/')?;
    let (experiment, seed) = run.split_once("/seed-")?;
    let is_run = !experiment.contains('/') && seed.bytes().all(|it| it.is_ascii_digit());
    (is_run && !file.is_empty() && !seed.is_empty()).then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::write;

    #[test]
    fn only_what_can_be_committed_is_a_result() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            ".lock",
            "runs.csv",
            "figures/.unfinished-x",
            "figures/loss.svg",
            "mnist.js",
            "model.safetensors",
            "relu/notes/run.json",
            "relu/seed-0/checkpoint-before.safetensors",
            "relu/seed-0/model.safetensors",
            "relu/seed-0/run.json",
            "relu/seed-0/timings.csv",
        ] {
            write(folder.path().join(name), b"x").unwrap();
        }
        let found = |has_runs| {
            let files = read_files(folder.path(), has_runs).unwrap();
            files.into_keys().collect::<Vec<_>>().join(" ")
        };
        let others = "figures/loss.svg model.safetensors relu/notes/run.json";
        assert_eq!(found(false), format!("{others} runs.csv"));
        let expected = format!("{others} relu/seed-0/run.json runs.csv");
        assert_eq!(found(true), expected);
    }
}
