//! Tests of plans in parts, as a scheduler starts them: partition, status, and a merge to the bytes of one machine.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{DATA, Lab, Snapshot, assert_same, end, text};
use experiments::sweep::plan::Plan;
use lab_results::disk::atomic_file::{sha256, to_json};
use lab_results::store::RunRecord;

/// Six very short runs.
const SHORT: [&str; 10] = [
    "run", "relu", "momentum", "--set", "epochs=1", "--set", "hidden=8", "--seeds", "0..3",
    "--quiet",
];

/// The files in a folder that one machine would write, too, without times.
fn results(lab: &Lab, folder: &str) -> Snapshot {
    let mut files = lab.snapshot(folder);
    files.retain(|path, _| {
        let own = path.starts_with("parts") || path == Path::new("plan.json");
        !own && !path.ends_with("timings.csv")
    });
    files
}

fn run(lab: &Lab, more: &[&str]) -> Output {
    lab.succeed(&[&SHORT[..], &DATA, more].concat())
}

fn refuse(lab: &Lab, code: i32, more: &[&str], expected: &[&str]) {
    lab.refuse(code, &[&SHORT[..], &DATA, more].concat(), expected);
}

/// The output of `sweep status` while runs are incomplete.
fn incomplete(lab: &Lab, more: &[&str]) -> String {
    let words = [&["sweep", "status", "runs/paper"], more].concat();
    text(&lab.end(1, &words).stdout)
}

#[test]
fn parts_merge_to_the_bytes_of_one_machine() {
    let lab = Lab::new();
    run(&lab, &["--out", "one"]);
    for part in ["slice:2/4", "slice:1/4", "slice:4/4"] {
        run(&lab, &["--partition", part]);
    }
    // Part 3 has one of the six runs.
    let shown = incomplete(&lab, &[]);
    assert!(
        shown.starts_with("5 of 6 runs complete, 0 under way, 0 damaged, 1 missing; "),
        "{shown}"
    );
    assert_eq!(incomplete(&lab, &["--missing", "--as-array"]), "3\n");
    assert_eq!(incomplete(&lab, &["--missing"]), "momentum/seed-1\n");
    let message = lab.fail(1, &["sweep", "merge", "runs/paper"]);
    assert_eq!(message, "1 of 6 runs missing: momentum/seed-1");

    run(&lab, &["--partition", "slice:3/4"]);
    for _ in 0..2 {
        let output = lab.succeed(&["sweep", "merge", "runs/paper"]);
        assert_eq!(
            text(&output.stderr),
            "merged 6 runs of 4 parts into runs/paper\n"
        );
        assert_same(&results(&lab, "runs/paper"), &results(&lab, "one/paper"));
    }
    let status = lab.succeed(&["sweep", "status", "runs/paper"]);
    assert!(text(&status.stdout).starts_with("6 of 6 runs complete, 0 under way"));
    for folder in ["runs", "one"] {
        lab.succeed(&[
            "report",
            "--quiet",
            &format!("{folder}/paper"),
            DATA[0],
            DATA[1],
            DATA[2],
            DATA[3],
        ]);
    }
    assert_same(&results(&lab, "runs/paper"), &results(&lab, "one/paper"));
}

#[test]
fn a_grid_is_a_plan_like_any_other() {
    let lab = Lab::new();
    let grid = ["--grid", "lr=0.05,0.1", "--grid", "batch-size=64,128"];
    // Cells of an earlier grid stay.
    for out in ["one", "runs"] {
        run(&lab, &["--grid", "lr=0.2", "--out", out]);
    }
    run(&lab, &[&grid[..], &["--out", "one"]].concat());
    for part in 1..=5 {
        let part = format!("slice:{part}/5");
        run(&lab, &[&grid[..], &["--partition", &part]].concat());
    }
    let output = lab.succeed(&["sweep", "merge", "runs/paper"]);
    assert_eq!(
        text(&output.stderr),
        "merged 24 runs of 5 parts into runs/paper\n"
    );
    assert_same(&results(&lab, "runs/paper"), &results(&lab, "one/paper"));
}

