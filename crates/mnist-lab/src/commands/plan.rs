//! `mnist-lab sweep plan`

use anyhow::Result;
use experiments::sweep::plan::Plan;
use lab_results::store::{Extras, Source, Store, SuiteRecord, data_files};

use super::{load_suite, open_data, print};
use crate::cli::PlanArgs;

pub(super) fn plan(args: &PlanArgs) -> Result<()> {
    let args = &args.runs;
    let suite = load_suite(&args.suite)?;
    let dataset = open_data(&args.data, true)?;
    let source = Source {
        data: data_files(&dataset),
        classes: dataset.classes(),
        init_from: None,
    };
    let plan = Plan::new(
        SuiteRecord::of(&suite.as_written),
        &suite.experiments()?,
        &args.seeds.0,
        source,
        Extras::default(),
    );
    let store = Store::open(&args.out.join(&suite.as_written.name));
    print(&plan.lines(&store)?)
}
