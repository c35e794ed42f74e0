//! Tests with made-up folders of results, each with one fault.

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use tempfile::TempDir;

use super::Options;
use super::comparison::{Comparison, Outcome, Runs, Scope};
use super::folder::{SHA256SUMS, files, is_model, read_sums, run_of, sha256};

const SEEDS: u64 = 5;

const COMMITTED: &str = "committed";
const AGAIN: &str = "again";
const TIMES: [&str; 2] = ["1.5", "2.5"];

/// Two folders with the same runs of two experiments.
struct Folders {
    both: TempDir,
    runs: Runs,
}

impl Folders {
    /// Folders with the runs' files committed.
    fn new() -> Self {
        let both = tempfile::tempdir().unwrap();
        let folders = Self {
            both,
            runs: Runs::Committed,
        };
        for (side, time) in [COMMITTED, AGAIN].into_iter().zip(TIMES) {
            for experiment in ["relu", "softmax"] {
                for seed in 0..SEEDS {
                    folders.add_run(side, experiment, seed, time);
                }
            }
            folders.put(side, "suite.json", "{}\n");
            folders.put(side, "gradcheck.csv", "error\n1e-6\n");
            folders.put(side, "claims.csv", "claim,verdict\nfast,reproduced\n");
            folders.put(side, "summary.csv", "experiment,runs\nrelu,5\nsoftmax,5\n");
            folders.put(side, "REPORT.md", "# 0.5\n");
            folders.put(side, "figures/loss.svg", "<svg/>\n");
            folders.put(side, ".lock", time);
            folders.collect(side);
        }
        for name in files(&folders.side(COMMITTED)).unwrap() {
            if is_model(&name) {
                folders.remove(COMMITTED, &name);
            }
        }
        folders
    }

    /// Folders with only the runs' SHA-256 committed.
    fn with_sums_only() -> Self {
        let mut folders = Self::new();
        folders.runs = Runs::Sums;
        for experiment in ["relu", "softmax"] {
            fs::remove_dir_all(folders.side(COMMITTED).join(experiment)).unwrap();
        }
        folders
    }

    fn side(&self, side: &str) -> PathBuf {
        self.both.path().join(side)
    }

    fn put(&self, side: &str, name: &str, text: &str) {
        let path = self.side(side).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, side: &str, name: &str) {
        fs::remove_file(self.side(side).join(name)).unwrap();
    }

