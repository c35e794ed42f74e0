//! `mnist-lab study power`

use anyhow::{Context, Result};
use lab_claims::{Needed, Rules, Runs, plan};
use lab_results::disk::atomic_file::{read_json, read_small};
use lab_results::names::SUITE;
use lab_results::store::{Store, SuiteRecord};

use super::print;
use crate::cli::PowerArgs;

pub(crate) fn power(options: &PowerArgs) -> Result<()> {
    let folder = &options.folder;
    let suite: SuiteRecord = read_json(&folder.join(SUITE)).context(
        "expected a folder of exploratory runs, such as results/paper in a clone of the repository",
    )?;
    let rules = match &options.rules {
        Some(path) => {
            let text = String::from_utf8(read_small(path)?).context("not valid UTF-8");
            text.and_then(|text| Rules::parse(&text))
                .with_context(|| path.display().to_string())?
        }
        None => Rules::of(&suite)?.with_context(|| {
            let folder = folder.display();
            format!("{folder}: the suite names no rules; name a file with --rules")
        })?,
    };
    let found = Store::open(folder).suite_runs(&suite)?;
    let runs = Runs::new(found.tables.rows_as_written(&suite));
    let experiments = suite.experiments.iter().map(|it| it.id.as_str());
    let experiments: Vec<&str> = experiments.filter(|id| !runs.of(id).is_empty()).collect();
    let seeds: Vec<u64> = rules.exploratory.clone().collect();
    let runs = runs.exactly(&seeds, &experiments);
    let runs = runs.with_context(|| folder.display().to_string())?;
    let planned = plan(&rules, &suite.experiments, &runs)?;
    let mut text = "seeds  likely verdict  section: claim\n".to_owned();
    for it in &planned {
        let (seeds, verdict) = match &it.needed {
            Needed::Seeds(seeds, verdict) => (seeds.to_string(), verdict.to_string()),
            Needed::None => ("–".to_owned(), "without seeds".to_owned()),
            _ => ("–".to_owned(), "undecidable".to_owned()),
        };
        let claim = &it.claim;
        text += &format!(
            "{seeds:>5}  {verdict:<14}  {}: {}",
            claim.section, claim.text
        );
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
        "{text}\nSeeds for {power} % power, if runs spread like seeds {from}..{to}: {most} decide every claim that up to \
         {} seeds can decide.\nRules: SHA-256 {}\n",
        rules.most_seeds, rules.sha256,
    ))
}