#[test]
fn parts_from_elsewhere_are_merged_too() {
    let lab = Lab::new();
    run(&lab, &["--out", "one"]);
    run(&lab, &["--partition", "slice:1/2", "--out", "a"]);
    run(&lab, &["--partition", "slice:2/2", "--out", "b"]);
    let parts = ["a/paper/parts/1-of-2", "b/paper/parts/2-of-2"];
    lab.succeed(&["sweep", "merge", "together", parts[1], parts[0]]);
    assert_same(&results(&lab, "together"), &results(&lab, "one/paper"));
}

#[test]
fn a_task_of_an_array_finds_its_part() {
    let lab = Lab::new();
    let words = [&SHORT[..], &DATA, &["--partition", "auto", "--resume"]].concat();
    let task = |code, variables: &[(&str, &str)]| {
        let mut command = lab.command(&words);
        let output = end(code, command.envs(variables.iter().copied()));
        text(&output.stderr)
    };
    let array = |index, min, max, count| {
        [
            ("SLURM_ARRAY_TASK_ID", index),
            ("SLURM_ARRAY_TASK_MIN", min),
            ("SLURM_ARRAY_TASK_MAX", max),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ]
    };
    // Some tasks of an array of unknown size.
    let message = task(1, &array("5", "3", "5", "2"));
    assert!(message.contains("number of parts unknown"), "{message}");

    task(0, &array("3", "3", "5", "3"));
    // A resubmission with other MIN and COUNT.
    task(0, &array("5", "4", "5", "2"));
    assert!(
        lab.path("runs/paper/parts/3-of-3/momentum/seed-1/run.json")
            .exists()
    );
    let message = task(1, &array("9", "4", "9", "2"));
    assert!(
        message.contains("task 9 has no part: task 3 is part 1 of 3"),
        "{message}"
    );
    assert_eq!(incomplete(&lab, &["--missing", "--as-array"]), "4\n");
    // Kubernetes always counts from 0. Parts on the command line count from 1.
    task(0, &[("JOB_COMPLETION_INDEX", "1")]);
    run(&lab, &["--partition", "slice:2/3", "--resume"]);
    assert!(!lab.path("runs/paper/parts/4-of-3").exists());
    lab.succeed(&["sweep", "merge", "runs/paper"]);
}

#[test]
fn what_is_no_part_of_this_plan_is_refused() {
    let lab = Lab::new();
    for partition in [
        "slice:0/4",
        "slice:5/4",
        "slice:1",
        "every",
        "auto:0",
        "slice:1/2000000",
    ] {
        lab.refuse_usage(
            &[&SHORT[..], &["--partition", partition]].concat(),
            &[partition],
        );
    }
    refuse(
        &lab,
        2,
        &["--partition", "auto"],
        &["array task unknown", "SLURM_ARRAY_TASK_ID", "slice:K/N"],
    );
    run(&lab, &["--partition", "slice:1/3"]);
    refuse(
        &lab,
        1,
        &["--partition", "slice:1/4"],
        &["plan.json: expected 3 parts, found 4"],
    );
    refuse(
        &lab,
        1,
        &["--partition", "slice:2/3", "--set", "lr=0.3"],
        &["plan.json: different plan; choose another"],
    );

    run(
        &lab,
        &[
            "--partition",
            "slice:2/3",
            "--out",
            "other",
            "--set",
            "lr=0.3",
        ],
    );
    let words = [
        "sweep",
        "merge",
        "runs/paper",
        "runs/paper/parts/1-of-3",
        "other/paper/parts/2-of-3",
    ];
    lab.refuse(
        1,
        &words,
        &["runs/paper and other/paper/parts/2-of-3 have different plans"],
    );
    lab.refuse(
        1,
        &["sweep", "merge", "runs/paper", "data"],
        &["data: not a part: no plan.json found"],
    );
    lab.refuse(
        1,
        &["sweep", "merge", "nowhere"],
        &["nowhere: no parts to merge found"],
    );
    lab.refuse(
        1,
        &["sweep", "status", "nowhere"],
        &["nowhere: no results of a suite found"],
    );

    let plan = String::from_utf8(lab.bytes("runs/paper/plan.json")).unwrap();
    lab.write(
        "runs/paper/plan.json",
        plan.replacen("\"seeds\": [\n    0", "\"seeds\": [\n    7", 1)
            .as_bytes(),
    );
    refuse(
        &lab,
        1,
        &["--partition", "slice:2/3"],
        &[
            "plan.json cannot be used; remove the file, and the next part writes it again: checksum mismatch",
        ],
    );
}

