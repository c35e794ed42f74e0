//! A sweep that is killed at random moments, again and again, ends with the bytes of one that was left
//! alone. `CHAOS_KILLS` says how often it is killed, `CHAOS_SEED` when.
#![cfg(unix)]
#![allow(clippy::print_stdout)] // what was tried, and how often

mod common;

use std::process::Child;
use std::time::{Duration, Instant};

use common::{DATA, Lab, Snapshot, assert_same, signal, text};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rustix::process::Signal;

/// Six runs, two at a time.
const RUN: [&str; 16] = [
    "run",
    "sigmoid",
    "l1",
    "relu",
    "--seeds",
    "0..2",
    "--threads",
    "2",
    "--set",
    "epochs=40",
    "--set",
    "batch-size=8",
    "--set",
    "hidden=16",
    "--set",
    "stopping=never",
];

const REPORT: [&str; 2] = ["report", "runs/paper"];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}

/// The files of an undisturbed sweep.
fn calm() -> Snapshot {
    let lab = Lab::new();
    lab.succeed(&[&RUN, &DATA[..]].concat());
    lab.succeed_with_data(&REPORT);
    lab.results("runs")
}

/// How long a command takes if nothing disturbs it.
fn duration(lab: &Lab, words: &[&str]) -> Duration {
    let began = Instant::now();
    lab.succeed(words);
    began.elapsed()
}

/// Waits for a child's end, at most so long; whether it ended by itself, which must be well.
fn ended(child: &mut Child, within: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < within {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn survives(sent: Signal) {
    let (kills, seed) = (number("CHAOS_KILLS", 25), number("CHAOS_SEED", 0));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let expected = calm();
    let run = [&RUN, &DATA[..], &["--resume", "--checkpoint-every", "0.02"]].concat();
    let report = [&REPORT, &DATA[..]].concat();
    let lab = Lab::new();
    let commands = [&run, &report].map(|words| (words, duration(&lab, words)));

    let (mut killed, mut sweeps, mut resumed) = (0, 0, 0);
    while killed < kills {
        let lab = Lab::new();
        // First the runs, then the report; each again until it has come to its end.
        for (words, took) in &commands {
            loop {
                let mut child = lab.spawn(words);
                let patience = took.mul_f64(rng.random_range(0.0..1.2));
                let kill = killed < kills && !ended(&mut child, patience);
                if kill {
                    signal(&child, sent);
                }
                let output = child.wait_with_output().unwrap();
                let stderr = text(&output.stderr);
                resumed += stderr.matches("goes on after").count();
                if !kill {
                    assert!(output.status.success(), "{stderr}");
                    break;
                }
                killed += 1;
            }
        }
        assert_same(&expected, &lab.results("runs"));
        sweeps += 1;
    }
    println!(
        "{sent:?}: {killed} kills in {sweeps} sweeps, {resumed} times a run went on from a checkpoint: \
         the same bytes each time"
    );
    assert!(resumed > 0, "no kill came in the middle of a run");
}

#[test]
fn sigkill() {
    survives(Signal::KILL);
}

#[test]
fn sigterm() {
    survives(Signal::TERM);
}
