//! Tests that an interrupted and resumed command gives the same files as an undisturbed one.
#![cfg(unix)]

mod common;

use std::fs;
use std::time::Duration;

use common::{DATA, Held, Lab, Snapshot, Watched, assert_same, text};
use lab_results::tables::RunRow;
use rustix::process::Signal;

/// Two runs at once, long enough to be interrupted, with a log of their steps.
const RUN: [&str; 13] = [
    "run",
    "momentum",
    "relu",
    "--threads",
    "2",
    "--set",
    "epochs=50",
    "--set",
    "stopping=never",
    "--set",
    "batch-size=16",
    "--log-steps",
    "--save-init",
];

fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN, &DATA[..], more].concat()
}

/// The files of the undisturbed command, with its report.
fn undisturbed(more: &[&str]) -> Snapshot {
    let lab = Lab::new();
    lab.succeed(&words(more));
    reported(&lab)
}

fn reported(lab: &Lab) -> Snapshot {
    lab.succeed_with_data(&["report", "runs/paper"]);
    lab.results("runs")
}

/// Starts the command and stops it in the middle of both runs.
fn under_way<'a>(lab: &'a Lab, more: &[&str]) -> Watched<'a> {
    held_when(lab, more, |held| held.in_the_middle().len() == 2)
}

/// As [`under_way`], at a moment that the caller chooses, early in the runs.
fn held_when<'a>(lab: &'a Lab, more: &[&str], wanted: fn(&Held) -> bool) -> Watched<'a> {
    let words = words(&[more, &["--checkpoint-every", "0"]].concat());
    // Each run has 1,500 steps with a checkpoint each, so even a slow test sees some.
    for _ in 0..5 {
        let mut child = lab.watch(&words);
        if child.hold_when(wanted) {
            return child;
        }
    }
    panic!("the command ended each time before it could be stopped");
}

/// Sends SIGINT to a stopped command, and asserts that the command ends.
fn interrupt(child: Watched<'_>) {
    child.send(Signal::INT);
    let (status, stderr) = child.end();
    assert_eq!(status.code(), Some(130), "{stderr}");
}

#[test]
fn signals_leave_a_checkpoint_to_go_on_from() {
    let expected = undisturbed(&[]);
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let lab = Lab::new();
        let child = under_way(&lab, &[]);
        child.send(sent);
        let (status, stderr) = child.end();
        assert_eq!(status.code(), Some(code), "{stderr}");
        assert!(stderr.contains("continue with"), "{stderr}");
        let command = stderr.lines().last().unwrap();
        assert!(
            command.contains(" run --resume momentum relu "),
            "{command}"
        );

        let resumed = lab.succeed(&words(&["--resume"]));
        assert!(text(&resumed.stderr).contains("continues after epoch"));
        assert_same(&expected, &reported(&lab));
    }
}

#[test]
fn double_precision_goes_on_to_the_same_bytes() {
    let change = ["--set", "precision=f64", "--set", "l1=0.001"];
    let expected = undisturbed(&change);
    let lab = Lab::new();
    let child = under_way(&lab, &change);
    interrupt(child);
    lab.succeed(&words(&[&change[..], &["--resume"]].concat()));
    assert_same(&expected, &reported(&lab));
}

