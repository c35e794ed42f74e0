//! `mnist-lab sweep plan`

use std::collections::HashMap;

use anyhow::Result;
use experiments::run::checkpoint::identity;
use experiments::run::plan::jobs;
use lab_parts::status::expected_seconds;
use lab_results::store::{Source, Store, data_files};
use serde_json::json;

use super::{load_suite, open_data, print};
use crate::cli::PlanArgs;

pub(crate) fn plan(args: &PlanArgs) -> Result<()> {
    let suite = load_suite(&args.suite, &args.experiments)?;
    let experiments = suite.experiments()?;
    let dataset = open_data(&args.data, true)?;
    let source = Source {
        data: data_files(&dataset),
        classes: dataset.classes(),
        init_from: None,
    };
    let store = Store::open(&args.out.join(&suite.as_written.name));
    // Looked up once: an experiment's earlier runs may be as many as its jobs.
    let mut seconds = HashMap::new();
    for experiment in &experiments {
        seconds.insert(&experiment.id, expected_seconds(&store, &experiment.id)?);
    }
    let mut lines = String::new();
    for job in jobs(&experiments, &args.seeds.0) {
        let (id, settings) = (&job.experiment.id, &job.experiment.settings);
        let line = json!({
            "id": format!("{id}/seed-{}", job.seed),
            "experiment": id,
            "seed": job.seed,
            "settings": settings,
            "identity": identity(id, settings, job.seed, &source)?,
            "seconds": seconds.get(id).copied().flatten(),
        });
        lines += &format!("{line}\n");
    }
    print(&lines)
}
