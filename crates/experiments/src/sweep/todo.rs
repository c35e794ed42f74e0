//! The work of `run`: the jobs that are done, the jobs to run, and the earlier runs to remove.
//!
//! Looking changes nothing. [`Todo::begin`] is the one step that removes anything.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use lab_results::disk::atomic_file::to_json;
use lab_results::names::SUITE;
use lab_results::store::{RunState, Store, Writer};

use super::look::{Difference, Found};
use super::partition::Part;
use super::plan::Plan;
use crate::job::Job;
use crate::run::checkpoint;

/// The treatment of earlier runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// Runs with the same settings and data are done again; different runs are an error.
    #[default]
    RunAgain,
    /// Complete runs stay, runs with a checkpoint continue; different runs are an error.
    Resume,
    /// Runs with the same settings and data are done again; different runs are removed.
    Replace,
}

/// The jobs of a plan, by what to do with them.
#[derive(Clone, Debug)]
pub struct Todo<'a> {
    plan: &'a Plan,
    /// The faults of damaged earlier runs, which do not count.
    pub complaints: Vec<String>,
    /// Experiments whose earlier runs are to be removed.
    pub replaced: Vec<&'a str>,
    /// Jobs that are done and stay.
    pub done: Vec<Job<'a>>,
    /// Jobs to run, in the plan's order.
    pub jobs: Vec<Job<'a>>,
    /// Whether the jobs continue from checkpoints.
    pub resume: bool,
}

impl<'a> Todo<'a> {
    /// Looks at the runs in the store, for the complete plan or one part.
    ///
    /// # Errors
    /// A folder or a run that cannot be read, earlier runs that differ and are not to be replaced.
    pub fn new(
        plan: &'a Plan,
        store: &Store,
        part: Option<Part>,
        earlier: Earlier,
    ) -> Result<Self> {
        let mut todo = Self {
            plan,
            complaints: Vec::new(),
            replaced: Vec::new(),
            done: Vec::new(),
            jobs: Vec::new(),
            resume: earlier == Earlier::Resume,
        };
        todo.look_at_others(store)?;
        let mut done = HashSet::new();
        for experiment in &plan.experiments {
            let mut differs = None;
            for seed in store.seeds(&experiment.id)? {
                match plan.look(store, Job { experiment, seed }) {
                    Found::Done(_) => drop(done.insert((experiment.id.as_str(), seed))),
                    Found::Different(Difference::Version) | Found::Incomplete(_) => {}
                    Found::Different(what) => differs = differs.or(Some((seed, what))),
                    Found::Damaged(error) => todo.complaints.push(format!("{error:#}")),
                    // An unreadable run must not be treated as absent.
                    Found::Unreadable(error) => return Err(error),
                    Found::Absent | Found::UnderWay(_) => {}
                }
            }
            match differs {
                None => {}
                Some(_) if earlier == Earlier::Replace => todo.replaced.push(&experiment.id),
                Some((seed, what)) => bail!(
                    "{} holds a run of `{}` with different {what}; choose another --out or add --replace",
                    store.run_folder(&experiment.id, seed).display(),
                    experiment.id
                ),
            }
        }
        for (place, job) in plan.jobs().enumerate() {
            if !part.is_none_or(|part| part.has(place)) {
                continue;
            }
            let is_done = done.contains(&(job.experiment.id.as_str(), job.seed));
            match todo.resume && is_done {
                true => todo.done.push(job),
                false => todo.jobs.push(job),
            }
        }
        Ok(todo)
    }

