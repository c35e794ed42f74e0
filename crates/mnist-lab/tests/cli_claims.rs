//! `mnist-lab study power` and `mnist-lab study judge`: seeds that are known, and fresh ones that decide.

mod common;

use common::{DATA, Lab, assert_same, text};
use experiments::suites::CLAIMS;

const SETTINGS: [&str; 4] = ["--set", "epochs=3", "--threads", "2"];

/// With four exploratory and four confirmatory seeds of every experiment, and rules for those.
fn lab() -> Lab {
    let lab = Lab::new();
    for (suite, seeds) in [("paper", "0..4"), ("confirmatory", "10..14")] {
        let run = ["run", "--quiet", "--suite", suite, "--seeds", seeds];
        lab.succeed_with_data(&[&run[..], &SETTINGS].concat());
    }
    lab.succeed(&[&["gradcheck", "--out", "runs/paper"][..], &DATA].concat());
    lab.succeed_with_data(&["report", "runs/paper"]);
    let rules = CLAIMS.replace("[0, 5]", "[0, 4]");
    lab.write(
        "rules.toml",
        rules.replace("[100, 140]", "[10, 14]").as_bytes(),
    );
    lab
}

const JUDGE: [&str; 7] = [
    "study",
    "judge",
    "runs/confirmatory",
    "--exploratory",
    "runs/paper",
    "--rules",
    "rules.toml",
];

#[test]
fn fresh_seeds_are_judged_by_rules_that_were_there_before() {
    let lab = lab();
    let said = text(
        &lab.succeed(&["study", "power", "runs/paper", "--rules", "rules.toml"])
            .stdout,
    );
    for expected in [
        "seeds  likely verdict  section: claim",
        "Seeds for 90 % power, supposing that runs spread as seeds 0..4 do",
        "without seeds   3: The six gradients",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let hash = said.lines().last().unwrap();
    let hash = hash.strip_prefix("Rules: SHA-256 ").unwrap();

    let output = lab.succeed(&JUDGE);
    let said = text(&output.stdout);
    assert!(
        said.lines().last().unwrap().starts_with("29 claims: "),
        "{said}"
    );
    let report = lab.text("runs/confirmatory/REPORT.md");
    for expected in [hash, "4 seeds, 10 to 13", "Seeds 0 to 3 are exploratory"] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    let once = lab.results("runs/confirmatory");
    lab.succeed(&JUDGE);
    assert_same(&once, &lab.results("runs/confirmatory"));
    // The verdicts come from the table; nothing of a run is looked at.
    for experiment in ["softmax", "momentum", "l2", "l1", "sigmoid", "relu"] {
        std::fs::remove_dir_all(lab.path(&format!("runs/confirmatory/{experiment}"))).unwrap();
    }
    lab.succeed(&JUDGE);
    assert_eq!(lab.text("runs/confirmatory/REPORT.md"), report);
}

#[test]
fn a_seed_that_is_missing_or_known_decides_nothing() {
    let lab = lab();
    let table = lab.text("runs/confirmatory/runs.csv");
    let row = table
        .lines()
        .find(|line| line.starts_with("relu,12,"))
        .unwrap();
    lab.write(
        "runs/confirmatory/runs.csv",
        table.replace(&format!("{row}\n"), "").as_bytes(),
    );
    lab.refuse(
        1,
        &JUDGE,
        &[
            "runs/confirmatory",
            "experiment `relu` has no run with seed 12",
        ],
    );

    let rules = lab.text("rules.toml").replace("[10, 14]", "[2, 14]");
    lab.write("rules.toml", rules.as_bytes());
    lab.refuse(
        1,
        &JUDGE,
        &["rules.toml", "seeds are both exploratory and confirmatory"],
    );
    lab.refuse(1, &["study", "judge", "runs/none", "--exploratory", "runs/paper"], &[
        "runs/none: no runs here; make them first, with `mnist-lab run --suite confirmatory --seeds 100..140 --out runs`",
    ]);
    assert!(!lab.path("runs/none").exists());
}
