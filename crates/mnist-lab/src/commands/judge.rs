//! `mnist-lab study judge`

use anyhow::Result;
use lab_claims::{tally, write_report};

use super::power::rules;
use super::{complain, print};
use crate::cli::JudgeArgs;

pub(crate) fn judge(options: &JudgeArgs, quiet: bool) -> Result<()> {
    let (rules, suite) = rules(&options.rules)?;
    let (path, judged) = write_report(&options.folder, &options.exploratory, &rules, &suite)?;
    if !quiet {
        complain(&format!("wrote {}", path.display()));
    }
    let mut text = String::new();
    for it in &judged {
        text += &format!(
            "{:<14}  {}: {} ({})\n",
            it.verdict.to_string(),
            it.section,
            it.claim,
            it.claimed
        );
    }
    print(&format!("{text}{}\n", tally(&judged)))
}
