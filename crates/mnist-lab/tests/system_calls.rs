//! Injects kills and errors at the k-th system call, by strace. After any fault, a result is complete or absent, and
//! `--resume` gives the bytes of undisturbed runs. `SYSTEM_CALL_FAULTS` is the number of faults per command. Without a
//! working strace, the test prints a note and does nothing.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)] // the number of faults

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{DATA, Lab, Snapshot, assert_same, complete_runs, of_run};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const RUN: [&str; 13] = [
    "run",
    "softmax",
    "relu",
    "--seeds",
    "0..2",
    "--threads",
    "1",
    "--set",
    "epochs=2",
    "--set",
    "hidden=none",
    "--checkpoint-every",
    "0",
];

/// Calls that change the disk, or inspect it.
const CHANGING: [&str; 7] = [
    "fsync",
    "/^rename",
    "/^unlink",
    "/^mkdir",
    "ftruncate",
    "flock",
    "/^chmod|^fchmod",
];

/// Calls that read and write; the program's loader makes them, too.
const STREAMING: [&str; 3] = ["openat", "read", "write"];

const ERRORS: [&str; 5] = ["EIO", "ENOSPC", "EACCES", "EMFILE", "EDQUOT"];

/// The timeout that detects a program that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

fn run(more: &[&'static str]) -> Vec<&'static str> {
    [&RUN, &DATA[..], more].concat()
}

fn report() -> Vec<&'static str> {
    [&["report", "runs/paper"], &DATA[..]].concat()
}

/// Whether strace works here.
fn can_trace() -> bool {
    let try_it = Command::new("strace")
        .args([
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "inject=getppid:error=EIO",
            "true",
        ])
        .output();
    let can = try_it.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: strace not found, or not allowed to trace");
    }
    can
}

/// The output and the exit status of a command.
#[derive(Debug)]
struct End {
    code: Option<i32>,
    signal: Option<i32>,
    stderr: String,
}

/// Runs the program under strace in the folder.
fn traced(lab: &Lab, inject: &[String], words: &[&str]) -> End {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "trace"]).args(inject);
    command.arg(env!("CARGO_BIN_EXE_mnist-lab")).args(words);
    let errors = fs::File::create(lab.path("stderr")).unwrap();
    let mut child = command
        .current_dir(lab.path(""))
        .stdout(std::process::Stdio::null())
        .stderr(errors)
        .spawn()
        .unwrap();
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{inject:?}: still there after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    End {
        code: status.code(),
        signal: status.signal(),
        stderr: String::from_utf8_lossy(&fs::read(lab.path("stderr")).unwrap()).into_owned(),
    }
}

/// The number of calls of each kind that a command makes. For calls that the loader also makes, the number before the
/// first access to the folder of results, too.
fn counts(start: &Snapshot, words: &[&str]) -> BTreeMap<&'static str, (u32, u32)> {
    let calls = [&CHANGING[..], &STREAMING].concat();
    let lab = Lab::of(start);
    let trace = ["-e".to_owned(), format!("trace={}", calls.join(","))];
    let end = traced(&lab, &trace, words);
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let trace = lab.text("trace");
    let mut counts = BTreeMap::new();
    for call in calls {
        let lines: Vec<&str> = trace.lines().filter(|line| is_of(call, line)).collect();
        let ours = lines.iter().position(|line| line.contains("runs/"));
        let before = match STREAMING.contains(&call) {
            // Reads and writes have no names; most of the loader's come before the data.
            true => ours.unwrap_or(lines.len() / 3),
            false => 0,
        };
        counts.insert(call, (before as u32, lines.len() as u32));
    }
    counts
}

/// Whether a line of a trace is such a call, which strace may know by the starts of names, as in `/^chmod|^fchmod`.
fn is_of(call: &str, line: &str) -> bool {
    let Some((before, _)) = line.split_once('(') else {
        return false;
    };
    let name = before.rsplit(' ').next().unwrap_or_default();
    match call.strip_prefix('/') {
        None => name == call,
        Some(starts) => starts.split("|").any(|start| name.starts_with(&start[1..])),
    }
}

/// Asserts that every complete run has the bytes of an undisturbed one, before or after the command.
fn assert_complete(before: &Snapshot, with: &Snapshot, found: &Snapshot, of: &str) {
    for run in complete_runs(found) {
        let own = |files: &Snapshot| {
            let mut own = of_run(files, run);
            own.retain(|path, _| !path.to_string_lossy().contains("checkpoint"));
            own
        };
        let found = own(found);
        assert!(
            found == own(before) || found == own(with),
            "{of}: {}",
            run.display()
        );
    }
}

