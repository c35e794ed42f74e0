//! The model of the store: data, two experiments, the expected files of their runs, and the files found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use experiments::job::Job;
use experiments::run::watch::{Progress, Watch};
use experiments::suites;
use experiments::sweep::output::RunFiles;
use experiments::sweep::plan::Plan;
use experiments::sweep::runner::{Outcome, Runner};
use experiments::sweep::todo::{Earlier, Todo};
use lab_results::data_set::data_files;
use lab_results::names::{RUN, RUN_FILES};
use lab_results::store::{Collected, Extras, RunResult, Source, SuiteRecord, Writer};
use lab_results::suite::{Experiment, Suite, set};
use lab_results::tables::EpochRow;
use mnist_data::{Checksums, Dataset, OpenOptions};
use mnist_samples::PixelData;

use crate::common::Lab;

/// Steps of a complete run: two epochs of four.
pub(crate) const STEPS: usize = 8;

pub(crate) const EXPERIMENTS: [&str; 2] = ["softmax", "relu"];
pub(crate) const SEEDS: [u64; 2] = [0, 1];

/// The variants of a run; each gives different files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    pub(crate) fast: bool,
    pub(crate) steps: bool,
}

fn variants() -> [Variant; 4] {
    let all = [(false, false), (false, true), (true, false), (true, true)];
    all.map(|(fast, steps)| Variant { fast, steps })
}

/// Names and bytes.
type Files = BTreeMap<String, Vec<u8>>;

/// The state of a run's folder, from the bytes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Absent,
    Complete(Variant),
    Damaged,
    Unreadable,
}

/// Everything that the sequences share.
pub(crate) struct World {
    data: PixelData,
    source: Source,
    /// The files of each undisturbed run.
    references: BTreeMap<(String, u64, Variant), Files>,
}

/// Stops the runs after a number of steps.
struct Stopper<'a> {
    stop: &'a AtomicBool,
    left: AtomicUsize,
}

impl Progress for Stopper<'_> {
    fn started<'s>(&'s self, _: &Job<'_>) -> Box<dyn Watch + 's> {
        Box::new(StopperOfOne(self))
    }

    fn finished(&self, _: &Job<'_>, _: Option<&RunResult>) {}
}

struct StopperOfOne<'a>(&'a Stopper<'a>);

impl Watch for StopperOfOne<'_> {
    fn resumed(&mut self, _: u32, _: usize) {}

    fn complaint(&mut self, _: &str) {}

    fn step(&mut self, _: u32, _: usize, _: usize) {
        if self.0.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }

    fn epoch(&mut self, _: &EpochRow, _: bool) {}
}

fn suite(fast: bool) -> Suite {
    let mut table = toml::Table::new();
    let lr = if fast { "lr=0.2" } else { "lr=0.1" };
    for setting in [lr, "epochs=2", "batch-size=8", "validation=8"] {
        set(&mut table, setting).unwrap();
    }
    let mut suite = suites::load("paper").unwrap();
    suite
        .experiments
        .retain(|experiment| EXPERIMENTS.contains(&experiment.id.as_str()));
    suite.rules = None;
    for experiment in &mut suite.experiments {
        if experiment.id == "relu" {
            set(&mut table, "hidden=2").unwrap();
        }
        experiment.settings = experiment.settings.with(&table).unwrap();
    }
    suite
}

/// A command of the program, in this process.
pub(crate) struct Command<'a> {
    pub(crate) experiments: &'a [&'a str],
    pub(crate) seeds: &'a [u64],
    pub(crate) variant: Variant,
    pub(crate) earlier: Earlier,
    pub(crate) stop_after: usize,
}