    fn change(&self, side: &str, name: &str, from: &str, to: &str) {
        let path = self.side(side).join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name}: {text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn add_run(&self, side: &str, experiment: &str, seed: u64, time: &str) {
        let metrics = "epoch,val_loss\n1,0.25\n2,0.125\n";
        let model = format!("{experiment} {seed}");
        let record = format!(
            r#"{{"files": {{"metrics.csv": "{}"}}, "result": {{"val_loss": 0.125}}, "sha256": "{}"}}"#,
            sha256(metrics.as_bytes()),
            sha256(model.as_bytes())
        );
        for (name, text) in [
            ("metrics.csv", metrics),
            ("model.safetensors", &model),
            ("run.json", &record),
            ("timings.csv", time),
        ] {
            self.put(side, &format!("{experiment}/seed-{seed}/{name}"), text);
        }
    }

    /// Writes the files that are made from all runs.
    fn collect(&self, side: &str) {
        let folder = self.side(side);
        let (mut sums, mut runs) = (String::new(), "experiment,seed,loss\n".to_owned());
        for name in files(&folder).unwrap() {
            let Some((experiment, seed)) = run_of(&name) else {
                continue;
            };
            let sum = sha256(&fs::read(folder.join(&name)).unwrap());
            sums += &format!("{sum}  {name}\n");
            if name.ends_with("run.json") {
                runs += &format!("{experiment},{seed},0.125\n");
            }
        }
        self.put(side, SHA256SUMS, &sums);
        self.put(side, "runs.csv", &runs);
    }

    fn compare(&self, only: &[&str], seeds: u64, tolerance: f64) -> Outcome {
        let comparison = Comparison {
            committed: self.side(COMMITTED),
            runs: self.runs,
            again: &self.side(AGAIN),
            scope: &Scope {
                only: only.iter().map(|&only| only.to_owned()).collect(),
                seeds: 0..seeds,
                all_seeds: 0..SEEDS,
            },
            tolerance,
        };
        comparison.run().unwrap()
    }

    /// The faults found by all runs.
    fn faults(&self) -> Vec<String> {
        self.compare(&[], SEEDS, 0.0).faults
    }

    /// The faults found by repeating only `softmax` with seed 0.
    fn faults_of_one(&self) -> Vec<String> {
        self.compare(&["softmax"], 1, 0.0).faults
    }
}

/// Checks that there is one fault, with this message.
#[track_caller]
fn expect_one(faults: &[String], expected: &str) {
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(faults[0].contains(expected), "{faults:#?}");
}

#[test]
fn same_results_are_the_same() {
    // Two experiments with five seeds, each with metrics, model and record; eight files of the suite.
    let outcome = Folders::new().compare(&[], SEEDS, 0.0);
    assert_eq!(outcome.faults, [""; 0]);
    assert_eq!((outcome.same, outcome.by_sum), (38, 10));
    assert!(outcome.unchecked.is_empty());

    let outcome = Folders::with_sums_only().compare(&[], SEEDS, 0.0);
    assert_eq!(outcome.faults, [""; 0]);
    assert_eq!((outcome.same, outcome.by_sum), (38, 30));
}

#[test]
fn what_is_made_from_tables_is_compared_without_runs() {
    let mut folders = Folders::with_sums_only();
    folders.runs = Runs::Unasked;
    for experiment in ["relu", "softmax"] {
        fs::remove_dir_all(folders.side(AGAIN).join(experiment)).unwrap();
    }
    let outcome = folders.compare(&[], SEEDS, 0.0);
    assert_eq!(outcome.faults, [""; 0]);
    assert_eq!((outcome.same, outcome.by_sum), (8, 0));
    folders.change(AGAIN, "REPORT.md", "0.5", "0.6");
    expect_one(&folders.faults(), "REPORT.md");
}

#[test]
fn a_part_says_what_it_leaves_out() {
    let folders = Folders::new();
    fs::remove_dir_all(folders.side(AGAIN).join("relu")).unwrap();
    for seed in 1..SEEDS {
        let run = format!("softmax/seed-{seed}");
        fs::remove_dir_all(folders.side(AGAIN).join(run)).unwrap();
    }
    folders.collect(AGAIN);
    folders.put(AGAIN, "REPORT.md", "# another, on one run\n");
    folders.put(AGAIN, "figures/one.svg", "<svg/>\n");
    let outcome = folders.compare(&["softmax"], 1, 0.0);
    assert_eq!(outcome.faults, [""; 0]);
    assert_eq!((outcome.same, outcome.by_sum), (7, 1));
    let unchecked = &outcome.unchecked["about all runs"];
    let expected = ["REPORT.md", "claims.csv", "figures/", "summary.csv"];
    assert!(unchecked.iter().eq(expected), "{unchecked:?}");
    assert_eq!(outcome.unchecked["not selected"].len(), 9);

    // The compared files are compared as strictly.
    let name = "softmax/seed-0/metrics.csv";
    folders.change(COMMITTED, name, "0.25", "0.26");
    let expected = format!("{name}: line 2: 0.26, found 0.25; at most 1.0e-2 apart");
    expect_one(&folders.faults_of_one(), &expected);
    folders.change(COMMITTED, name, "0.26", "0.25");
    folders.change(COMMITTED, "runs.csv", "softmax,0,0.125", "softmax,0,0.25");
    expect_one(
        &folders.faults_of_one(),
        "runs.csv: line 7: 0.25, found 0.125",
    );
}

#[test]
fn a_run_that_one_side_lacks_is_noticed() {
    for (side, expected) in [
        (COMMITTED, "is committed, but was not"),
        (AGAIN, "was written, but is not committed"),
    ] {
        let folders = Folders::new();
        folders.add_run(side, "relu", SEEDS, TIMES[0]);
        let faults = folders.faults();
        let ours = |fault: &&String| fault.starts_with("relu/seed-5/") && fault.contains(expected);
        assert!(faults.iter().filter(ours).count() >= 2, "{faults:#?}");
    }
    // The other runs are still compared.
    let folders = Folders::new();
    folders.add_run(COMMITTED, "relu", SEEDS, TIMES[0]);
    folders.put(COMMITTED, "REPORT.md", "# 0.6\n");
    let faults = folders.faults();
    assert!(faults.iter().any(|fault| fault.starts_with("REPORT.md")));

    let folders = Folders::with_sums_only();
    folders.add_run(AGAIN, "relu", SEEDS, TIMES[0]);
    let faults = folders.faults();
    assert_eq!(faults.len(), 3, "{faults:#?}");
    assert!(faults[0].contains("is not in SHA256SUMS"), "{faults:#?}");

    for folders in [Folders::new(), Folders::with_sums_only()] {
        fs::remove_dir_all(folders.side(AGAIN).join("softmax/seed-0")).unwrap();
        let faults = folders.faults_of_one();
        let all = faults.iter().all(|it| it.contains("was not written again"));
        assert!(faults.len() == 3 && all, "{faults:#?}");
    }
}

#[test]
fn one_experiment_with_all_seeds_is_compared_as_far() {
    let folders = Folders::new();
    fs::remove_dir_all(folders.side(AGAIN).join("relu")).unwrap();
    folders.put(AGAIN, "summary.csv", "experiment,runs\nsoftmax,5\n");
    folders.collect(AGAIN);
    let faults = || folders.compare(&["softmax"], SEEDS, 0.0).faults;
    assert_eq!(faults(), [""; 0]);
    folders.change(COMMITTED, "summary.csv", "relu,5", "relu,6");
    assert_eq!(faults(), [""; 0]);
    folders.change(COMMITTED, "summary.csv", "softmax,5", "softmax,6");
    expect_one(&faults(), "summary.csv: line 3: 6, found 5");
    folders.change(COMMITTED, "summary.csv", "softmax,6", "softmax,5");
    folders.put(COMMITTED, "softmax/seed-5/run.json", "{}");
    expect_one(&faults(), "softmax/seed-5/run.json: is committed");
}

#[test]
fn a_file_that_one_side_lacks_is_noticed() {
    for name in ["figures/extra.png", "notes.txt", "relu/seed-0/extra.csv"] {
        let folders = Folders::new();
        folders.put(COMMITTED, name, "");
        expect_one(&folders.faults(), &format!("{name}: is committed"));
        let folders = Folders::new();
        folders.put(AGAIN, name, "");
        expect_one(
            &folders.faults(),
            &format!("{name}: was written, but is not"),
        );
    }
    for name in ["figures/loss.svg", SHA256SUMS, "relu/seed-0/run.json"] {
        let folders = Folders::new();
        folders.remove(COMMITTED, name);
        let faults = folders.faults();
        let expected = format!("{name}: was written, but is not committed");
        assert!(faults.contains(&expected), "{faults:#?}");
    }
}

#[test]
fn a_changed_file_is_noticed() {
    for (name, from, to) in [
        ("REPORT.md", "0.5", "0.6"),
        ("claims.csv", "reproduced", "not reproduced"),
        ("summary.csv", "relu,5", "relu,4"),
        ("runs.csv", "0.125", "0.126"),
        ("figures/loss.svg", "svg", "g"),
        ("gradcheck.csv", "1e-6", "1e-7"),
        ("relu/seed-0/run.json", "0.125", "0.126"),
    ] {
        let folders = Folders::new();
        folders.change(COMMITTED, name, from, to);
        expect_one(&folders.faults(), name);
    }
}

#[test]
fn models_are_compared_by_their_sums() {
    for folders in [Folders::new(), Folders::with_sums_only()] {
        let name = "softmax/seed-0/model.safetensors";
        folders.put(AGAIN, name, "another");
        let expected = format!("{name}: checksum mismatch: ");
        expect_one(&folders.faults(), &expected);
        expect_one(&folders.faults_of_one(), &expected);
    }
}

#[test]
fn a_changed_sum_is_noticed() {
    for name in ["metrics.csv", "model.safetensors"] {
        for folders in [Folders::new(), Folders::with_sums_only()] {
            let name = format!("softmax/seed-0/{name}");
            let path = folders.side(COMMITTED).join(SHA256SUMS);
            let sum = read_sums(&path).unwrap()[&name].clone();
            let line = |sum: &str| format!("{sum}  {name}");
            folders.change(COMMITTED, SHA256SUMS, &line(&sum), &line(&"0".repeat(64)));
            for faults in [folders.faults(), folders.faults_of_one()] {
                assert_eq!(faults.len(), 2, "{faults:#?}");
                assert!(faults[0].starts_with("SHA256SUMS: line "), "{faults:#?}");
                let expected = format!("{name}: checksum mismatch: ");
                assert!(faults[1].starts_with(&expected), "{faults:#?}");
            }
        }
    }
}

#[test]
fn with_a_tolerance_numbers_count_and_sums_do_not() {
    let folders = Folders::new();
    // One last digit, and everything that depends on it.
    let run = "softmax/seed-0";
    folders.change(AGAIN, &format!("{run}/metrics.csv"), "0.125", "0.1250001");
    folders.change(AGAIN, &format!("{run}/run.json"), "0.125", "0.1250001");
    let (sum, other) = (sha256(b"softmax 0"), sha256(b"another"));
    folders.change(AGAIN, &format!("{run}/run.json"), &sum, &other);
    folders.put(AGAIN, &format!("{run}/model.safetensors"), "another");
    folders.put(AGAIN, "figures/loss.svg", "<g/>\n");
    folders.collect(AGAIN);
    assert!(folders.faults().len() >= 5);
    let outcome = folders.compare(&[], SEEDS, 1e-6);
    assert_eq!(outcome.faults, [""; 0]);
    let unchecked: Vec<_> = outcome.unchecked.values().flatten().collect();
    assert_eq!(unchecked, ["figures/", "models"]);

    for (name, number, expected) in [
        ("metrics.csv", "NaN", "line 3: 0.125, found NaN"),
        ("metrics.csv", "0.126", "line 3: 0.125, found 0.126"),
        ("run.json", "0.126", "line 1: "),
    ] {
        let name = format!("{run}/{name}");
        folders.change(AGAIN, &name, "0.1250001", number);
        let faults = folders.compare(&[], SEEDS, 1e-6).faults;
        expect_one(&faults, &format!("{name}: {expected}"));
        folders.change(AGAIN, &name, number, "0.1250001");
    }

    folders.add_run(AGAIN, "relu", SEEDS, TIMES[1]);
    folders.collect(AGAIN);
    let faults = folders.compare(&[], SEEDS, 1e-6).faults;
    let expected = "SHA256SUMS: 30 lines, found 33";
    assert!(faults.iter().any(|it| it == expected), "{faults:#?}");
}

#[test]
fn a_tolerance_is_a_finite_number() {
    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }
    let parse = |text: &str| {
        let cli = Cli::try_parse_from(["verify", "--tolerance", text]);
        cli.map(|cli| cli.options.tolerance)
    };
    assert_eq!(parse("1e-3").unwrap(), 1e-3);
    assert_eq!(parse("0").unwrap(), 0.0);
    for text in ["NaN", "inf", "-inf", "1e999", "-1", "-1e-3", "much", ""] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{text}");
    }
}
