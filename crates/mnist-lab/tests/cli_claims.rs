//! Tests of `mnist-lab study power` and `mnist-lab report` with exploratory and confirmatory seeds.

mod common;

use std::path::Path;
use std::sync::LazyLock;

use common::{DATA, Lab, Snapshot, assert_same, text};
use experiments::suites::{BUILT_IN, CLAIMS};
use lab_claims::Rules;

const SETTINGS: [&str; 2] = ["--threads", "2"];

/// Rules with four exploratory and four confirmatory seeds.
fn rules() -> String {
    CLAIMS
        .replace("[0, 5]", "[0, 4]")
        .replace("seeds = 20", "seeds = 4")
}

/// A lab with the exploratory and the confirmatory seeds of every experiment.
fn lab() -> Lab {
    Lab::of(&RESULTS)
}

/// The files of [`lab`].
static RESULTS: LazyLock<Snapshot> = LazyLock::new(|| {
    let lab = Lab::new();
    lab.write("rules.toml", rules().as_bytes());
    let suite = BUILT_IN[0].1.replace("epochs = 100", "epochs = 3");
    let suite = suite.replace("rules = \"claims\"", "rules = \"rules.toml\"");
    // Claims are judged only on the suite's data set, which is MNIST by default.
    let suite = format!("data-set = \"any\"\n{suite}");
    lab.write("paper.toml", suite.as_bytes());
    // The suite of fresh seeds has more experiments, as its file lists them.
    let fresh = suite.replace("verdicts = \"confirmatory\"\n", "details = true\n");
    let (_, more) = BUILT_IN[2].1.split_once("[[experiment]]").unwrap();
    let fresh = format!("{fresh}\n[[experiment]]{more}");
    lab.write("confirmatory.toml", fresh.as_bytes());
    for (suite, seeds) in [("paper.toml", "0..4"), ("confirmatory.toml", "drawn")] {
        let run = ["run", "--quiet", "--suite", suite, "--seeds", seeds];
        lab.succeed_with_data(&[&run[..], &SETTINGS].concat());
    }
    // Made with all of MNIST, as the gradient check of every weight takes half a minute.
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/paper/gradcheck.csv");
    lab.write(
        "runs/paper/gradcheck.csv",
        &std::fs::read(committed).unwrap(),
    );
    lab.snapshot("")
});

/// Removes the folders of all runs that decide.
fn remove_runs(lab: &Lab) {
    for entry in std::fs::read_dir(lab.path("runs/confirmatory")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("figures") {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
}

/// The files of a folder of results that are not in the folder of a run.
fn only_tables(mut files: Snapshot) -> Snapshot {
    files.retain(|name, _| !name.to_string_lossy().contains("seed-"));
    files
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
    let headline = &said[said.rfind("6 printed results: ").unwrap()..];
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
        "4 *confirmatory* seeds that nobody could choose",
        "Seeds 0 to 3 are *exploratory*",
        "## The reading that comes nearest",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    let once = lab.results("runs/confirmatory");
    lab.succeed(&REPORT);
    assert_same(&once, &lab.results("runs/confirmatory"));
    // The verdicts need only the table.
    remove_runs(&lab);
    lab.succeed(&REPORT);
    assert_same(
        &only_tables(once),
        &only_tables(lab.results("runs/confirmatory")),
    );

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
    assert!(said.trim_end().ends_with("2 not run"), "{said}");
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
    let seed = Rules::parse(&rules()).unwrap().confirmatory[2];
    let run = format!("runs/confirmatory/relu/seed-{seed}");
    std::fs::rename(lab.path(&run), lab.path("runs/relu")).unwrap();
    let expected = format!("experiment `relu` has no run with seed {seed}");
    lab.refuse(1, &REPORT, &["runs/confirmatory", &expected]);
    std::fs::rename(lab.path("runs/relu"), lab.path(&run)).unwrap();
    let record = lab.text(&format!("{run}/run.json"));
    lab.write(&format!("{run}/run.json"), &record.as_bytes()[..10]);
    let expected = format!("relu/seed-{seed}/run.json: not the value expected");
    lab.refuse(1, &REPORT, &[&expected]);

    lab.write(
        "rules.toml",
        rules().replace("seeds = 4", "seeds = 1").as_bytes(),
    );
    let run = ["run", "--suite", "confirmatory.toml", "--seeds", "20..21"];
    lab.refuse(1, &run, &["rules.toml", "seeds is 1; expected 2 to 10000"]);
    lab.refuse(
        2,
        &["run", "--suite", "readings", "--seeds", "drawn"],
        &["expected a suite with rules"],
    );
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
    remove_runs(&lab);
    let [from, to] = ["runs/paper/relu", "runs/confirmatory/relu"].map(|path| lab.path(path));
    std::fs::rename(from, to).unwrap();
    let expected = ["runs/confirmatory: this folder holds a report on confirmatory runs"];
    let words = [&REPORT[..], &DATA].concat();
    lab.refuse(1, &words, &expected);
}