/// Injects faults into one command, each in a copy of `start`, and then runs the commands `again`.
fn try_faults(name: &str, start: &Lab, words: &[&str], again: &[&str], seed: u64) {
    let untouched = start.results("runs");
    let start = &start.snapshot("");
    let expected = &{
        let undisturbed = Lab::of(start);
        undisturbed.succeed(words);
        undisturbed.results("runs")
    };
    let faults: u32 = std::env::var("SYSTEM_CALL_FAULTS")
        .map_or(24, |text| text.parse().expect("SYSTEM_CALL_FAULTS"));
    let counts = counts(start, words);
    let calls: Vec<&str> = counts
        .iter()
        .filter(|(_, (_, all))| *all > 0)
        .map(|(call, _)| *call)
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut killed, mut failed, mut unharmed) = (0, 0, 0);
    for _ in 0..faults {
        let call = *calls.choose(&mut rng).unwrap();
        let (before, all) = counts[call];
        let k = rng.random_range(before + 1..=all.max(before + 1));
        let what = match rng.random_bool(0.5) {
            true => "signal=KILL".to_owned(),
            false => format!("error={}", ERRORS.choose(&mut rng).unwrap()),
        };
        let fault = format!("{call}:{what}:when={k}");
        let lab = Lab::of(start);
        let end = traced(&lab, &["-e".to_owned(), format!("inject={fault}")], words);
        let of = format!("{name}, {fault}: {end:?}");
        match (end.code, end.signal) {
            (Some(0), _) => unharmed += 1,
            (None, Some(9)) | (Some(137), _) => killed += 1,
            // 127 is the loader's exit code for a library that it could not read.
            (Some(1 | 127), _) => {
                failed += 1;
                assert!(!end.stderr.trim().is_empty(), "{of}: without a word");
            }
            _ => panic!("{of}"),
        }
        assert!(!end.stderr.contains("panicked"), "{of}");
        assert_complete(&untouched, expected, &lab.results("runs"), &of);

        lab.succeed(again);
        assert_same(expected, &lab.results("runs"));
    }
    println!(
        "{name}: {faults} faults: {killed} killed it, {failed} made it fail, {unharmed} did no harm"
    );
}

/// A lab after these commands.
fn after(commands: &[Vec<&str>]) -> Lab {
    let lab = Lab::new();
    for words in commands {
        lab.succeed(words);
    }
    lab
}

#[test]
fn a_run_that_is_disturbed_at_any_call_is_made_good() {
    if can_trace() {
        let start = after(&[]);
        try_faults("run", &start, &run(&[]), &run(&["--resume"]), 1);
    }
}

#[test]
fn a_run_in_place_of_another_that_is_disturbed_at_any_call_is_made_good() {
    if can_trace() {
        let start = after(&[run(&["--set", "lr=0.2"])]);
        let replace = run(&["--replace"]);
        try_faults("replace", &start, &replace, &replace, 2);
    }
}

#[test]
fn resuming_that_is_disturbed_at_any_call_is_made_good() {
    if can_trace() {
        let start = after(&[run(&[])]);
        // One run has files but no record, one has no files, two are complete.
        fs::remove_file(start.path("runs/paper/relu/seed-0/run.json")).unwrap();
        fs::remove_dir_all(start.path("runs/paper/relu/seed-1")).unwrap();
        let resume = run(&["--resume"]);
        try_faults("resume", &start, &resume, &resume, 3);
    }
}

/// The system refuses all threads from the k-th on.
#[test]
fn refused_threads_are_fewer_threads_or_an_error() {
    if !can_trace() {
        return;
    }
    let start = after(&[run(&[])]);
    let expected = &start.results("runs");
    let start = start.snapshot("");
    let report = report();
    let model = "runs/paper/relu/seed-0/model.safetensors";
    let evaluate = [&["evaluate", "--model", model][..], &DATA].concat();
    // Several runs at once, and several threads for one run.
    let four = |word| if word == "1" { "4" } else { word };
    let sweep: Vec<&str> = run(&["--replace"]).into_iter().map(four).collect();
    let one = ["run", "relu", "--threads", "4", "--out", "one"];
    let one = [&one[..], &["--set", "epochs=1"], &DATA].concat();
    for (name, words) in [
        ("sweep", &sweep),
        ("one run", &one),
        ("report", &report),
        ("evaluate", &evaluate),
    ] {
        let mut codes = BTreeMap::<i32, u32>::new();
        for k in 1..9 {
            let lab = Lab::of(&start);
            let refuse = format!("inject=/^clone:error=EAGAIN:when={k}+");
            let end = traced(&lab, &["-e".to_owned(), refuse], words);
            let of = format!("{name}, {k}: {end:?}");
            let code = end.code.unwrap_or_else(|| panic!("{of}"));
            match code {
                0 if name == "sweep" => assert_same(expected, &lab.results("runs")),
                0 => {}
                1 => {
                    let message = end.stderr.lines().last().unwrap_or_default();
                    assert!(message.starts_with("error: "), "{of}");
                    assert!(message.contains("thread"), "{of}");
                }
                _ => panic!("{of}"),
            }
            *codes.entry(code).or_default() += 1;
        }
        println!("{name}: codes and how often, as the system refuses threads: {codes:?}");
    }
}

#[test]
fn a_report_that_is_disturbed_at_any_call_is_made_good() {
    if can_trace() {
        let start = after(&[run(&[])]);
        try_faults("report", &start, &report(), &report(), 4);
    }
}