    /// Looks at runs of the suite's other experiments, which will be in the tables too.
    fn look_at_others(&mut self, store: &Store) -> Result<()> {
        let own: HashSet<&str> = self
            .plan
            .experiments
            .iter()
            .map(|it| it.id.as_str())
            .collect();
        for experiment in &self.plan.suite.experiments {
            if own.contains(experiment.id.as_str()) {
                continue;
            }
            for (_, state) in store.runs(&experiment.id)? {
                match state {
                    RunState::Complete(run) if run.record.data != self.plan.source.data => bail!(
                        "{} holds a run on different data; choose another --out",
                        store
                            .run_folder(&experiment.id, run.record.result.seed)
                            .display()
                    ),
                    RunState::Complete(_) => {}
                    RunState::Damaged(error) => self.complaints.push(format!("{error:#}")),
                    RunState::Unreadable(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Refuses an input that is in a folder whose files the jobs replace.
    ///
    /// # Errors
    /// An input in such a folder.
    pub fn expect_to_keep(&self, store: &Store, input: &Path) -> Result<()> {
        let folders = self.replaced.iter().map(|it| store.folder().join(it));
        let jobs = self.jobs.iter();
        let jobs = jobs.map(|job| store.run_folder(&job.experiment.id, job.seed));
        let input = fs::canonicalize(input).unwrap_or_else(|_| input.to_owned());
        for folder in folders.chain(jobs) {
            let folder = fs::canonicalize(&folder).unwrap_or(folder);
            ensure!(
                !input.starts_with(&folder),
                "{}: the runs would replace this input; copy it to another folder, or choose another --out",
                input.display()
            );
        }
        Ok(())
    }

    /// Writes `suite.json` and removes replaced runs. Runs to do again lose their `run.json`; otherwise they would
    /// count as complete after an interruption.
    ///
    /// # Errors
    /// An error of the system; the message has the path.
    pub fn begin(&self, store: &Writer) -> Result<()> {
        store.write(SUITE, &to_json(&self.plan.suite)?)?;
        for experiment in &self.replaced {
            store.remove(experiment)?;
        }
        for job in &self.done {
            // Checkpoints of a process that was killed between a run's end and their removal.
            checkpoint::clear(&store.run_folder(&job.experiment.id, job.seed))?;
        }
        if !self.resume {
            for job in &self.jobs {
                store.discount(&job.experiment.id, job.seed)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites;
    use lab_results::store::{Extras, RunResult, Source, SuiteRecord};
    use lab_results::tables::RunRow;

    fn source() -> Source {
        Source {
            data: Vec::new(),
            classes: 10,
            init_from: None,
        }
    }

    /// A store that holds `relu` with seeds 0 and 2, and what there is to do for seeds 0 to 2.
    fn todo_for<T>(
        earlier: Earlier,
        lr: f64,
        look: impl FnOnce(Result<Todo<'_>>, &Writer) -> T,
    ) -> T {
        let folder = tempfile::tempdir().unwrap();
        let store = Writer::lock(folder.path()).unwrap();
        let mut suite = suites::load("paper").unwrap();
        for seed in [0, 2] {
            let result = RunResult {
                row: RunRow {
                    experiment: "relu".to_owned(),
                    seed,
                    ..RunRow::default()
                },
                epochs: Vec::new(),
                timings: Vec::new(),
                steps: None,
                init: None,
                test: None,
                divergence: None,
            };
            let settings = &suite.select(&["relu".to_owned()]).unwrap()[0].settings;
            store.save(settings, &source(), &result).unwrap();
        }
        let relu = suite
            .experiments
            .iter_mut()
            .find(|e| e.id == "relu")
            .unwrap();
        relu.settings.lr = lr;
        let ids = ["softmax", "relu"].map(str::to_owned);
        let plan = Plan::new(
            SuiteRecord::of(&suite),
            &suite.select(&ids).unwrap(),
            &[0, 1, 2],
            source(),
            Extras::default(),
        );
        look(Todo::new(&plan, &store, None, earlier), &store)
    }

    fn is_here(store: &Store, seed: u64) -> bool {
        let runs = store.runs("relu").unwrap();
        runs.iter().any(|(found, _)| *found == seed)
    }

    fn names(jobs: &[Job<'_>]) -> Vec<String> {
        jobs.iter().map(Job::name).collect()
    }

    /// The network with hidden units comes first.
    const ALL: [&str; 6] = [
        "relu/seed-0",
        "softmax/seed-0",
        "relu/seed-1",
        "softmax/seed-1",
        "relu/seed-2",
        "softmax/seed-2",
    ];

    #[test]
    fn without_a_wish_all_are_run_anew() {
        todo_for(Earlier::RunAgain, 0.1, |todo, store| {
            let todo = todo.unwrap();
            assert_eq!(names(&todo.jobs), ALL);
            assert!(todo.done.is_empty() && todo.replaced.is_empty());
            // Looking has changed nothing; beginning has.
            assert!(is_here(store, 0));
            todo.begin(store).unwrap();
            assert!(!is_here(store, 0));
        });
    }

    #[test]
    fn resuming_leaves_complete_runs_alone() {
        todo_for(Earlier::Resume, 0.1, |todo, store| {
            let todo = todo.unwrap();
            assert_eq!(names(&todo.done), ["relu/seed-0", "relu/seed-2"]);
            assert_eq!(names(&todo.jobs), [ALL[1], ALL[2], ALL[3], ALL[5]]);
            todo.begin(store).unwrap();
            assert!(is_here(store, 2));
        });
    }

    #[test]
    fn runs_with_other_settings_go_only_where_they_may() {
        for earlier in [Earlier::RunAgain, Earlier::Resume] {
            todo_for(earlier, 0.2, |todo, store| {
                let message = todo.unwrap_err().to_string();
                assert!(
                    message.contains("with different settings (lr = 0.1)"),
                    "{message}"
                );
                assert!(is_here(store, 0));
            });
        }
        todo_for(Earlier::Replace, 0.2, |todo, store| {
            let todo = todo.unwrap();
            assert_eq!(todo.replaced, ["relu"]);
            assert_eq!(names(&todo.jobs), ALL);
            todo.begin(store).unwrap();
            assert!(!store.run_folder("relu", 2).exists());
        });
    }
}
