//! Tests the store against a model: random sequences of runs, interruptions, replacements, reports and damage. After
//! each step, the state that the store gives each run is compared with the bytes on disk. `STORE_SEQUENCES` is the
//! number of sequences.
#![allow(clippy::print_stdout)] // the number of steps of each kind

#[path = "../common/mod.rs"]
mod common;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use common::{files_below, snapshot};
use experiments::sweep::todo::Earlier;
use lab_report::Findings;
use lab_results::names::{CHECKPOINTS, RUN, RUN_FILES};
use lab_results::store::{RunState, Store};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use world::{Command, EXPERIMENTS, SEEDS, STEPS, Truth, Variant, World, all_runs, run_folder};

/// One sequence, and its folder.
struct Sequence<'w> {
    world: &'w World,
    folder: PathBuf,
    rng: ChaCha8Rng,
    /// The steps so far, for the message of a failure.
    log: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Sequence<'_> {
    fn step(&mut self) {
        let name = match self.rng.random_range(0..10) {
            0..=4 => self.run(),
            5 => self.report(),
            6 | 7 => self.spoil(),
            8 => self.block_or_free(),
            _ => self.move_folder(),
        };
        *self.counts.entry(name).or_default() += 1;
        self.expect_truth();
    }

    /// Asserts that the store gives each run the state that its bytes show.
    fn expect_truth(&self) {
        let store = Store::open(&self.folder);
        for (experiment, seed) in all_runs() {
            let truth = self.world.truth(&self.folder, experiment, seed);
            let runs = store.runs(experiment).unwrap();
            let said = runs.iter().find(|(found, _)| *found == seed);
            let agree = match said.map(|(_, state)| state) {
                None => truth == Truth::Absent,
                Some(RunState::Complete(_)) => matches!(truth, Truth::Complete(_)),
                // Of several faults, the store names the first one found.
                Some(RunState::Damaged(_)) => matches!(truth, Truth::Damaged | Truth::Unreadable),
                Some(RunState::Unreadable(_)) => truth == Truth::Unreadable,
            };
            assert!(
                agree,
                "{experiment} seed {seed}: {truth:?}, {said:?}\n{:#?}",
                self.log
            );
        }
    }

    fn run(&mut self) -> &'static str {
        let rng = &mut self.rng;
        let experiments: &[&str] = [&EXPERIMENTS[..], &EXPERIMENTS[..1], &EXPERIMENTS[1..]]
            .choose(rng)
            .unwrap();
        let seeds: &[u64] = [&SEEDS[..], &SEEDS[..1], &SEEDS[1..]].choose(rng).unwrap();
        let command = Command {
            experiments,
            seeds,
            variant: Variant {
                fast: rng.random_ratio(1, 4),
                steps: rng.random_ratio(1, 4),
            },
            earlier: *[
                Earlier::RunAgain,
                Earlier::Resume,
                Earlier::Resume,
                Earlier::Replace,
            ]
            .choose(rng)
            .unwrap(),
            stop_after: match rng.random_range(0..2) {
                0 => usize::MAX,
                _ => rng.random_range(1..2 * STEPS),
            },
        };
        let before = self.world.truths(&self.folder);
        let files = snapshot(&self.folder);
        self.log.push(format!(
            "run {experiments:?} {seeds:?} {:?} {:?} stopped after {}",
            command.variant, command.earlier, command.stop_after
        ));
        let ended = self.world.run(&self.folder, &command);
        let is_asked_for = |(experiment, seed): (&str, u64)| {
            experiments.contains(&experiment) && seeds.contains(&seed)
        };
        let (outcome, collected) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                let differs = |(run, truth): (&(&str, u64), &Truth)| {
                    experiments.contains(&run.0)
                        && matches!(truth, Truth::Complete(found) if found.fast != command.variant.fast)
                };
                let is_kept = |path: &PathBuf| path.extension().is_some_and(|it| it == "kept");
                if files_below(&self.folder).iter().any(is_kept) {
                    return "refused runs";
                }
                let justified = command.earlier != Earlier::Replace
                    && all_runs().iter().zip(&before).any(differs);
                assert!(justified, "{error:#}\n{:#?}", self.log);
                assert_eq!(files, snapshot(&self.folder), "{:#?}", self.log);
                return "refused runs";
            }
        };
        let after = self.world.truths(&self.folder);
        let all = all_runs();
        let runs = || all.iter().zip(before.iter().zip(&after));
        if outcome.stopped == 0 && outcome.failures.is_empty() && command.stop_after == usize::MAX {
            for (&run, (_, after)) in runs().filter(|(run, _)| is_asked_for(**run)) {
                // A run that was complete may have a log of steps that this command does not ask for.
                let good = matches!(after, Truth::Complete(found) if found.fast == command.variant.fast
                    && (found.steps || !command.variant.steps));
                assert!(good, "{run:?} is {after:?}\n{:#?}", self.log);
            }
        }
        for (&run, (before, after)) in runs() {
            let may_go = command.earlier == Earlier::Replace && experiments.contains(&run.0);
            if !is_asked_for(run) && !may_go {
                assert_eq!(before, after, "{run:?}\n{:#?}", self.log);
            }
        }
        let whole = after
            .iter()
            .filter(|truth| matches!(truth, Truth::Complete(_)))
            .count();
        let named = after
            .iter()
            .filter(|truth| matches!(truth, Truth::Damaged | Truth::Unreadable))
            .count();
        assert_eq!(
            (collected.runs.len(), collected.missing.len()),
            (whole, named),
            "{:#?}",
            self.log
        );
        if command.stop_after == usize::MAX {
            "runs"
        } else {
            "interrupted runs"
        }
    }

    fn report(&mut self) -> &'static str {
        self.log.push("report".to_owned());
        let truths = self.world.truths(&self.folder);
        let is_bad = |truth: &Truth| matches!(truth, Truth::Damaged | Truth::Unreadable);
        match Findings::read(&Store::open(&self.folder), None) {
            Err(error) => {
                let justified = truths.iter().any(is_bad)
                    || !self.folder.join("suite.json").exists()
                    || !truths
                        .iter()
                        .any(|truth| matches!(truth, Truth::Complete(_)));
                assert!(justified, "{error:#}\n{:#?}", self.log);
                "refused reports"
            }
            Ok(findings) => {
                assert!(!truths.iter().any(is_bad), "{:#?}", self.log);
                let told: usize = findings.experiments.iter().map(|e| e.runs.len()).sum();
                let whole = truths
                    .iter()
                    .filter(|truth| **truth != Truth::Absent)
                    .count();
                assert_eq!(told, whole, "{:#?}", self.log);
                "reports"
            }
        }
    }

    /// An existing file of a run.
    fn some_file(&mut self) -> Option<PathBuf> {
        let (experiment, seed) = *all_runs().choose(&mut self.rng)?;
        let folder = run_folder(&self.folder, experiment, seed);
        let names = [RUN].into_iter().chain(RUN_FILES).chain(CHECKPOINTS);
        let paths: Vec<PathBuf> = names
            .map(|name| folder.join(name))
            .filter(|path| path.is_file())
            .collect();
        paths.choose(&mut self.rng).cloned()
    }

    /// Flips a bit of a file, cuts it, or removes it.
    fn spoil(&mut self) -> &'static str {
        let Some(path) = self.some_file() else {
            return "nothing to spoil";
        };
        let mut bytes = fs::read(&path).unwrap();
        match self.rng.random_range(0..4) {
            0 => fs::remove_file(&path).unwrap(),
            1 => {
                bytes.truncate(self.rng.random_range(0..bytes.len().max(1)));
                fs::write(&path, bytes).unwrap();
            }
            _ if bytes.is_empty() => {}
            _ => {
                let place = self.rng.random_range(0..bytes.len());
                bytes[place] ^= 1 << self.rng.random_range(0..8);
                fs::write(&path, bytes).unwrap();
            }
        }
        self.log.push(format!("spoil {}", path.display()));
        "spoiled files"
    }

    /// Replaces a file by a folder, which even root cannot read as a file, or puts the file back.
    fn block_or_free(&mut self) -> &'static str {
        let freed = files_below(&self.folder)
            .into_iter()
            .find(|path| path.extension().is_some_and(|it| it == "kept"));
        if let Some(kept) = freed {
            let path = kept.with_extension("");
            if path.is_dir() {
                fs::remove_dir(&path).unwrap();
                fs::rename(&kept, &path).unwrap();
            } else {
                fs::remove_file(&kept).unwrap();
            }
            self.log.push(format!("free {}", path.display()));
            return "freed files";
        }
        let Some(path) = self.some_file() else {
            return "nothing to block";
        };
        let mut kept = path.clone().into_os_string();
        kept.push(".kept");
        fs::rename(&path, kept).unwrap();
        fs::create_dir(&path).unwrap();
        self.log.push(format!("block {}", path.display()));
        "blocked files"
    }

    fn move_folder(&mut self) -> &'static str {
        let other = self
            .folder
            .with_file_name(format!("moved-{}", self.log.len()));
        if self.folder.exists() {
            fs::rename(&self.folder, &other).unwrap();
            self.folder = other;
        }
        self.log.push("move".to_owned());
        "moves"
    }
}

#[test]
fn what_is_said_of_runs_is_what_their_bytes_say() {
    let sequences: u64 =
        std::env::var("STORE_SEQUENCES").map_or(60, |text| text.parse().expect("STORE_SEQUENCES"));
    let world = World::new();
    let mut counts = BTreeMap::new();
    for seed in 0..sequences {
        let parent = tempfile::tempdir().unwrap();
        let mut sequence = Sequence {
            world: &world,
            folder: parent.path().join("results"),
            rng: ChaCha8Rng::seed_from_u64(seed),
            log: vec![format!("sequence {seed}")],
            counts,
        };
        for _ in 0..12 {
            sequence.step();
        }
        counts = sequence.counts;
    }
    println!("{sequences} sequences: {counts:?}");
    if sequences >= 60 {
        for name in [
            "runs",
            "interrupted runs",
            "refused runs",
            "reports",
            "refused reports",
        ] {
            assert!(
                counts.get(name).is_some_and(|&count| count > 0),
                "{name}: {counts:?}"
            );
        }
    }
}
