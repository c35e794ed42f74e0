//! `mnist-lab study record`

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result};
use lab_claims::{Judged, Rules, Runs, Verdict, judge};
use lab_multiverse::answer;
use lab_results::combinations::Combinations;
use lab_results::disk::whole::{read_csv, read_json};
use lab_results::names::{GRADCHECK, RUNS, SUITE};
use lab_results::store::SuiteRecord;

use super::print;
use crate::cli::RecordArgs;

/// The page, with names in braces for what is counted.
const PAGE: &str = include_str!("record.md");

pub(crate) fn record(options: &RecordArgs) -> Result<()> {
    let results = &options.results;
    let folder = results.join("confirmatory");
    let suite: SuiteRecord = read_json(&folder.join(SUITE))?;
    let rules = Rules::of(&suite)?.context("the suite names no rules")?;
    let experiments: Vec<&str> = suite.experiments.iter().map(|it| it.id.as_str()).collect();
    let fresh =
        Runs::new(read_csv(&folder.join(RUNS))?).exactly(&rules.confirmatory, &experiments)?;
    let gradients = read_csv(&results.join("paper").join(GRADCHECK))?;
    let judged = judge(&rules, &suite.experiments, &fresh, &gradients);

    let (choices, readings) = Combinations::open(&results.join("multiverse"))?;
    let first = readings.iter().filter(|it| it.seed == 0);
    let cells: BTreeSet<_> = first
        .map(|it| &it.chosen[..choices.step_choices()])
        .collect();
    let seeds: BTreeSet<u64> = readings.iter().map(|it| it.seed).collect();
    let read_off = choices.rows_per_run();

    let judgements = judged.judgements.iter();
    let printed = judgements.filter(|it| it.claim.asked.is_printed()).count();
    let through = |seeds: &std::ops::Range<u64>| format!("{} to {}", seeds.start, seeds.end - 1);
    let facts = [
        ("claims", judged.judgements.len().to_string()),
        ("printed", printed.to_string()),
        (
            "statements",
            (judged.judgements.len() - printed).to_string(),
        ),
        ("exploratory", through(&rules.exploratory)),
        ("confirmatory", through(&rules.confirmatory)),
        ("seeds", rules.confirmatory.clone().count().to_string()),
        ("sha256", rules.sha256.clone()),
        ("alpha", rules.alpha.to_string()),
        ("power", (100.0 * rules.power).to_string()),
        ("cells", choices.cells().to_string()),
        ("cells_run", all_or(cells.len(), choices.cells())),
        ("nearest_seeds", seeds.len().to_string()),
        ("combinations", (read_off * cells.len()).to_string()),
        ("tally", judged.tally()),
        ("table", table(&judged)),
        ("answer", answer(&choices, &readings)),
    ];
    let mut page = PAGE.to_owned();
    for (name, fact) in facts {
        page = page.replace(&format!("{{{name}}}"), &fact);
    }
    print(&page)
}

fn all_or(some: usize, all: usize) -> String {
    match some == all {
        true => "all".to_owned(),
        false => format!("{some}, a fair sample,"),
    }
}

/// Claims that are not reproduced.
fn table(judged: &Judged) -> String {
    let mut text =
        "| § | claim | as the paper has it | fresh seeds | verdict |\n|---|---|---|---|---|"
            .to_owned();
    for it in judged
        .judgements
        .iter()
        .filter(|it| it.verdict != Verdict::Reproduced)
    {
        write!(
            text,
            "\n| {} | {} | {} | {} | {} |",
            it.claim.section,
            it.claim.text,
            it.claim.claimed,
            it.measured(),
            it.verdict
        )
        .ok();
    }
    text
}
