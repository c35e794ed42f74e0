//! Committed files beside files that were made again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::committed::{READINGS, RUNS};

use super::differ::{Line, lines, lines_differ};
use super::files::Files;

/// SHA-256 and name of every file of every run.
pub(super) const SHA256SUMS: &str = "SHA256SUMS";
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

    const TEXT: &str = "experiment,seed,loss\nrelu,0,0.5\nrelu,1,0.25\n";
    const READ: &str = "id,seed,sign,stop,best,accuracy,loss\nl1,0,a,9,8,0.5,1\nl1,0,b,9,8,0.5,1\n";
    const SUMS: &str = "aa  relu/seed-0/run.json\nbb  relu/seed-1/run.json\n";

    fn files(all: &[(&str, &str)]) -> Files {
        let owned = |(name, text): &(&str, &str)| (name.to_string(), text.as_bytes().to_vec());
        all.iter().map(owned).collect()
    }

    /// The committed files; all but one made again, and of tables of runs only the first row.
    fn sides() -> (Files, Again) {
        let of_all = [("REPORT.md", "# 0.5\n"), ("figures/a.png", "\u{89}PNG")];
        let kept = [
            ("suite.json", "{}\n"),
            (RUNS, TEXT),
            (READINGS, READ),
            (SHA256SUMS, SUMS),
        ];
        let first = |text: &'static str, lines: usize| {
            let end = text.match_indices('\n').nth(lines - 1).unwrap().0;
            &text[..=end]
        };
        let made = [
            (RUNS, first(TEXT, 2)),
            (READINGS, first(READ, 2)),
            (SHA256SUMS, first(SUMS, 1)),
        ];
        let again = Again {
            files: files(&[&of_all[..], &made].concat()),
            believed: kept.map(|(name, _)| name.to_owned()).into(),
        };
        (files(&[&of_all[..], &kept].concat()), again)
    }

    #[test]
    fn each_file_is_the_same_or_named() {
        let (kept, mut again) = sides();
        let outcome = compare(&kept, &again, 0.0);
        assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
        assert!(outcome.same.iter().eq(["REPORT.md", "figures/a.png"]));
        let unchecked = outcome.unchecked.into_iter().map(|(a, b)| a + ": " + &b);
        assert_eq!(
            unchecked.collect::<Vec<_>>(),
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
            ("REPORT.md", "0.5", "0.6", "line 1: # 0.6, found # 0.5"),
            ("REPORT.md", "\n", "\r\n", "line 1: another line end"),
            ("figures/a.png", "PNG", "png", "line 1: "),
            ("suite.json", "}\n", "}\nmore\n", "2 lines, found 1"),
            (RUNS, "0,0.5", "0,0.6", "line 2: 0.6, found 0.5"),
            (RUNS, "relu,0,0.5\n", "", "1 lines, found 2"),
            (RUNS, "relu,1", "relu,0", "3 lines, found 2"),
            (READINGS, "a,9", "a,8", "line 2: 8, found 9"),
            (SHA256SUMS, "aa", "ab", "line 1: ab  relu"),
        ] {
            let (mut kept, mut again) = sides();
            let suite = kept["suite.json"].clone();
            again.files.insert("suite.json".to_owned(), suite);
            let text = String::from_utf8(kept[name].clone()).unwrap();
            assert!(text.contains(from), "{name}: {from}");
            kept.insert(name.to_owned(), text.replacen(from, to, 1).into());
            let faults = compare(&kept, &again, 0.0).faults;
            assert_eq!(faults.len(), 1, "{name}: {faults:?}");
            assert!(faults[name].contains(expected), "{name}: {faults:?}");
        }
    }

    #[test]
    fn removed_changed_and_added_files_are_noticed() {
        let (mut kept, mut again) = sides();
        assert_eq!(each_is_noticed(&mut kept, &again).unwrap(), 6 * 4 + 2);
        again.files.remove("REPORT.md");
        let error = each_is_noticed(&mut kept, &again).unwrap_err();
        let expected = "REPORT.md was removed, and the comparison did not notice";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn with_a_tolerance_only_numbers_in_tables_are_compared() {
        let sum = |digit: &str| format!("{}  relu/seed-0/run.json\n", digit.repeat(64));
        let side = |page, loss: &str, sum: &str| {
            let runs = TEXT.replace("0.5", loss);
            files(&[("REPORT.md", page), (RUNS, &runs), (SHA256SUMS, sum)])
        };
        let kept = side("# 1\n", "0.125", &sum("0"));
        let found = |loss, tolerance| {
            let again = Again {
                files: side("# 2\n", loss, &sum("1")),
                ..Again::default()
            };
            compare(&kept, &again, tolerance)
        };
        let near = found("0.1250001", 1e-6);
        assert!(near.faults.is_empty() && near.same.len() == 1, "{near:?}");
        assert!(near.unchecked.keys().eq(["REPORT.md", SHA256SUMS]));
        for loss in ["NaN", "0.126", "nothing"] {
            assert_eq!(found(loss, 1e-6).faults.len(), 1, "{loss}");
        }
        assert_eq!(found("0.1250001", 0.0).faults.len(), 3);
    }
}
