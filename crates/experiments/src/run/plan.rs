//! What a sweep is to do, as data: which runs are here already, which go, which are to be done.
//!
//! A plan only looks. [`Plan::make_room`] is the one step that removes anything.

use std::cmp::Reverse;
use std::collections::HashMap;

use anyhow::{Result, bail};
use lab_results::store::{Extras, RunState, Source, Store, WholeRun, Writer};
use lab_results::suite::{Experiment, Suite};

use super::checkpoint;

/// An experiment with one seed.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What to run.
    pub experiment: &'a Experiment,
    /// The root of its randomness.
    pub seed: u64,
}

/// What becomes of earlier runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// Those with the same settings and data are run anew; others are a reason to refuse.
    #[default]
    RunAnew,
    /// Those that are whole stay, those with a checkpoint go on; others are a reason to refuse.
    Resume,
    /// Those with the same settings and data are run anew; others are removed.
    Replace,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The whole suite, whose other experiments may have runs as well.
    pub suite: &'a Suite,
    /// Which of its experiments to run.
    pub experiments: &'a [&'a Experiment],
    /// With which seeds.
    pub seeds: &'a [u64],
    /// What runs are made from besides their settings.
    pub source: &'a Source,
    /// What becomes of earlier runs.
    pub earlier: Earlier,
    /// Files that a run must have to count as whole.
    pub extras: Extras,
    /// Which of the [`jobs`] are asked for, by their places.
    pub takes: &'a dyn Fn(usize) -> bool,
}

/// All experiments of one seed, then the next, so that a first result of each comes early; those with the
/// most hidden units first, so that runs side by side end together.
pub fn jobs<'a>(experiments: &[&'a Experiment], seeds: &[u64]) -> Vec<Job<'a>> {
    let largest_first = largest_first(experiments);
    let seeds = seeds.iter();
    let jobs = seeds.flat_map(|&seed| {
        let experiments = largest_first.iter();
        experiments.map(move |&experiment| Job { experiment, seed })
    });
    jobs.collect()
}

/// Experiments in the order in which they are run.
pub fn largest_first<'a>(experiments: &[&'a Experiment]) -> Vec<&'a Experiment> {
    let mut experiments = experiments.to_vec();
    experiments.sort_by_key(|e| Reverse(e.settings.hidden.iter().sum::<usize>()));
    experiments
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// What is wrong with earlier runs that therefore do not count.
    pub complaints: Vec<String>,
    /// Experiments whose earlier runs are to be removed.
    pub replaced: Vec<&'a Experiment>,
    /// Runs that are whole and stay.
    pub here: Vec<Job<'a>>,
    /// Runs to do, in the order of [`jobs`].
    pub jobs: Vec<Job<'a>>,
    /// Whether they go on from checkpoints.
    pub resume: bool,
}

impl<'a> Plan<'a> {
    /// Looks at what is asked for and at what is in the store.
    ///
    /// # Errors
    /// A folder or a run that cannot be read, earlier runs with other settings or data that are not to be
    /// replaced.
    pub fn new(request: &Request<'a>, store: &Store) -> Result<Self> {
        let mut plan = Self {
            complaints: Vec::new(),
            replaced: Vec::new(),
            here: Vec::new(),
            jobs: Vec::new(),
            resume: request.earlier == Earlier::Resume,
        };
        let mut whole: HashMap<(&str, u64), Box<WholeRun>> = HashMap::new();
        for experiment in &request.suite.experiments {
            for (seed, state) in store.runs(&experiment.id)? {
                match state {
                    RunState::Whole(run) => drop(whole.insert((&experiment.id, seed), run)),
                    RunState::Damaged(error) => plan.complaints.push(format!("{error:#}")),
                    // Whatever it is, it must not be taken for nothing.
                    RunState::Unreadable(error) => return Err(error),
                }
            }
        }
        for &experiment in request.experiments {
            let mut runs: Vec<_> = whole
                .iter()
                .filter(|(key, _)| key.0 == experiment.id)
                .collect();
            runs.sort_unstable_by_key(|(key, _)| key.1);
            let differs = runs
                .into_iter()
                .find_map(|(key, run)| Some((key.1, run.differs_in(experiment, request.source)?)));
            match differs {
                None => {}
                Some(_) if request.earlier == Earlier::Replace => plan.replaced.push(experiment),
                Some((seed, what)) => bail!(
                    "{} holds a run of `{}` with other {what}; choose another --out or add --replace",
                    store.run_folder(&experiment.id, seed).display(),
                    experiment.id
                ),
            }
        }
        let jobs = jobs(request.experiments, request.seeds)
            .into_iter()
            .enumerate();
        for (_, job) in jobs.filter(|&(place, _)| (request.takes)(place)) {
            let run = whole.get(&(job.experiment.id.as_str(), job.seed));
            let is_here = plan.resume && run.is_some_and(|run| run.is_complete(request.extras));
            match is_here {
                true => plan.here.push(job),
                false => plan.jobs.push(job),
            }
        }
        Ok(plan)
    }

