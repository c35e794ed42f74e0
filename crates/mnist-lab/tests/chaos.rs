//! Tests that a sweep that is killed again and again gives the same bytes as an undisturbed one. Kills come during
//! runs, between runs, and during the report.
//!
//! The time of a kill depends on the files written, not on the clock, so that fast and busy machines test the same.
//! `CHAOS_KILLS` is the minimum number of kills, and `CHAOS_SEED` decides where they come.
#![cfg(unix)]
#![allow(clippy::print_stdout)] // the number of kills

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{DATA, Held, Lab, Snapshot, assert_same};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rustix::process::Signal;

/// The number of runs that `RUN` makes.
const RUNS: usize = 6;

/// Six runs of 120 steps.
const RUN: [&str; 14] = [
    "run",
    "sigmoid",
    "l1",
    "relu",
    "--seeds",
    "0..2",
    "--set",
    "epochs=4",
    "--set",
    "batch-size=16",
    "--set",
    "hidden=16",
    "--set",
    "stopping=never",
];

const REPORT: [&str; 2] = ["report", "runs/paper"];

/// The time of a kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// A run has a checkpoint and is not complete.
    InARun,
    /// Some runs are complete, and the others have no files yet.
    BetweenRuns,
    /// The report is being written.
    InTheReport,
}

use Moment::{BetweenRuns, InARun, InTheReport};

impl Moment {
    /// The command to kill.
    fn words(self) -> Vec<&'static str> {
        let words: &[&str] = match self {
            // Two runs at a time, with a checkpoint after every step.
            InARun => &[
                &RUN[..],
                &["--resume", "--threads", "2", "--checkpoint-every", "0"],
            ]
            .concat(),
            // One run at a time, without checkpoints: a run has no files before its end.
            BetweenRuns => &[
                &RUN[..],
                &["--resume", "--threads", "1", "--checkpoint-every", "1e9"],
            ]
            .concat(),
            InTheReport => &REPORT,
        };
        [words, &DATA].concat()
    }

    fn is_now(self, held: &Held) -> bool {
        match self {
            InARun => !held.in_the_middle().is_empty(),
            BetweenRuns => held.begun().is_empty() && (1..RUNS).contains(&held.complete().len()),
            InTheReport => true,
        }
    }

    /// The number of changes of the folder before the kill. The number is small enough for a kill in time, even if a
    /// busy machine misses changes.
    fn changes(self, rng: &mut ChaCha8Rng) -> u32 {
        match self {
            InARun => rng.random_range(0..100),
            BetweenRuns => rng.random_range(0..2),
            InTheReport => rng.random_range(0..12),
        }
    }
}

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

/// The numbers of kills.
#[derive(Default)]
struct Counts {
    sweeps: u64,
    kills: BTreeMap<Moment, u64>,
    /// Commands that ended before the kill.
    missed: u64,
    resumed: u64,
}

/// A sweep that is killed and resumed.
struct Sweep<'a> {
    lab: Lab,
    /// Runs that were killed and have not continued yet.
    waiting: BTreeSet<String>,
    counts: &'a mut Counts,
}

impl Sweep<'_> {
    /// Starts a command and kills it at this moment.
    fn kill(&mut self, moment: Moment, signal: Signal, mut changes: u32) {
        let mut child = self.lab.watch(&moment.words());
        let hit = child.hold_when(|held| {
            let now = moment.is_now(held);
            let hit = now && changes == 0;
            changes -= u32::from(now && !hit);
            hit
        });
        if hit {
            child.send(signal);
            *self.counts.kills.entry(moment).or_default() += 1;
        } else {
            self.counts.missed += 1;
        }
        let (status, stderr) = child.end();
        assert!(hit || status.success(), "{status}: {stderr}");
        self.go_on(&stderr);
        self.waiting.extend(Held::look(&self.lab).in_the_middle());
    }

    /// Runs a command to its end.
    fn finish(&mut self, words: &[&str]) {
        let (status, stderr) = self.lab.watch(words).end();
        assert!(status.success(), "{status}: {stderr}");
        self.go_on(&stderr);
    }

    /// Notes the runs that continued from a checkpoint.
    fn go_on(&mut self, stderr: &str) {
        for line in stderr.lines() {
            if let Some((run, _)) = line.split_once(": continues after") {
                self.waiting.remove(run);
                self.counts.resumed += 1;
            }
        }
    }
}

/// The files of a sweep that is killed several times, at random moments.
fn disturbed(signal: Signal, rng: &mut ChaCha8Rng, counts: &mut Counts) -> Snapshot {
    let lab = Lab::new();
    let waiting = BTreeSet::new();
    let mut sweep = Sweep {
        lab,
        waiting,
        counts,
    };
    let mut moments = [InARun, InARun, InARun, BetweenRuns];
    moments.shuffle(rng);
    for moment in moments {
        sweep.kill(moment, signal, moment.changes(rng));
    }
    sweep.finish(&[&RUN, &DATA[..], &["--resume", "--threads", "2"]].concat());
    let waiting = &sweep.waiting;
    assert!(waiting.is_empty(), "checkpoints were not used: {waiting:?}");
    for _ in 0..2 {
        sweep.kill(InTheReport, signal, InTheReport.changes(rng));
    }
    sweep.finish(&InTheReport.words());
    sweep.counts.sweeps += 1;
    sweep.lab.results("runs")
}

fn survives(name: &str, signal: Signal) {
    let (wanted, seed) = (number("CHAOS_KILLS", 24), number("CHAOS_SEED", 0));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let expected = calm();
    let mut counts = Counts::default();
    let mut kills = [0; 3];
    while kills.contains(&0) || kills.iter().sum::<u64>() < wanted {
        assert_same(&expected, &disturbed(signal, &mut rng, &mut counts));
        kills = [InARun, BetweenRuns, InTheReport]
            .map(|moment| counts.kills.get(&moment).copied().unwrap_or_default());
        assert!(
            counts.sweeps <= wanted + 10,
            "kills come too late: {kills:?}"
        );
    }
    let [in_a_run, between_runs, in_the_report] = kills;
    println!(
        "{name}: {} kills in {} sweeps ({in_a_run} in a run, {between_runs} between runs, {in_the_report} \
         in the report; {} came too late); {} times a run went on from a checkpoint: the same bytes each time",
        kills.iter().sum::<u64>(),
        counts.sweeps,
        counts.missed,
        counts.resumed
    );
    assert!(counts.resumed > 0, "no run went on from a checkpoint");
}

#[test]
fn a_sweep_ended_by_sigkill_again_and_again_gives_the_same_bytes() {
    survives("SIGKILL", Signal::KILL);
}

#[test]
fn a_sweep_ended_by_sigterm_again_and_again_gives_the_same_bytes() {
    survives("SIGTERM", Signal::TERM);
}
