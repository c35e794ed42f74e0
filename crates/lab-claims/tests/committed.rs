//! Tests that the tables of committed runs give the committed verdicts, without the program and without its reports.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use lab_claims::combinations::{answer, fits, shares};
use lab_claims::{ClaimRow, Judgement, Rules, Runs, TestRow, judge, sensitivity};
use lab_results::combinations::Combinations;
use lab_results::disk::atomic_file::{read_csv, read_json};
use lab_results::names::{
    CLAIMS, EXPLAINED, FITS, GRADCHECK, REPORT, RUNS, SENSITIVITY, SUITE, TESTS,
};
use lab_results::store::{Images, SuiteRecord};
use lab_results::tables::{GradcheckRow, RunRow};

fn results(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../results")
        .join(name)
}

fn report(folder: &Path) -> String {
    std::fs::read_to_string(folder.join(REPORT)).unwrap()
}

/// What the verdicts on confirmatory runs are made of.
struct Confirmatory {
    rules: Rules,
    suite: SuiteRecord,
    runs: Runs,
    gradients: Vec<GradcheckRow>,
}

impl Confirmatory {
    fn read(folder: &Path) -> Self {
        let suite: SuiteRecord = read_json(&folder.join(SUITE)).unwrap();
        Self {
            rules: Rules::of(&suite).unwrap().unwrap(),
            suite,
            runs: Runs::new(read_csv::<RunRow>(&folder.join(RUNS)).unwrap()),
            gradients: read_csv(&results("paper").join(GRADCHECK)).unwrap(),
        }
    }
}

/// The cells of a table by the names of their columns.
type Cells = HashMap<String, String>;

#[test]
fn committed_runs_give_the_committed_verdicts() {
    let folder = results("confirmatory");
    let it = Confirmatory::read(&folder);
    assert!(it.runs.are_confirmatory(&it.rules));
    let judged = judge(&it.rules, &it.suite.experiments, &it.runs, &it.gradients);

    let claims: Vec<ClaimRow> = read_csv(&folder.join(CLAIMS)).unwrap();
    assert_eq!(judged.claim_rows(), claims);
    let tests: Vec<TestRow> = read_csv(&folder.join(TESTS)).unwrap();
    assert_eq!(judged.test_rows(), tests);

    let report = report(&folder);
    assert!(report.contains(&judged.tally()), "{}", judged.tally());
    for judgement in &judged.judgements {
        assert!(is_in(judgement, &report), "{judgement:#?}");
    }
}

/// Whether a row of the report's tables has a claim's text, what was measured, the interval of one more run if the paper
/// printed the number, and the verdict.
fn is_in(judgement: &Judgement, report: &str) -> bool {
    let one_run = judgement.one_run();
    assert_eq!(one_run.is_some(), judgement.claim.asked.is_printed());
    let measured = judgement.measured();
    // The report has the joint p-value in a column with this name.
    let (column, measured) = match measured.strip_prefix("joint p ") {
        Some(p) => (6, p.replace('<', "&lt;")),
        None => (4, measured),
    };
    report.lines().any(|row| {
        let cells = row.split('|').map(|cell| cell.trim().trim_matches('*'));
        let cells: Vec<_> = cells.collect();
        cells.get(2) == Some(&judgement.claim.text.as_str())
            && cells.get(column) == Some(&measured.as_str())
            && one_run.iter().all(|text| cells[5] == text)
            && cells.contains(&judgement.says().as_str())
    })
}

#[test]
fn committed_runs_give_the_committed_sensitivity() {
    let folder = results("confirmatory");
    let it = Confirmatory::read(&folder);
    let images = Images::read(&folder).unwrap();
    let found = sensitivity(
        &it.rules,
        &it.suite.experiments,
        &it.runs,
        &it.gradients,
        images.as_ref(),
    );

    let table: Vec<Cells> = read_csv(&folder.join(SENSITIVITY)).unwrap();
    assert_eq!(found.len(), table.len());
    for (found, row) in found.iter().zip(table) {
        let cell = |text: &Option<String>| text.clone().unwrap_or_default();
        assert_eq!(row["claim"], found.claim.text);
        assert_eq!(row["verdict"], found.verdict);
        assert_eq!(row["half_margins"], cell(&found.half));
        assert_eq!(row["double_margins"], cell(&found.double));
        assert_eq!(row["other_images"], cell(&found.images));
        for (reading, found) in it.rules.sensitivity.iter().zip(&found.readings) {
            assert_eq!(row[&reading.replace('-', "_")], cell(found));
        }
    }
}

#[test]
fn committed_combinations_give_the_committed_fits() {
    let folder = results("multiverse");
    let (combinations, rows) = Combinations::open(&folder).unwrap();
    let fits = fits(&combinations, &rows);
    let table: Vec<Cells> = read_csv(&folder.join(FITS)).unwrap();
    assert_eq!(fits.len(), table.len());
    for (fit, row) in fits.iter().zip(&table) {
        let words = combinations.words(&fit.chosen);
        for (choice, word) in combinations.choices.iter().zip(words) {
            assert_eq!(row[&choice.setting.replace('-', "_")], word);
        }
        assert_eq!(row["seeds"], fit.seeds.to_string());
        assert_eq!(row["distance"], fit.distance.to_string());
        for experiment in &combinations.experiments {
            let p = fit.joint.iter().find(|(id, _)| *id == experiment.id);
            let p = p.map(|(_, p)| p.to_string()).unwrap_or_default();
            assert_eq!(row[&format!("{}_joint_p", experiment.id)], p);
        }
    }

    let table: Vec<Cells> = read_csv(&folder.join(EXPLAINED)).unwrap();
    let explained = shares(&combinations, &rows);
    assert_eq!(explained.len(), table.len());
    for (found, row) in explained.iter().zip(table) {
        assert_eq!(row["experiment"], found.experiment);
        assert_eq!(row["outcome"], found.outcome);
        let shares = found.shares.as_ref().unwrap();
        assert_eq!(shares.len(), combinations.choices.len());
        for (choice, share) in combinations.choices.iter().zip(shares) {
            assert_eq!(row[&choice.setting.replace('-', "_")], share.to_string());
        }
    }

    let answer = answer(&combinations, &fits).unwrap();
    let scales = answer.own_scales.unwrap();
    let report = report(&folder);
    for text in [
        format!("{} of {} combinations", answer.near, answer.combinations),
        format!("{:.1} prediction errors", scales.distance),
    ] {
        assert!(report.contains(&text), "{text}");
    }
}
