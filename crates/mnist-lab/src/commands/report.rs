//! `mnist-lab report`

use crate::console;
use anyhow::{Result, bail};
use experiments::built_in;
use lab_claims::Verdict;
use lab_report::{Sources, write_report};

use super::{note, open_data};
use crate::cli::ReportArgs;
use crate::output::print_in_colour;

pub(crate) fn report(options: &ReportArgs, quiet: bool) -> Result<()> {
    let report = write_report(
        &options.folder,
        &Sources {
            dataset: &|| open_data(&options.data, quiet),
            gradcheck: options.gradcheck.as_deref(),
            models: &[built_in::MODEL],
        },
    )?;
    note(quiet, &format!("wrote {}", report.path.display()));
    let shown = print_in_colour(&console::report(&report));
    let judged = report.judged.unwrap_or_default();
    let judgements = judged.judgements.iter();
    let failed = judgements
        .filter(|it| matches!(it.verdict, Verdict::NotReproduced | Verdict::Undecided))
        .count();
    if options.strict && failed > 0 {
        // A closed pipe must not hide this failure.
        bail!(
            "{failed} of {} claims are undecided or not reproduced",
            judged.judgements.len()
        );
    }
    shown
}
