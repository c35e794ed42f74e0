//! `mnist-lab report`

use anyhow::Result;
use experiments::artifact::read_csv;
use experiments::console;
use experiments::report::write_report;

use super::{complain, open_data, print};
use crate::cli::ReportOptions;

pub(crate) fn report(options: &ReportOptions, quiet: bool) -> Result<()> {
    let dataset = open_data(&options.data)?;
    let path = write_report(&options.folder, &dataset)?;
    if !quiet {
        complain(&format!("wrote {}", path.display()));
    }
    let summary = read_csv(&options.folder.join("summary.csv"))?;
    print(&console::summary(&summary))
}
