//! `cargo xtask verify`: runs the committed results again and compares them, byte by byte.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::child::start;
use crate::lab::{Lab, SUITES, complain, root};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask verify                       all committed results of the paper's experiments
  cargo xtask verify --only softmax,relu --seeds 1
  cargo xtask verify --suite readings --only l1_damped,l2_minus
  cargo xtask verify --tolerance 1e-3      tables only, where last digits may differ")]
pub(crate) struct Options {
    /// Only these experiments
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    only: Vec<String>,

    /// Only the first seeds
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,

    /// Which of the committed results
    #[arg(long, value_name = "NAME", default_value = "paper", value_parser = SUITES)]
    suite: String,

    /// Let numbers differ by this much of the larger, or absolutely where they are below 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    tolerance: f64,
}

pub(crate) fn verify(options: &Options) -> Result<()> {
    let out = root().join("target").join("verify");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    let seeds = format!("0..{}", options.seeds);
    let lab = Lab::Release;
    let mut run = lab.command("run");
    run.args(&options.only)
        .args(["--suite", &options.suite, "--seeds", &seeds, "--out"]);
    start(run.arg(&out).stdout(Stdio::null()))?;
    let again = out.join(&options.suite);
    if options.suite == "paper" {
        let mut gradcheck = lab.command("gradcheck");
        start(gradcheck.arg("--out").arg(&again).stdout(Stdio::null()))?;
    }
    let mut report = lab.command("report");
    start(report.arg(&again).stdout(Stdio::null()))?;

    compare(&options.suite, &again, options.tolerance)
}

/// Compares a suite's results with the committed ones, as far as they go.
pub(crate) fn compare(suite: &str, again: &Path, tolerance: f64) -> Result<()> {
    let reference = root().join("results").join(suite);
    let mut found = results(again)?;
    let runs = |files: &BTreeSet<PathBuf>| -> Vec<PathBuf> {
        let runs = files.iter().filter(|path| path.ends_with("run.json"));
        runs.cloned().collect()
    };
    if runs(&results(&reference)?) != runs(&found) {
        // What is said of all runs is the same only if all are there.
        found.retain(|name| is_of_one_run(name) || name == Path::new("gradcheck.csv"));
    } else if tolerance > 0.0 {
        found.retain(|name| {
            name.extension()
                .is_some_and(|it| it == "csv" || it == "json")
        });
    }
    let mut failures = 0;
    for name in &found {
        let read = |folder: &Path| {
            let path = folder.join(name);
            fs::read(&path).with_context(|| path.display().to_string())
        };
        let verdict = match read(&reference) {
            Err(_) => Some("is not among the committed results".to_owned()),
            Ok(expected) => differ(&expected, &read(again)?, tolerance),
        };
        if let Some(verdict) = verdict {
            failures += 1;
            complain(&format!("{}: {verdict}", reference.join(name).display()));
        }
    }
    ensure!(failures == 0, "{failures} of {} files differ", found.len());
    complain(&format!("{} files are the same", found.len()));
    Ok(())
}

/// `<experiment>/seed-<k>/<file>`
fn is_of_one_run(name: &Path) -> bool {
    name.components().count() == 3
}

/// The files that runs determine and that are committed: no clock's, and no models, whose SHA-256 is in
/// `run.json`.
fn results(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    const KINDS: [&str; 5] = ["csv", "json", "md", "png", "svg"];
    let mut found = BTreeSet::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        let entries = fs::read_dir(&next).with_context(|| next.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            let kind = path.extension().and_then(|kind| kind.to_str());
            if path.is_dir() {
                left.push(path);
            } else if kind.is_some_and(|kind| KINDS.contains(&kind))
                && !path.ends_with("timings.csv")
            {
                found.insert(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    Ok(found)
}

/// How two files differ, if they do.
fn differ(expected: &[u8], found: &[u8], tolerance: f64) -> Option<String> {
    if expected == found {
        return None;
    }
    match (str::from_utf8(expected), str::from_utf8(found)) {
        (Ok(expected), Ok(found)) => difference(expected, found, tolerance),
        _ => Some("other bytes".to_owned()),
    }
}

/// Where two texts first differ, and by how much their numbers do at most; nothing if they are the
/// same, or within the tolerance.
fn difference(expected: &str, found: &str, tolerance: f64) -> Option<String> {
    if expected == found {
        return None;
    }
    let fields = |text: &str| -> Vec<Vec<String>> {
        let line = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().map(line).collect()
    };
    let (a, b) = (fields(expected), fields(found));
    if a.len() != b.len() {
        return Some(format!("{} lines, found {}", a.len(), b.len()));
    }
    let (mut first, mut worst) = (None, 0.0f64);
    for (number, (a, b)) in a.iter().zip(&b).enumerate() {
        let place = |what: &str| format!("line {}: {what}", number + 1);
        if a.len() != b.len() {
            return Some(place("another number of fields"));
        }
        for (a, b) in a.iter().zip(b).filter(|(a, b)| a != b) {
            let shown = place(&format!("{}, found {}", a.trim(), b.trim()));
            let (Ok(a), Ok(b)) = (a.trim().parse::<f64>(), b.trim().parse::<f64>()) else {
                return Some(shown);
            };
            worst = worst.max((a - b).abs() / a.abs().max(b.abs()).max(1.0));
            first.get_or_insert(shown);
        }
    }
    let first = first.unwrap_or_else(|| "line ends differ".to_owned());
    (worst > tolerance || tolerance == 0.0).then(|| format!("{first}; at most {worst:.1e} apart"))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn one_digit_is_enough() {
        let table = "epoch,loss\n1,0.25\n2,0.125\n";
        assert_eq!(difference(table, table, 0.0), None);
        let other = table.replace("0.125", "0.126");
        let found = difference(table, &other, 0.0).unwrap();
        assert_eq!(found, "line 3: 0.125, found 0.126; at most 1.0e-3 apart");
        assert!(difference(table, &other, 1e-4).is_some());
        assert_eq!(difference(table, &other, 1e-2), None);
    }

    #[test]
    fn what_is_no_number_must_be_the_same() {
        let found = difference("a,b\n", "a,c\n", 1.0).unwrap();
        assert_eq!(found, "line 1: b, found c");
        assert_eq!(
            difference("a\n", "a\nb\n", 1.0).unwrap(),
            "1 lines, found 2"
        );
        assert!(difference("a,b\n", "a\n", 1.0).is_some());
        assert!(difference("a\n", "a\r\n", 0.0).is_some());
    }
}
