//! Committed files beside files that were made again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::committed::READINGS;

use super::differ::{Line, lines, lines_differ};
use super::files::Files;

/// SHA-256 and name of every file of every run.
pub(super) const SHA256SUMS: &str = "SHA256SUMS";
/// A row for each run.
pub(super) const RUNS: &str = "runs.csv";
/// Tables of which a part can be made again.
pub(super) const OF_RUNS: [&str; 3] = [SHA256SUMS, RUNS, READINGS];

/// What was made again, and what that was made from.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Files that the program wrote.
    pub(super) files: Files,
    /// Committed files that the program read. So a copy is never compared with itself: such a file is compared only
    /// if it was made again as well, and a table of runs only in the rows that were.
    pub(super) believed: BTreeSet<String>,
}

/// What a comparison found. Each file is in one of the three.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) same: BTreeSet<String>,
    /// With what is wrong.
    pub(super) faults: BTreeMap<String, String>,
    /// With how much was not checked, and why.
    pub(super) unchecked: BTreeMap<String, String>,
}

const WITHOUT_TOLERANCE: &str = "has no numbers that --tolerance applies to";

/// Compares every file of either side. With a tolerance above 0, numbers may differ by that much.
pub(super) fn compare(committed: &Files, again: &Again, tolerance: f64) -> Outcome {
    let mut outcome = Outcome::default();
    let names = committed.keys().chain(again.files.keys());
    for name in names.chain(&again.believed).collect::<BTreeSet<_>>() {
        let is_believed = again.believed.contains(name);
        let (kept, made) = (committed.get(name), again.files.get(name));
        let finding = match (kept, made) {
            (None, _) => Err("not found, but belongs to the results".to_owned()),
            (Some(_), None) if is_believed => Ok(Some("not made again".to_owned())),
            (Some(_), None) => Err("unexpected file: no command makes it".to_owned()),
            (Some(kept), Some(made)) => contents(name, [kept, made], is_believed, tolerance),
        };
        let name = name.clone();
        match finding {
            Ok(None) => drop(outcome.same.insert(name)),
            Ok(Some(what)) => drop(outcome.unchecked.insert(name, what)),
            Err(fault) => drop(outcome.faults.insert(name, fault)),
        }
    }
    outcome
}

/// What was not checked of a file, or how it differs.
fn contents(
    name: &str,
    [kept, made]: [&[u8]; 2],
    is_believed: bool,
    tolerance: f64,
) -> Result<Option<String>, String> {
    if kept == made {
        return Ok(None);
    }
    let is_table = [".csv", ".json", SHA256SUMS]
        .iter()
        .any(|it| name.ends_with(it));
    if tolerance > 0.0 && !is_table {
        return Ok(Some(WITHOUT_TOLERANCE.to_owned()));
    }
    let (Ok(kept), Ok(made)) = (str::from_utf8(kept), str::from_utf8(made)) else {
        return Err("different bytes".to_owned());
    };
    let (mut kept, made) = (lines(kept), lines(made));
    let all = kept.len();
    if is_believed && OF_RUNS.contains(&name) {
        let keys: HashSet<&str> = made.iter().map(|line| key(name, line)).collect();
        kept.retain(|line| keys.contains(key(name, line)));
    }
    match lines_differ(&kept, &made, tolerance) {
        Some(difference) => Err(difference),
        None if kept.len() < all => {
            let left = all - kept.len();
            Ok(Some(format!("{left} of {all} lines, on other runs")))
        }
        None if tolerance > 0.0 && name == SHA256SUMS => Ok(Some(WITHOUT_TOLERANCE.to_owned())),
        None => Ok(None),
    }
}

/// What a line of a table of runs is about: the part that the run's results do not change.
fn key<'a>(name: &str, (_, line): &Line<'a>) -> &'a str {
    let line = line.trim_end();
    let end = match name {
        SHA256SUMS => return line.split_once("  ").map_or(line, |(_, file)| file),
        RUNS => line.match_indices(',').nth(1),
        // The combinations' four results are last.
        _ => line.rmatch_indices(',').nth(3),
    };
    &line[..end.map_or(line.len(), |(at, _)| at)]
}

#[cfg(test)]
mod tests {
    use super::super::mutations::each_is_noticed;
    use super::*;

    const KEPT: [(&str, &str); 6] = [
        ("REPORT.md", "# 0.5\n"),
        ("claims.csv", "claim,verdict\nfast,reproduced\n"),
        ("figures/loss.png", "\u{89}PNG"),
        (
            "readings.csv",
            "experiment,seed,sign,stop,best,accuracy,loss\nl1,0,plus,9,8,0.5,1\nl1,0,minus,9,8,0.5,1\n",
        ),
        (
            "runs.csv",
            "experiment,seed,loss\nrelu,0,0.5\nrelu,1,0.25\n",
        ),
        (
            SHA256SUMS,
            "aa  relu/seed-0/run.json\nbb  relu/seed-1/run.json\n",
        ),
    ];

    fn files(all: &[(&str, &str)]) -> Files {
        let files = all
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        files.collect()
    }

