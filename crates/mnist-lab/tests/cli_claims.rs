//! Tests of `mnist-lab study power` and `mnist-lab report` with exploratory and confirmatory seeds.

mod common;

use common::{DATA, Lab, assert_same, text};
use experiments::suites::{BUILT_IN, CLAIMS};

const SETTINGS: [&str; 2] = ["--threads", "2"];

/// A lab with four exploratory and four confirmatory seeds of every experiment, and rules for these seeds.
fn lab() -> Lab {
    let lab = Lab::new();
    let rules = CLAIMS.replace("[0, 5]", "[0, 4]");
    let rules = rules.replace("[100, 140]", "[10, 14]");
    lab.write("rules.toml", rules.as_bytes());
    let suite = BUILT_IN[0].1.replace("epochs = 100", "epochs = 3");
    let suite = suite.replace("rules = \"claims\"", "rules = \"rules.toml\"");
    // Claims are judged only on the suite's data set, which is MNIST by default.
    let suite = format!("data-set = \"any\"\n{suite}");
    lab.write("paper.toml", suite.as_bytes());
    let fresh = suite.replace("verdicts = \"confirmatory\"\n", "");
    lab.write("confirmatory.toml", fresh.as_bytes());
    for (suite, seeds) in [("paper.toml", "0..4"), ("confirmatory.toml", "10..14")] {
        let run = ["run", "--quiet", "--suite", suite, "--seeds", seeds];
        lab.succeed_with_data(&[&run[..], &SETTINGS].concat());
    }
    lab.succeed(&[&["gradcheck", "--out", "runs/paper"][..], &DATA].concat());
    lab
}

const REPORT: [&str; 2] = ["report", "runs/confirmatory"];

#[test]
fn fresh_seeds_are_judged_by_rules_that_were_there_before() {
    let lab = lab();
    let said = text(&lab.succeed(&["study", "power", "runs/paper"]).stdout);
    for expected in [
        "seeds  likely verdict  section: claim",
        "Seeds for 90 % power, if runs spread like seeds 0..4",
        "without seeds   3: The six gradients",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let hash = said.lines().last().unwrap();
    let hash = hash.strip_prefix("Rules: SHA-256 ").unwrap();

    let output = lab.succeed(&REPORT);
    let said = text(&output.stdout);
    // The last lines.
    let headline = &said[said.rfind("29 claims: ").unwrap()..];
    let headline = headline.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!headline.contains("not run"), "{said}");
    let report = lab.text("runs/confirmatory/REPORT.md");
    assert!(
        report
            .lines()
            .nth(2)
            .unwrap()
            .starts_with(&format!("**{headline}.**")),
        "{report}"
    );
    for expected in [
        hash,
        "4 *confirmatory* seeds 10 to 13",
        "seeds 0 to 3 are *exploratory*",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    let once = lab.results("runs/confirmatory");
    lab.succeed(&REPORT);
    assert_same(&once, &lab.results("runs/confirmatory"));
    // The verdicts need only the table.
    for experiment in ["softmax", "momentum", "l2", "l1", "sigmoid", "relu"] {
        std::fs::remove_dir_all(lab.path(&format!("runs/confirmatory/{experiment}"))).unwrap();
    }
    lab.succeed(&REPORT);
    assert_eq!(lab.text("runs/confirmatory/REPORT.md"), report);

    // With other seeds, page and terminal say where the verdict is.
    let said = text(&lab.succeed_with_data(&["report", "runs/paper"]).stdout);
    let last = "exploratory seeds 0 to 3; the verdict is in the report of suite confirmatory";
    assert_eq!(said.lines().last().unwrap(), last);
    let report = lab.text("runs/paper/REPORT.md");
    let lead = report.lines().nth(2).unwrap();
    assert!(
        lead.contains("exploratory seeds 0 to 3") && lead.contains("(../confirmatory/REPORT.md)")
    );
}

#[test]
fn the_gradient_check_is_another_folders_or_was_not_run() {
    let lab = lab();
    std::fs::rename(lab.path("runs/paper"), lab.path("runs/elsewhere")).unwrap();
    let said = text(&lab.succeed(&REPORT).stdout);
    assert!(said.trim_end().ends_with(", 1 not run"), "{said}");
    let elsewhere = [&REPORT[..], &["--gradcheck", "runs/elsewhere"]].concat();
    let said = text(&lab.succeed(&elsewhere).stdout);
    assert!(!said.contains("not run"), "{said}");
    let nowhere = [&REPORT[..], &["--gradcheck", "runs/nowhere"]].concat();
    lab.refuse(1, &nowhere, &["runs/nowhere/gradcheck.csv"]);
}

#[test]
fn a_seed_that_is_missing_or_known_decides_nothing() {
    let lab = lab();
    // If there are folders of runs, the table is not used.
    let run = "runs/confirmatory/relu/seed-12";
    std::fs::rename(lab.path(run), lab.path("runs/relu")).unwrap();
    let expected = [
        "runs/confirmatory",
        "experiment `relu` has no run with seed 12",
    ];
    lab.refuse(1, &REPORT, &expected);
    std::fs::rename(lab.path("runs/relu"), lab.path(run)).unwrap();
    let record = lab.text(&format!("{run}/run.json"));
    lab.write(&format!("{run}/run.json"), &record.as_bytes()[..10]);
    lab.refuse(
        1,
        &REPORT,
        &["relu/seed-12/run.json: not the value expected"],
    );

    let rules = lab.text("rules.toml").replace("[10, 14]", "[2, 14]");
    lab.write("rules.toml", rules.as_bytes());
    let run = ["run", "--suite", "confirmatory.toml", "--seeds", "20..21"];
    let expected = ["rules.toml", "seeds are both exploratory and confirmatory"];
    lab.refuse(1, &run, &expected);
    std::fs::remove_file(lab.path("rules.toml")).unwrap();
    lab.refuse(
        1,
        &run,
        &[
            "rules `rules.toml`",
            "expected `claims` or a file beside the suite's",
        ],
    );
}

#[test]
fn a_folder_keeps_its_kind_of_report() {
    let lab = lab();
    lab.succeed(&REPORT);
    for experiment in ["softmax", "momentum", "l2", "l1", "sigmoid", "relu"] {
        std::fs::remove_dir_all(lab.path(&format!("runs/confirmatory/{experiment}"))).unwrap();
    }
    let [from, to] = ["runs/paper/relu", "runs/confirmatory/relu"].map(|path| lab.path(path));
    std::fs::rename(from, to).unwrap();
    let expected = ["runs/confirmatory: this folder holds a report on confirmatory runs"];
    let words = [&REPORT[..], &DATA].concat();
    lab.refuse(1, &words, &expected);
}
