//! Tests of full disks and vanished folders: a clear error, complete runs stay complete, and `--resume` works once the
//! cause is gone.
#![cfg(unix)]
#![allow(clippy::print_stdout)] // reports what was not tested

mod common;

use std::fs;
use std::process::{Command, Output};

use common::{DATA, Lab, Snapshot, assert_same, complete_runs, of_run, text};

/// Three runs, one at a time, with small models.
const RUN: [&str; 12] = [
    "run",
    "softmax",
    "relu",
    "sigmoid",
    "--threads",
    "1",
    "--set",
    "epochs=3",
    "--set",
    "batch-size=32",
    "--checkpoint-every",
    "0",
];

fn words(more: &[&'static str]) -> Vec<&'static str> {
    [&RUN, &DATA[..], more].concat()
}

fn undisturbed() -> Snapshot {
    let lab = Lab::new();
    lab.succeed(&words(&[]));
    lab.results("runs")
}

/// Runs a shell script in the folder; `$LAB` is the program.
fn script(lab: &Lab, shell: &[&str], script: &str) -> Output {
    let shell: Vec<&str> = [shell, &["sh", "-c", script]].concat();
    Command::new(shell[0])
        .args(&shell[1..])
        .env("LAB", env!("CARGO_BIN_EXE_mnist-lab"))
        .env("RUN", words(&[]).join(" "))
        .current_dir(lab.path(""))
        .output()
        .unwrap()
}

/// Asserts that every complete run is as expected.
fn assert_complete(expected: &Snapshot, found: &Snapshot) {
    for run in complete_runs(found) {
        assert_same(&of_run(expected, run), &of_run(found, run));
    }
}

#[test]
fn a_file_that_cannot_grow_is_named_and_nothing_is_lost() {
    let expected = undisturbed();
    let lab = Lab::new();
    // A shell's blocks have 512 or 1024 bytes. All files of softmax are below the limit, checkpoints included; the
    // models of the others are above.
    let output = script(
        &lab,
        &[],
        r#"trap "" XFSZ; ulimit -f 300; exec "$LAB" $RUN"#,
    );
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("File too large"), "{stderr}");
    assert!(
        stderr.contains(".safetensors: cannot be written"),
        "{stderr}"
    );
    assert_eq!(complete_runs(&lab.snapshot("runs")).count(), 1, "{stderr}");
    assert_complete(&expected, &lab.results("runs"));

    lab.succeed(&words(&["--resume"]));
    assert_same(&expected, &lab.results("runs"));
}

/// Also without a shell that ignores the signal, and also outside runs.
#[test]
fn a_file_that_cannot_grow_is_named_by_each_command() {
    let lab = Lab::with_results();
    let report = "report runs/paper --data-dir data --checksums off";
    for (words, file) in [
        ("$RUN --out new", "new/paper/suite.json: cannot be written"),
        (report, "runs/paper/"),
        (
            "list --settings >list.toml",
            "cannot write to standard output",
        ),
    ] {
        let output = script(&lab, &[], &format!("ulimit -f 1; \"$LAB\" {words}"));
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words}: {stderr}");
        let message = stderr.lines().last().unwrap_or_default();
        assert!(message.contains(file), "{words}: {stderr}");
        assert!(message.contains("File too large"), "{words}: {stderr}");
    }
}

/// Whether this system lets us mount in a new namespace.
fn can_mount() -> bool {
    let try_it = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/tmp"];
    let status = Command::new(try_it[0]).args(&try_it[1..]).status();
    let can = status.is_ok_and(|status| status.success());
    if !can {
        println!("skipped: this system does not let us mount");
    }
    can
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    if !can_mount() {
        return;
    }
    let expected = undisturbed();
    let lab = Lab::new();
    let output = script(
        &lab,
        &["unshare", "-rm"],
        r#"mkdir runs && mount -t tmpfs -o size=900k none runs
        "$LAB" $RUN; echo "code $?"
        cp -r runs/. full
        mount -o remount,size=90m runs
        "$LAB" $RUN --resume >/dev/null; echo "code $?"
        cp -r runs/. later
        mount -o remount,ro runs
        "$LAB" $RUN; echo "code $?""#,
    );
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let codes: Vec<&str> = stdout
        .lines()
        .filter(|line| line.starts_with("code"))
        .collect();
    assert_eq!(codes, ["code 1", "code 0", "code 1"], "{stderr}");
    assert!(stderr.contains("No space left on device"), "{stderr}");
    assert!(stderr.contains("Read-only file system"), "{stderr}");
    assert_complete(&expected, &lab.results("full"));
    assert_same(&expected, &lab.results("later"));
}