#[test]
fn parts_of_another_version_are_refused() {
    let lab = Lab::new();
    run(&lab, &["--partition", "slice:1/2"]);
    let part = "runs/paper/parts/1-of-2";
    let mut plan = Plan::read(&lab.path(part)).unwrap().unwrap();
    plan.version = "0.0.9".to_owned();
    let bare = Plan {
        sha256: String::new(),
        parts: 0,
        first_index: 0,
        ..plan.clone()
    };
    plan.sha256 = sha256(&to_json(&bare).unwrap());
    lab.write(&format!("{part}/plan.json"), &to_json(&plan).unwrap());
    let expected = format!(
        "{part}: expected a plan of version {}, found 0.0.9",
        env!("CARGO_PKG_VERSION")
    );
    lab.refuse(1, &["sweep", "merge", "runs/paper"], &[&expected]);
}

/// The first run's folder in part 1.
fn first_run(lab: &Lab) -> PathBuf {
    lab.path("runs/paper/parts/1-of-2/momentum/seed-0")
}

#[test]
fn a_run_that_is_damaged_or_not_the_same_twice_is_named() {
    let lab = Lab::new();
    run(&lab, &["--partition", "slice:1/2"]);
    run(&lab, &["--partition", "slice:2/2"]);
    let metrics = first_run(&lab).join("metrics.csv");
    let bytes = fs::read(&metrics).unwrap();
    fs::write(&metrics, &bytes[..bytes.len() - 3]).unwrap();
    let shown = incomplete(&lab, &[]);
    assert!(
        shown.contains("1 damaged") && shown.contains("metrics.csv"),
        "{shown}"
    );
    let message = text(&lab.end(1, &["sweep", "merge", "runs/paper"]).stderr);
    assert!(
        message.contains("metrics.csv") && message.contains("1 of 6 runs missing"),
        "{message}"
    );

    // The requeued task repeats only incomplete runs.
    run(&lab, &["--partition", "slice:1/2", "--resume"]);
    lab.succeed(&["sweep", "merge", "runs/paper"]);

    // The same run, from a program that computes something else.
    let other = lab.path("other/momentum/seed-0");
    fs::create_dir_all(&other).unwrap();
    for entry in fs::read_dir(first_run(&lab)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, other.join(path.file_name().unwrap())).unwrap();
    }
    let record = other.join("run.json");
    let mut changed = RunRecord::parse(&fs::read(&record).unwrap()).unwrap();
    changed.result.near_zero = Some(0.5);
    fs::write(&record, changed.to_bytes().unwrap()).unwrap();
    lab.write("other/plan.json", &lab.bytes("runs/paper/plan.json"));
    let expected = "momentum/seed-0 differs between runs/paper and other";
    lab.refuse(1, &["sweep", "merge", "runs/paper", "other"], &[expected]);
}