#[test]
fn a_second_signal_stops_at_once() {
    // A step of a second or more.
    let long = [
        "momentum",
        "--set",
        "hidden=3000,3000",
        "--set",
        "batch-size=480",
    ];
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let lab = Lab::new();
        let mut child = lab.watch(&[&["run", "--threads", "1"], &long[..], &DATA].concat());
        while !lab.path("runs/paper/momentum/seed-0").exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.send(signal);
        child.wait_until_it_says("Ctrl-C again to stop at once");
        // The step must not end before the second signal.
        assert!(child.hold());
        child.send(signal);
        child.release();
        let (status, stderr) = child.end();
        assert_eq!(status.code(), Some(code), "{stderr}");
        assert_eq!(lab.snapshot("runs/paper/momentum").len(), 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_the_caller_ignores_is_ignored() {
    let lab = Lab::new();
    let few = ["--checkpoint-every", "0", "--set", "epochs=3"];
    let mut child = lab.watch_ignoring_int(&words(&few));
    assert!(child.hold_when(|held| held.in_the_middle().len() == 2));
    child.send(Signal::INT);
    let (status, stderr) = child.end();
    assert!(status.success(), "{stderr}");
}

#[test]
fn whole_runs_are_skipped() {
    let lab = Lab::new();
    let few = ["--set", "epochs=2", "--resume"];
    lab.succeed(&words(&few));
    let timings = "runs/paper/relu/seed-0/timings.csv";
    let (results, before) = (lab.results("runs"), lab.bytes(timings));
    let here = |expected: &str| {
        let stderr = text(&lab.succeed(&words(&few)).stderr);
        assert!(stderr.contains(expected), "{stderr}");
        stderr
    };
    assert!(!here("2 of 2 runs are complete").contains("test accuracy"));
    assert_eq!(before, lab.bytes(timings));

    // A checkpoint that was left from before the end of the run.
    lab.write("runs/paper/relu/seed-0/checkpoint-before.safetensors", b"");
    here("2 of 2 runs are complete");
    assert_same(&results, &lab.results("runs"));

    // Incomplete runs are run again.
    fs::remove_file(lab.path("runs/paper/relu/seed-0/model.safetensors")).unwrap();
    assert!(here("1 of 2 runs are complete").contains("relu seed 0: test accuracy"));
    lab.write("runs/paper/momentum/seed-0/run.json", b"{");
    let stderr = here("1 of 2 runs are complete");
    assert!(stderr.contains("momentum/seed-0/run.json: "), "{stderr}");
    assert!(stderr.contains("the run is done again"), "{stderr}");
    here("2 of 2 runs are complete");
    assert_same(&results, &lab.results("runs"));

    lab.refuse(
        1,
        &words(&["--set", "epochs=3", "--resume"]),
        &["with different settings"],
    );
}

#[test]
fn what_is_not_as_it_was_written_is_run_again() {
    let lab = Lab::new();
    let few = ["--set", "epochs=2", "--resume"];
    lab.succeed(&words(&few));
    let results = lab.results("runs");
    for name in [
        "metrics.csv",
        "confusion.csv",
        "steps.csv",
        "model.safetensors",
    ] {
        let name = format!("runs/paper/relu/seed-0/{name}");
        let mut bytes = lab.bytes(&name);
        bytes.pop();
        lab.write(&name, &bytes);
        let stderr = text(&lab.succeed(&words(&few)).stderr);
        assert!(
            stderr.contains(&format!("{name}: checksum mismatch")),
            "{stderr}"
        );
        assert!(stderr.contains("1 of 2 runs are complete"), "{stderr}");
        assert_same(&results, &lab.results("runs"));
    }
    fs::remove_file(lab.path("runs/paper/relu/seed-0/mistakes.csv")).unwrap();
    lab.succeed(&words(&few));
    assert_same(&results, &lab.results("runs"));

    let more_classes = [&words(&few)[..], &["--classes", "12"]].concat();
    lab.refuse(1, &more_classes, &["with different classes"]);
}

/// As in a clone of the repository.
#[test]
fn runs_without_their_models_keep_their_rows() {
    let lab = Lab::new();
    let few = ["--set", "epochs=2"];
    lab.succeed(&words(&few));
    for name in ["relu", "momentum"] {
        fs::remove_file(lab.path(&format!("runs/paper/{name}/seed-0/model.safetensors"))).unwrap();
    }
    // A folder with another name is not a run.
    let record = lab.bytes("runs/paper/relu/seed-0/run.json");
    lab.write("runs/paper/relu/seed-00/run.json", &record);

    let another = [
        "run",
        "relu",
        "--seeds",
        "7",
        "--set",
        "epochs=2",
        "--set",
        "stopping=never",
    ];
    let another = [&another[..], &["--set", "batch-size=16"], &DATA].concat();
    lab.succeed(&another);
    let rows: Vec<RunRow> = lab.csv("runs/paper/runs.csv");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.experiment.as_str(), row.seed))
        .collect();
    assert_eq!(rows, [("momentum", 0), ("relu", 0), ("relu", 7)]);
}

#[test]
fn what_is_begun_anew_is_not_brought_back() {
    let lab = Lab::new();
    lab.succeed(&words(&[]));
    let expected = reported(&lab);
    let child = under_way(&lab, &[]);
    interrupt(child);
    let stderr = text(&lab.succeed(&words(&["--resume"])).stderr);
    assert!(!stderr.contains("runs are complete"), "{stderr}");
    assert!(stderr.contains("relu seed 0: continues after"), "{stderr}");
    assert_same(&expected, &reported(&lab));
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_is_used() {
    let expected = undisturbed(&[]);
    for both in [false, true] {
        let lab = Lab::new();
        let child = held_when(&lab, &[], |held| {
            let before = held.with("checkpoint-before.safetensors");
            before.contains("relu seed 0") && held.in_the_middle().len() == 2
        });
        interrupt(child);
        let folder = lab.path("runs/paper/relu/seed-0");
        for name in ["checkpoint.safetensors", "checkpoint-before.safetensors"] {
            let path = folder.join(name);
            if both || name == "checkpoint.safetensors" {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x10;
                fs::write(path, bytes).unwrap();
            }
        }
        let resumed = text(&lab.succeed(&words(&["--resume"])).stderr);
        assert!(
            resumed.contains("checkpoint.safetensors: not used: "),
            "{resumed}"
        );
        let goes_on = resumed.contains("relu seed 0: continues");
        assert!(goes_on != both, "{resumed}");
        assert_same(&expected, &reported(&lab));
    }
}

#[test]
fn a_changed_configuration_never_goes_on_from_a_stale_checkpoint() {
    let change = ["--set", "lr=0.02"];
    let expected = undisturbed(&change);
    let lab = Lab::new();
    let child = under_way(&lab, &[]);
    interrupt(child);
    let resumed = lab.succeed(&words(&[&change[..], &["--resume"]].concat()));
    let stderr = text(&resumed.stderr);
    assert!(
        stderr.contains("different settings, data or version"),
        "{stderr}"
    );
    assert_same(&expected, &reported(&lab));
}

#[test]
fn a_folder_has_one_writer() {
    let lab = Lab::new();
    let child = under_way(&lab, &[]);
    let owner = format!("is in use by process {}", child.id());
    for other in [&words(&[])[..], &["report", "runs/paper"]] {
        let message = lab.fail(1, other);
        assert!(message.contains(&owner), "{message}");
    }
    // The lock ends with its process.
    child.send(Signal::KILL);
    child.end();
    lab.succeed(&words(&["--resume"]));
}