    /// The committed files; all made again, but of tables of runs only the first row.
    fn sides() -> (Files, Again) {
        let mut made = files(&KEPT);
        let believed = [SHA256SUMS, "readings.csv", "runs.csv", "suite.json"];
        for (name, lines) in [(SHA256SUMS, 1), ("readings.csv", 2), ("runs.csv", 2)] {
            let text = KEPT.iter().find(|(it, _)| *it == name).unwrap().1;
            let text: String = text.split_inclusive('\n').take(lines).collect();
            made.insert(name.to_owned(), text.into());
        }
        let mut kept = files(&KEPT);
        kept.extend(files(&[("suite.json", "{}\n")]));
        let believed = believed.map(str::to_owned).into();
        (
            kept,
            Again {
                files: made,
                believed,
            },
        )
    }

    #[test]
    fn each_file_is_the_same_or_named() {
        let (kept, mut again) = sides();
        let outcome = compare(&kept, &again, 0.0);
        assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
        let same: Vec<_> = outcome.same.iter().map(String::as_str).collect();
        assert_eq!(same, ["REPORT.md", "claims.csv", "figures/loss.png"]);
        let unchecked: Vec<_> = outcome
            .unchecked
            .iter()
            .map(|(a, b)| format!("{a}: {b}"))
            .collect();
        assert_eq!(
            unchecked,
            [
                "SHA256SUMS: 1 of 2 lines, on other runs",
                "readings.csv: 1 of 3 lines, on other runs",
                "runs.csv: 1 of 3 lines, on other runs",
                "suite.json: not made again"
            ]
        );
        again.files = kept.clone();
        assert_eq!(compare(&kept, &again, 0.0).same.len(), kept.len());
    }

    #[test]
    fn a_difference_is_named_with_its_place() {
        for (name, from, to, expected) in [
            (
                "REPORT.md",
                "0.5",
                "0.6",
                "line 1: # 0.6, found # 0.5; at most 1.0e-1 apart",
            ),
            ("claims.csv", "d\n", "d\r\n", "line 2: another line end"),
            ("claims.csv", "d\n", "d\n1,2\n", "3 lines, found 2"),
            ("figures/loss.png", "PNG", "png", "line 1: "),
            (
                "runs.csv",
                "relu,0,0.5",
                "relu,0,0.6",
                "line 2: 0.6, found 0.5",
            ),
            ("runs.csv", "relu,0,0.5\n", "", "1 lines, found 2"),
            (
                "runs.csv",
                "relu,0,0.5\n",
                "relu,0,0.5\nrelu,0,0.5\n",
                "3 lines, found 2",
            ),
            ("readings.csv", "plus,9", "plus,8", "line 2: 8, found 9"),
            (SHA256SUMS, "aa", "ab", "line 1: ab  relu"),
        ] {
            let (mut kept, mut again) = sides();
            again.believed.insert("claims.csv".to_owned());
            let text = String::from_utf8(kept[name].clone()).unwrap();
            assert!(text.contains(from), "{name}: {from}");
            kept.insert(name.to_owned(), text.replacen(from, to, 1).into());
            let outcome = compare(&kept, &again, 0.0);
            let fault = outcome
                .faults
                .get(name)
                .map(String::as_str)
                .unwrap_or_default();
            assert!(fault.contains(expected), "{name}: {fault}");
            assert_eq!(outcome.faults.len(), 1, "{name}");
        }
    }

    #[test]
    fn removed_changed_and_added_files_are_noticed() {
        let (mut kept, mut again) = sides();
        assert_eq!(each_is_noticed(&mut kept, &again).unwrap(), 7 * 4 + 2);
        again.files.remove("REPORT.md");
        let error = each_is_noticed(&mut kept, &again).unwrap_err();
        assert!(
            error.to_string().contains("REPORT.md was removed"),
            "{error}"
        );
    }

    #[test]
    fn with_a_tolerance_only_numbers_in_tables_are_compared() {
        let sum = |digit: &str| format!("{}  relu/seed-0/run.json\n", digit.repeat(64));
        let side = |page, loss: &str, digit| {
            let table = format!("experiment,seed,loss\nrelu,0,{loss}\n");
            files(&[
                ("REPORT.md", page),
                ("runs.csv", &table),
                (SHA256SUMS, &sum(digit)),
            ])
        };
        let kept = side("# 1\n", "0.125", "0");
        let again = |loss| Again {
            files: side("# 2\n", loss, "1"),
            ..Again::default()
        };
        let outcome = compare(&kept, &again("0.1250001"), 1e-6);
        assert!(
            outcome.faults.is_empty() && outcome.same.len() == 1,
            "{outcome:?}"
        );
        assert!(
            outcome.unchecked.keys().eq(["REPORT.md", SHA256SUMS]),
            "{outcome:?}"
        );
        for loss in ["NaN", "0.126", "nothing"] {
            assert_eq!(compare(&kept, &again(loss), 1e-6).faults.len(), 1, "{loss}");
        }
        assert_eq!(compare(&kept, &again("0.1250001"), 0.0).faults.len(), 3);
    }
}