#[test]
fn a_folder_that_vanishes_ends_the_runs_and_is_not_made_again() {
    let lab = Lab::new();
    let mut child = lab.watch(&words(&[
        "--set",
        "epochs=100000",
        "--set",
        "stopping=never",
    ]));
    assert!(child.hold_when(|held| !held.in_the_middle().is_empty()));
    child.release();
    // Files may be made while others are removed.
    while fs::remove_dir_all(lab.path("runs")).is_err() {}
    let (status, stderr) = child.end();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("No such file or directory"), "{stderr}");
    assert!(
        stderr.contains("runs/paper: was moved away or removed"),
        "{stderr}"
    );
    assert!(!lab.path("runs").exists());
    lab.succeed(&words(&["--resume"]));
}

#[test]
fn a_folder_that_is_moved_away_leaves_its_place_to_another_process() {
    let expected = undisturbed();
    let lab = Lab::new();
    let endless = ["--set", "epochs=100000", "--set", "stopping=never"];
    let mut first = lab.watch(&words(&endless));
    assert!(first.hold_when(|held| !held.in_the_middle().is_empty()));
    fs::rename(lab.path("runs/paper"), lab.path("moved")).unwrap();
    let moved = lab.snapshot("moved");
    // Both are at the same run when the first continues.
    let mut second = lab.watch(&words(&[]));
    assert!(second.hold_when(|held| !held.in_the_middle().is_empty()));
    first.release();
    second.release();
    let (status, stderr) = first.end();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("runs/paper: was moved away, and another folder is in its place"),
        "{stderr}"
    );
    let (status, stderr) = second.end();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert_same(&expected, &lab.results("runs"));
    assert_same(&moved, &lab.snapshot("moved"));
}

/// A lab in which relu's metrics cannot be written.
fn obstructed() -> Lab {
    let lab = Lab::new();
    fs::create_dir_all(lab.path("runs/paper/relu/seed-0/metrics.csv")).unwrap();
    lab
}

#[test]
fn one_failure_does_not_stop_the_others() {
    let lab = obstructed();
    let stderr = text(&lab.end(1, &words(&[])).stderr);
    let end: Vec<&str> = stderr.lines().rev().take(3).collect();
    assert!(end[2].starts_with("failed: relu seed 0: "), "{stderr}");
    assert!(
        end[2].contains("metrics.csv: cannot be removed"),
        "{stderr}"
    );
    assert!(
        end[1].starts_with("error: 1 of 3 runs failed; 2 of 3 runs complete"),
        "{stderr}"
    );
    assert!(end[0].contains("run --resume "), "{stderr}");
    assert_eq!(complete_runs(&lab.snapshot("runs")).count(), 2);
    assert_eq!(lab.text("runs/paper/runs.csv").lines().count(), 3);

    fs::remove_dir(lab.path("runs/paper/relu/seed-0/metrics.csv")).unwrap();
    lab.succeed(&words(&["--resume"]));
    assert_same(&undisturbed(), &lab.results("runs"));
}

#[test]
fn fail_fast_stops_the_others() {
    let lab = obstructed();
    let stderr = text(&lab.end(1, &words(&["--fail-fast"])).stderr);
    assert!(
        stderr.contains("1 of 3 runs complete, 0 with a checkpoint, 1 not started"),
        "{stderr}"
    );
    assert_eq!(complete_runs(&lab.snapshot("runs")).count(), 1);
}