impl World {
    pub(crate) fn new() -> Self {
        let lab = Lab::new();
        let options = OpenOptions {
            checksums: Checksums::Off,
            ..OpenOptions::default()
        };
        let dataset = Dataset::open(lab.path("data"), &options)
            .unwrap()
            .truncated(40, 10);
        let mut world = Self {
            source: Source {
                data: data_files(&dataset),
                classes: dataset.classes(),
                init_from: None,
            },
            data: PixelData::new(dataset),
            references: BTreeMap::new(),
        };
        for variant in variants() {
            let folder = tempfile::tempdir().unwrap();
            let command = Command {
                experiments: &EXPERIMENTS,
                seeds: &SEEDS,
                variant,
                earlier: Earlier::RunAgain,
                stop_after: usize::MAX,
            };
            let (outcome, _) = world.run(folder.path(), &command).unwrap();
            assert_eq!(outcome.done, 4, "{:?}", outcome.failures);
            for (experiment, seed) in all_runs() {
                let files = files(&run_folder(folder.path(), experiment, seed));
                let key = (experiment.to_owned(), seed, variant);
                world.references.insert(key, files.unwrap());
            }
        }
        world
    }

    /// Does the same as the command `run`; an error if the plan refuses.
    pub(crate) fn run(
        &self,
        folder: &Path,
        command: &Command<'_>,
    ) -> anyhow::Result<(Outcome, Collected)> {
        let suite = suite(command.variant.fast);
        let store = Writer::lock(folder)?;
        let ids = command.experiments.iter().map(|&id| id.to_owned());
        let experiments: Vec<&Experiment> = suite.select(&ids.collect::<Vec<_>>())?;
        let stop = AtomicBool::new(false);
        let plan = Plan::new(
            SuiteRecord::of(&suite),
            &experiments,
            command.seeds,
            self.source.clone(),
            Extras {
                init: false,
                steps: command.variant.steps,
            },
        );
        let todo = Todo::new(&plan, &store, None, command.earlier)?;
        todo.begin(&store)?;
        let files = RunFiles {
            plan: &plan,
            store: &store,
            data: &self.data,
            init_from: None,
            resume: todo.resume,
            checkpoint_every: Duration::ZERO,
        };
        let runner = Runner {
            threads: 1,
            stop: &stop,
            fail_fast: false,
        };
        let stopper = Stopper {
            stop: &stop,
            left: AtomicUsize::new(command.stop_after),
        };
        let outcome = runner.run(&todo.jobs, &files, &stopper);
        Ok((outcome, store.collect(&plan.suite)?))
    }

    pub(crate) fn truth(&self, folder: &Path, experiment: &str, seed: u64) -> Truth {
        let folder = run_folder(folder, experiment, seed);
        if !folder.join(RUN).exists() {
            return Truth::Absent;
        }
        let Some(mut found) = files(&folder) else {
            return Truth::Unreadable;
        };
        let reference = |variant| &self.references[&(experiment.to_owned(), seed, variant)];
        // Only the model may be absent.
        found
            .entry("model.safetensors".to_owned())
            .or_insert_with(|| {
                let whole = variants()
                    .into_iter()
                    .find(|&v| reference(v)[RUN] == found_run(&folder));
                whole.map_or_else(Vec::new, |v| reference(v)["model.safetensors"].clone())
            });
        let whole = variants().into_iter().find(|&v| *reference(v) == found);
        whole.map_or(Truth::Damaged, Truth::Complete)
    }

    pub(crate) fn truths(&self, folder: &Path) -> Vec<Truth> {
        let runs = all_runs().into_iter();
        runs.map(|(experiment, seed)| self.truth(folder, experiment, seed))
            .collect()
    }
}

fn found_run(folder: &Path) -> Vec<u8> {
    fs::read(folder.join(RUN)).unwrap()
}

pub(crate) fn all_runs() -> Vec<(&'static str, u64)> {
    let seeds = |&experiment: &&'static str| SEEDS.map(|seed| (experiment, seed));
    EXPERIMENTS.iter().flat_map(seeds).collect()
}

pub(crate) fn run_folder(folder: &Path, experiment: &str, seed: u64) -> PathBuf {
    folder.join(experiment).join(format!("seed-{seed}"))
}

/// A run's files, without times and checkpoints; `None` if a file cannot be read.
fn files(folder: &Path) -> Option<Files> {
    let mut files = Files::new();
    for name in [RUN].into_iter().chain(RUN_FILES) {
        match fs::metadata(folder.join(name)) {
            Err(_) => {}
            Ok(it) if it.is_file() => {
                files.insert(name.to_owned(), fs::read(folder.join(name)).unwrap());
            }
            Ok(_) => return None,
        }
    }
    Some(files)
}
