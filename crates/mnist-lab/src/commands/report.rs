//! `mnist-lab report`

use crate::console;
use anyhow::{Result, bail};
use lab_report::write_report;
use lab_results::tables::Verdict;

use super::{complain, open_data, print};
use crate::cli::ReportArgs;

pub(crate) fn report(options: &ReportArgs, quiet: bool) -> Result<()> {
    let dataset = open_data(&options.data, quiet)?;
    let (path, findings) = write_report(&options.folder, &dataset)?;
    if !quiet {
        complain(&format!("wrote {}", path.display()));
    }
    let claims = &findings.claims;
    let mut text = console::summary(&findings.summary());
    if !claims.is_empty() {
        text += &format!("\n{}", console::claims(claims));
    }
    let shown = print(&text);
    let failed = claims
        .iter()
        .filter(|row| matches!(row.verdict, Verdict::NotReproduced | Verdict::Open))
        .count();
    if options.strict && failed > 0 {
        // That holds even if nobody reads on.
        bail!(
            "{failed} of {} claims are open or not reproduced",
            claims.len()
        );
    }
    shown
}