    /// Removes what the plan replaces, and makes runs that are to be done anew count as not there: after an
    /// interruption they would otherwise be taken for whole.
    ///
    /// # Errors
    /// The path, and what the system said.
    pub fn make_room(&self, store: &Writer) -> Result<()> {
        for experiment in &self.replaced {
            store.remove(&experiment.id)?;
        }
        for job in &self.here {
            // Left by a process that was killed between a run's end and its tidying.
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
    use lab_results::store::RunResult;
    use lab_results::tables::RunRow;

    fn source() -> Source {
        Source {
            data: Vec::new(),
            classes: 10,
            init_from: None,
        }
    }

    /// A store that holds `relu` with seeds 0 and 2, and the plan for seeds 0 to 2.
    fn plan_for<T>(
        earlier: Earlier,
        lr: f64,
        look: impl FnOnce(Result<Plan<'_>>, &Writer) -> T,
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
        let (experiments, source) = (suite.select(&ids).unwrap(), source());
        let request = Request {
            suite: &suite,
            experiments: &experiments,
            seeds: &[0, 1, 2],
            source: &source,
            earlier,
            extras: Extras::default(),
            takes: &|_| true,
        };
        let plan = Plan::new(&request, &store);
        look(plan, &store)
    }

    fn is_here(store: &Store, seed: u64) -> bool {
        let runs = store.runs("relu").unwrap();
        runs.iter().any(|(found, _)| *found == seed)
    }

    fn names(jobs: &[Job<'_>]) -> Vec<String> {
        let name = |job: &Job<'_>| format!("{} {}", job.experiment.id, job.seed);
        jobs.iter().map(name).collect()
    }

    /// The network with hidden units comes first.
    const ALL: [&str; 6] = [
        "relu 0",
        "softmax 0",
        "relu 1",
        "softmax 1",
        "relu 2",
        "softmax 2",
    ];

    #[test]
    fn without_a_wish_all_are_run_anew() {
        plan_for(Earlier::RunAnew, 0.1, |plan, store| {
            let plan = plan.unwrap();
            assert_eq!(names(&plan.jobs), ALL);
            assert!(plan.here.is_empty() && plan.replaced.is_empty());
            // Planning has touched nothing; making room has.
            assert!(is_here(store, 0));
            plan.make_room(store).unwrap();
            assert!(!is_here(store, 0));
        });
    }

    #[test]
    fn resuming_leaves_whole_runs_alone() {
        plan_for(Earlier::Resume, 0.1, |plan, store| {
            let plan = plan.unwrap();
            assert_eq!(names(&plan.here), ["relu 0", "relu 2"]);
            assert_eq!(names(&plan.jobs), [ALL[1], ALL[2], ALL[3], ALL[5]]);
            plan.make_room(store).unwrap();
            assert!(is_here(store, 2));
        });
    }

    #[test]
    fn runs_with_other_settings_go_only_where_they_may() {
        for earlier in [Earlier::RunAnew, Earlier::Resume] {
            plan_for(earlier, 0.2, |plan, store| {
                let message = plan.unwrap_err().to_string();
                assert!(message.contains("with other settings"), "{message}");
                assert!(is_here(store, 0));
            });
        }
        plan_for(Earlier::Replace, 0.2, |plan, store| {
            let plan = plan.unwrap();
            assert_eq!(plan.replaced[0].id, "relu");
            assert_eq!(names(&plan.jobs), ALL);
            plan.make_room(store).unwrap();
            assert!(!store.run_folder("relu", 2).exists());
        });
    }
}
