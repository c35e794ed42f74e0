//! `mnist-lab study record`

use anyhow::Result;

use super::print;
use crate::cli::RecordArgs;

pub(crate) fn record(options: &RecordArgs) -> Result<()> {
    let folder = |name: &str| options.results.join(name);
    print(&lab_report::record(
        &folder("confirmatory"),
        &folder("multiverse"),
    )?)
}
