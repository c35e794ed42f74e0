//! `mnist-lab report`

use anyhow::{Result, bail};
use experiments::artifact::read_csv;
use experiments::claims::Verdict;
use experiments::console;
use experiments::report::write_report;
use experiments::tables::ClaimRow;

use super::{complain, open_data, print};
use crate::cli::ReportOptions;

pub(crate) fn report(options: &ReportOptions, quiet: bool) -> Result<()> {
    let dataset = open_data(&options.data)?;
    let path = write_report(&options.folder, &dataset)?;
    if !quiet {
        complain(&format!("wrote {}", path.display()));
    }
    let summary = read_csv(&options.folder.join("summary.csv"))?;
    print(&console::summary(&summary))?;
    let claims = options.folder.join("claims.csv");
    if !claims.exists() {
        return Ok(());
    }
    let claims: Vec<ClaimRow> = read_csv(&claims)?;
    print(&format!("\n{}", console::claims(&claims)))?;
    let reproduced = Verdict::Reproduced.to_string();
    let failed = claims
        .iter()
        .filter(|row| row.verdict != reproduced)
        .count();
    if options.strict && failed > 0 {
        bail!("{failed} of {} claims are not reproduced", claims.len());
    }
    Ok(())
}
