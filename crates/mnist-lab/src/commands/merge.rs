//! `mnist-lab sweep merge`

use anyhow::{Result, bail};
use experiments::sweep::{merge, survey};

use super::{complain, note};
use crate::cli::MergeArgs;

/// The maximum number of missing runs to name.
const NAMED: usize = 10;

pub(crate) fn merge(args: &MergeArgs, quiet: bool) -> Result<()> {
    let parts = match args.parts.is_empty() {
        true => survey::parts_in(&args.folder)?,
        false => args.parts.clone(),
    };
    let merged = merge::merge(&args.folder, &parts)?;
    for complaint in &merged.damaged {
        complain(&format!("{complaint}; the run is ignored"));
    }
    let (all, missing) = (merged.all, merged.missing.len());
    if missing > 0 {
        let mut names: Vec<&str> = merged
            .missing
            .iter()
            .take(NAMED)
            .map(String::as_str)
            .collect();
        if missing > NAMED {
            names.push("…");
        }
        bail!("{missing} of {all} runs missing: {}", names.join(", "));
    }
    let (parts, folder) = (parts.len(), args.folder.display());
    note(
        quiet,
        &format!("merged {all} runs of {parts} parts into {folder}"),
    );
    Ok(())
}
