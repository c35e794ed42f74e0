//! `mnist-lab sweep plan`

use anyhow::Result;
use experiments::sweep::plan::Plan;
use lab_results::data_set::data_files;
use lab_results::store::{Extras, Source, Store, SuiteRecord};

use super::{load_suite, open_data, print};
use crate::cli::PlanArgs;
use crate::ends::Usage;

pub(super) fn plan(args: &PlanArgs) -> Result<()> {
    let args = &args.runs;
    let suite = load_suite(&args.suite)?;
    let dataset = open_data(&args.data, true)?;
    let source = Source {
        data: data_files(&dataset),
        classes: dataset.classes(),
        init_from: None,
    };
    let record = SuiteRecord::of(&suite.as_written);
    let seeds = args.seeds.of(&record).map_err(Usage)?;
    let plan = Plan::new(
        record,
        &suite.experiments()?,
        &seeds,
        source,
        Extras::default(),
    );
    let store = Store::open(&args.out.join(&suite.as_written.name));
    print(&plan.lines(&store)?)
}
