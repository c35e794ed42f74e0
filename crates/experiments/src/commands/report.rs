//! `mnist-lab report`

use anyhow::{Result, bail};
use experiments::claims::Verdict;
use experiments::console;
use experiments::report::write_report;

use super::{complain, open_data, print};
use crate::cli::ReportOptions;

pub(crate) fn report(options: &ReportOptions, quiet: bool) -> Result<()> {
    let dataset = open_data(&options.data)?;
    let (path, findings) = write_report(&options.folder, &dataset)?;
    if !quiet {
        complain(&format!("wrote {}", path.display()));
    }
    print(&console::summary(&findings.summary()))?;
    let claims = &findings.claims;
    if claims.is_empty() {
        return Ok(());
    }
    print(&format!("\n{}", console::claims(claims)))?;
    let failed = claims
        .iter()
        .filter(|row| matches!(row.verdict, Verdict::NotReproduced | Verdict::Open))
        .count();
    if options.strict && failed > 0 {
        bail!(
            "{failed} of {} claims are open or not reproduced",
            claims.len()
        );
    }
    Ok(())
}
