//! `mnist-lab sweep plan`

use anyhow::Result;
use lab_results::store::{Extras, Store};

use super::suite::load_suite;
use super::{open_data, print};
use crate::cli::PlanArgs;
use crate::ends::Usage;

pub(super) fn plan(args: &PlanArgs) -> Result<()> {
    let args = &args.runs;
    let suite = load_suite(&args.suite)?;
    let dataset = open_data(&args.data, true)?;
    let seeds = suite.seeds(&args.seeds).map_err(Usage)?;
    let plan = suite.plan(&seeds, &dataset, None, Extras::default())?;
    let store = Store::open(&args.out.join(&suite.as_written.name));
    print(&plan.lines(&store)?)
}
