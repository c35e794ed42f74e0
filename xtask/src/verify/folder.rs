//! The files in a folder of results, and their `SHA256SUMS`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::differ::is_sum;

/// SHA-256 and name of every file of every run.
pub(super) const SHA256SUMS: &str = "SHA256SUMS";

/// The files in a folder, by their paths from it, with `/` on every system; without files that differ from run to run
/// and files of unfinished runs.
///
/// # Errors
/// A folder that cannot be read, a name that is not UTF-8.
pub(super) fn files(folder: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut left = vec![(folder.to_owned(), String::new())];
    while let Some((next, prefix)) = left.pop() {
        let cannot = || next.display().to_string();
        for entry in fs::read_dir(&next).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let Ok(name) = entry.file_name().into_string() else {
                bail!("{}: file name is not UTF-8", entry.path().display());
            };
            if entry.file_type().with_context(cannot)?.is_dir() {
                left.push((entry.path(), format!("{prefix}{name}/")));
            } else if !is_passing(&name) {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }
    Ok(found)
}

/// Whether a file is not a result. Version control ignores these files, and models.
fn is_passing(name: &str) -> bool {
    let is_checkpoint = name.starts_with("checkpoint") && name.ends_with(".safetensors");
    ["timings.csv", ".lock"].contains(&name) || name.starts_with(".unfinished-") || is_checkpoint
}

/// Whether a file is a run's model, which is never committed.
pub(super) fn is_model(name: &str) -> bool {
    run_of(name).is_some() && name.ends_with("/model.safetensors")
}

/// The experiment and the seed of `<experiment>/seed-<k>/<file>`; `None` for other names.
pub(super) fn run_of(name: &str) -> Option<(&str, u64)> {
    let parts: Vec<&str> = name.split('/').collect();
    let &[experiment, run, _] = parts.as_slice() else {
        return None;
    };
    let seed = run.strip_prefix("seed-")?.parse().ok()?;
    (run == format!("seed-{seed}")).then_some((experiment, seed))
}

/// The name in a line of `SHA256SUMS`, and the SHA-256 before it.
pub(super) fn name_and_sum(line: &str) -> Option<(&str, &str)> {
    let (sum, name) = line.trim_end_matches('\n').split_once("  ")?;
    is_sum(sum).then_some((name, sum))
}

/// The SHA-256 of every file that a `SHA256SUMS` lists.
///
/// # Errors
/// A file that cannot be read, a line that is not in the form of `sha256sum`, a name that is there twice.
pub(super) fn read_sums(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut sums = BTreeMap::new();
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let place = || format!("{}: line {number}", path.display());
        let Some((name, sum)) = name_and_sum(line) else {
            bail!("{}: expected a line of sha256sum", place());
        };
        if sums.insert(name.to_owned(), sum.to_owned()).is_some() {
            bail!("{}: duplicate name {name}", place());
        }
    }
    Ok(sums)
}

/// SHA-256, 64 hexadecimal digits in lower case.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_a_seeds_folder_are_of_a_run() {
        assert_eq!(run_of("l2_minus/seed-3/run.json"), Some(("l2_minus", 3)));
        for name in [
            "REPORT.md",
            "figures/weights.png",
            "softmax/notes/run.json",
            "softmax/seed-07/run.json",
            "softmax/seed-0/more/run.json",
        ] {
            assert_eq!(run_of(name), None, "{name}");
        }
        assert!(is_model("softmax/seed-0/model.safetensors"));
        assert!(!is_model("model.safetensors"));
    }

    #[test]
    fn sums_are_as_sha256sum_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SHA256SUMS);
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            read_sums(&path)
        };
        let sum = sha256(b"abc");
        assert!(sum.starts_with("ba7816bf8f01cfea"));
        let sums = read(&format!("{sum}  softmax/seed-0/run.json\n")).unwrap();
        assert_eq!(sums["softmax/seed-0/run.json"], sum);
        for (text, expected) in [
            (
                "abc  run.json\n".to_owned(),
                "line 1: expected a line of sha256sum",
            ),
            (
                format!("{sum} *run.json\n"),
                "line 1: expected a line of sha256sum",
            ),
            (format!("{sum}  a\n{sum}  a\n"), "line 2: duplicate name a"),
        ] {
            let message = format!("{:#}", read(&text).unwrap_err());
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn clocks_locks_and_runs_under_way_are_no_results() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("softmax").join("seed-0");
        fs::create_dir_all(&run).unwrap();
        for name in [
            "timings.csv",
            "checkpoint.safetensors",
            ".unfinished-x",
            "run.json",
        ] {
            fs::write(run.join(name), "").unwrap();
        }
        fs::write(folder.path().join(".lock"), "").unwrap();
        let found = files(folder.path()).unwrap();
        assert_eq!(found, ["softmax/seed-0/run.json".to_owned()].into());
    }
}