#[test]
fn a_task_and_a_merge_once_more_repair_a_sweep() {
    let lab = Lab::new();
    run(&lab, &["--out", "one"]);
    run(&lab, &["--partition", "slice:1/2"]);
    run(&lab, &["--partition", "slice:2/2"]);
    lab.succeed(&["sweep", "merge", "runs/paper"]);
    run(
        &lab,
        &["--partition=slice:1/2", "--set=lr=0.3", "--out=other"],
    );
    let other = lab.bytes("other/paper/parts/1-of-2/plan.json");
    // A file that is not a part.
    lab.write("runs/paper/parts/.DS_Store", b"x");
    for name in [
        "relu/seed-0/steps.csv",
        "relu/seed-0/checkpoint.safetensors",
        "relu/seed-0/metrics.csv",
        "relu/seed-0/run.json",
        "suite.json",
        "summary.csv",
        "parts/1-of-2/momentum/seed-0/run.json",
        "parts/1-of-2/plan.json",
    ] {
        for bytes in [b"{}", &other[..]] {
            lab.write(&format!("runs/paper/{name}"), bytes);
            run(&lab, &["--partition", "slice:1/2", "--resume"]);
            lab.succeed(&["sweep", "merge", "runs/paper"]);
            assert_same(&results(&lab, "runs/paper"), &results(&lab, "one/paper"));
        }
    }
    // The parts have the plan, too.
    fs::remove_file(lab.path("runs/paper/plan.json")).unwrap();
    lab.succeed(&["sweep", "status", "runs/paper"]);
    #[cfg(unix)]
    for (folder, elsewhere) in [("parts/1-of-2/momentum", "a"), ("momentum", "b")] {
        let (folder, elsewhere) = (lab.path("runs/paper").join(folder), lab.path(elsewhere));
        fs::rename(&folder, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
        lab.succeed(&["sweep", "merge", "runs/paper"]);
        lab.succeed(&["sweep", "status", "runs/paper"]);
        assert_same(&results(&lab, "runs/paper"), &results(&lab, "one/paper"));
    }
}

#[test]
fn status_says_done_only_where_merge_takes_the_run() {
    let lab = Lab::new();
    run(&lab, &["--partition", "slice:1/2"]);
    run(&lab, &["--partition", "slice:2/2"]);
    let model = first_run(&lab).join("model.safetensors");
    let bytes = fs::read(&model).unwrap();
    fs::remove_file(&model).unwrap();
    let expected = "momentum/seed-0: model.safetensors not found";
    let found = incomplete(&lab, &[]);
    assert!(
        found.contains("5 of 6 runs complete") && found.contains(expected),
        "{found}"
    );
    let message = lab.fail(1, &["sweep", "merge", "runs/paper"]);
    assert_eq!(message, "1 of 6 runs missing: momentum/seed-0");
    // Impossible times are ignored.
    for path in lab
        .snapshot("runs")
        .keys()
        .filter(|it| it.ends_with("timings.csv"))
    {
        let times = "epoch,train_seconds,eval_seconds\n1,1e19,1\n";
        fs::write(lab.path("runs").join(path), times).unwrap();
    }
    assert!(
        incomplete(&lab, &[])
            .starts_with("5 of 6 runs complete, 0 under way, 0 damaged, 0 missing, 1 not usable\n")
    );

    fs::write(&model, bytes).unwrap();
    lab.succeed(&["sweep", "merge", "runs/paper"]);
    run(&lab, &["--set", "lr=0.3", "--out", "other"]);
    let own = lab.path("runs/paper/momentum/seed-0");
    fs::remove_dir_all(&own).unwrap();
    fs::rename(lab.path("other/paper/momentum/seed-0"), own).unwrap();
    let expected = "runs/paper/momentum/seed-0: different settings (lr = 0.3) than in the plan";
    let found = incomplete(&lab, &[]);
    assert!(
        found.contains("1 not usable") && found.contains(expected),
        "{found}"
    );
    lab.refuse(1, &["sweep", "merge", "runs/paper"], &[expected]);
}

#[test]
fn a_plan_is_printed_as_lines_of_json() {
    let lab = Lab::new();
    let words = [
        "sweep", "plan", "relu", "momentum", "--set", "hidden=8", "--seeds", "0..2",
    ];
    let output = lab.succeed_with_data(&words);
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<&str> = lines
        .iter()
        .map(|line| line["id"].as_str().unwrap())
        .collect();
    // In the order of `run`: the largest first.
    assert_eq!(
        ids,
        [
            "momentum/seed-0",
            "relu/seed-0",
            "momentum/seed-1",
            "relu/seed-1"
        ]
    );
    assert_eq!(lines[0]["settings"]["hidden"][0], 8);
    assert!(lines[0]["seconds"].is_null());
    assert_ne!(lines[0]["identity"], lines[2]["identity"]);
}

#[test]
fn without_a_plan_status_says_what_it_cannot_count() {
    let lab = Lab::with_results();
    let status = lab.succeed(&["sweep", "status", "runs/paper"]);
    let expected = "\nno plan found, so runs that have not begun are not counted\n";
    assert!(text(&status.stdout).contains(expected), "{status:?}");
}
