//! `mnist-lab study power`

use anyhow::{Context, Result};
use experiments::suites;
use lab_claims::{Needed, Rules, Runs, plan};
use lab_results::disk::whole::{read_csv, read_small};
use lab_results::names::RUNS;
use lab_results::suite::Suite;

use super::print;
use crate::cli::{PowerArgs, RulesArgs};

pub(crate) fn power(options: &PowerArgs) -> Result<()> {
    let (rules, suite) = rules(&options.rules)?;
    let runs = runs(&options.folder, &rules.exploratory, &suite)?;
    let planned = plan(&rules, &suite, &runs)?;
    let mut text = "seeds  likely verdict  section: claim\n".to_owned();
    for it in &planned {
        let (seeds, verdict) = match &it.needed {
            Needed::Seeds(seeds, verdict) => (seeds.to_string(), verdict.to_string()),
            Needed::Undecidable(_) => ("–".to_owned(), "undecidable".to_owned()),
            Needed::None => ("–".to_owned(), "without seeds".to_owned()),
        };
        text += &format!("{seeds:>5}  {verdict:<14}  {}: {}", it.section, it.claim);
        if let Needed::Undecidable(why) = &it.needed {
            text += &format!(" ({why})");
        }
        text.push('\n');
    }
    let seeds = planned.iter().filter_map(|it| match it.needed {
        Needed::Seeds(seeds, _) => Some(seeds),
        _ => None,
    });
    let most = seeds.max().unwrap_or(0);
    let power = 100.0 * rules.power;
    let (from, to) = (rules.exploratory.start, rules.exploratory.end);
    print(&format!(
        "{text}\nSeeds for {power} % power, supposing that runs spread as seeds {from}..{to} do; {most} for all that \
         are decidable with {} or fewer.\nRules: SHA-256 {}\n",
        rules.most_seeds, rules.sha256,
    ))
}

/// The rules that the options name, and the suite that they are about.
pub(super) fn rules(options: &RulesArgs) -> Result<(Rules, Suite)> {
    let suite = suites::load("paper")?;
    let rules = match &options.rules {
        None => Rules::parse(suites::CLAIMS, &suite).context("the built-in rules")?,
        Some(path) => {
            let text = String::from_utf8(read_small(path)?).context("is no text");
            text.and_then(|text| Rules::parse(&text, &suite))
                .with_context(|| path.display().to_string())?
        }
    };
    Ok((rules, suite))
}

/// The runs of a folder with these seeds.
pub(super) fn runs(
    folder: &std::path::Path,
    seeds: &std::ops::Range<u64>,
    suite: &Suite,
) -> Result<Runs> {
    let experiments: Vec<&str> = suite.experiments.iter().map(|it| it.id.as_str()).collect();
    let rows = read_csv(&folder.join(RUNS))?;
    Runs::new(rows, seeds, &experiments).with_context(|| folder.display().to_string())
}
