//! Tests of `mnist-lab study multiverse`: results read off a run equal those of separate runs.

mod common;

use std::sync::LazyLock;

use common::{DATA, Lab, Snapshot, assert_same, text};
use lab_results::tables::RunRow;
use serde::Deserialize;

/// The columns of `readings.csv` that the tests use.
#[derive(Debug, Deserialize)]
struct ReadingRow {
    experiment: String,
    seed: u64,
    penalty_sign: String,
    penalty_gradient_scale: f64,
    stopping_loss: String,
    stopping: String,
    weights: String,
    stop_epoch: u32,
    best_epoch: u32,
    test_accuracy: Option<f64>,
    test_loss: Option<f64>,
}

const CHOICES: &str = r#"
title = "Few"
base = "paper.toml"
experiments = ["l2", "l1"]
order-seed = 3

[grid]
penalty-sign = ["plus", "minus"]
penalty-gradient-scale = [1.0, 0.5]
stopping-loss = ["data", "objective"]
stopping = ["consecutive", "no-improvement"]
weights = ["best", "last"]

[spread.l2]
test-accuracy = 0.001
test-loss = 0.002
stop-epoch = 0.3

[spread.l1]
test-accuracy = 0.003
test-loss = 0.01
"#;

/// A lab with few hidden units and a high learning rate, so that each stopping rule ends runs at a different epoch.
fn lab() -> Lab {
    let lab = Lab::new();
    let (_, paper) = experiments::suites::BUILT_IN[0];
    let text = paper
        .replace("[128]", "[8]")
        .replace("epochs = 100", "epochs = 40");
    let text = text.replace("lr = 0.05, l", "batch-size = 16, lr = 0.3, l");
    lab.write("paper.toml", text.as_bytes());
    lab.write("choices.toml", CHOICES.as_bytes());
    lab
}

/// The files of [`lab`] after the whole study.
static WHOLE: LazyLock<Snapshot> = LazyLock::new(|| {
    let lab = lab();
    lab.succeed(&words("2", &["--threads", "2"]));
    lab.snapshot("")
});

fn words<'a>(seeds: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "study",
        "multiverse",
        "--choices",
        "choices.toml",
        "--best",
        "3",
        "--seeds",
        seeds,
    ];
    [&words, &DATA[..], more].concat()
}

#[test]
fn a_reading_is_the_run_with_those_settings() {
    let lab = Lab::of(&WHOLE);
    let readings: Vec<ReadingRow> = lab.csv("runs/multiverse/readings.csv");
    let of_first_seed = readings.iter().filter(|it| it.seed == 0).count();
    assert_eq!(of_first_seed, 2 * 4 * 8);
    assert!(readings.iter().any(|it| it.seed == 1));

    let (mut stops, mut further) = (Vec::new(), 0);
    for (scale, sign, loss, stopping, weights) in [
        // The literal combination, which gets further seeds.
        ("1.0", "plus", "data", "consecutive", "best"),
        ("0.5", "plus", "data", "no-improvement", "last"),
        ("0.5", "plus", "objective", "consecutive", "last"),
        ("0.5", "plus", "objective", "no-improvement", "best"),
        ("0.5", "minus", "data", "consecutive", "last"),
        ("0.5", "minus", "data", "no-improvement", "best"),
        ("0.5", "minus", "objective", "consecutive", "best"),
        ("0.5", "minus", "objective", "no-improvement", "last"),
    ] {
        let out = format!("{sign}-{loss}-{stopping}-{weights}");
        let set = [
            ("penalty-sign", sign),
            ("penalty-gradient-scale", scale),
            ("stopping-loss", loss),
            ("stopping", stopping),
            ("weights", weights),
        ];
        let set = set.map(|(key, value)| format!("{key}={value}"));
        let mut run = vec!["run", "l2", "l1", "--suite", "paper.toml", "--out", &out];
        run.extend(["--seeds", "0..2"]);
        run.extend(set.iter().flat_map(|set| ["--set", set]));
        lab.succeed_with_data(&run);
        for row in lab.csv::<RunRow>(&format!("{out}/paper/runs.csv")) {
            let reading = readings.iter().find(|it| {
                let chosen = [
                    &it.penalty_sign,
                    &it.stopping_loss,
                    &it.stopping,
                    &it.weights,
                ];
                (&it.experiment, it.seed) == (&row.experiment, row.seed)
                    && it.penalty_gradient_scale == scale.parse::<f64>().unwrap()
                    && chosen == [sign, loss, stopping, weights]
            });
            let Some(reading) = reading else {
                assert_ne!(row.seed, 0, "{row:?}");
                continue;
            };
            further += u64::from(row.seed > 0);
            let place = format!("{row:?} {reading:?}");
            assert_eq!(reading.best_epoch, row.best_epoch, "{place}");
            assert_eq!(reading.test_accuracy, row.test_accuracy, "{place}");
            assert_eq!(reading.test_loss, row.test_loss, "{place}");
            assert_eq!(reading.stop_epoch, row.epochs_run, "{place}");
            stops.push(row.epochs_run);
        }
    }
    // Further seeds train only until their own rules end them.
    assert!(further >= 2, "{further} runs with a further seed");
    // Otherwise the rules could not be distinguished.
    stops.sort_unstable();
    stops.dedup();
    assert!(stops.len() > 3, "{stops:?}");
}

#[test]
fn however_it_comes_about_it_is_the_same() {
    let whole = Lab::of(&WHOLE);
    let expected = whole.results("runs/multiverse");
    for name in [
        "readings.csv",
        "fits.csv",
        "explained.csv",
        "REPORT.md",
        "report.json",
        "SHA256SUMS",
    ] {
        assert!(expected.keys().any(|path| path.ends_with(name)), "{name}");
    }
    // First only some cells. Their nearest cells may differ from the nearest of all; the rows of their further seeds
    // stay.
    let parts = lab();
    for cells in ["1", "3"] {
        parts.succeed(&words("1", &["--cells", cells, "--threads", "1"]));
    }
    let first = parts.text("runs/multiverse/readings.csv");
    assert!(
        whole
            .text("runs/multiverse/readings.csv")
            .starts_with(&first)
    );
    let report = parts.text("runs/multiverse/REPORT.md");
    assert!(
        report
            .contains("3 of 4 combinations of the choices that change training, a random sample,"),
        "{report}"
    );
    let output = parts.succeed(&words("2", &[]));
    assert!(
        text(&output.stderr).contains("6 of 8 runs are complete"),
        "{output:?}"
    );
    assert_same(&expected, &parts.results("runs/multiverse"));
    // Only from the table.
    for name in ["REPORT.md", "fits.csv", "figures/specifications-l1.png"] {
        std::fs::remove_file(parts.path(&format!("runs/multiverse/{name}"))).unwrap();
    }
    parts.succeed(&["report", "runs/multiverse"]);
    assert_same(&expected, &parts.results("runs/multiverse"));
}

/// A kill comes without a warning, so that what is not on disk is lost.
#[cfg(unix)]
#[test]
fn a_kill_loses_only_the_run_under_way() {
    let lab = lab();
    let mut kept = 0;
    for ends in [1, 3] {
        let mut child = lab.watch(&words("2", &["--threads", "1"]));
        let rows = || match lab.path("runs/multiverse/readings.csv").exists() {
            true => lab.csv::<ReadingRow>("runs/multiverse/readings.csv").len(),
            false => 0,
        };
        assert!(
            child.hold_when(|_| rows() >= 8 * (kept + ends)),
            "it came to its end"
        );
        child.send(rustix::process::Signal::KILL);
        drop(child);
        kept = rows() / 8;
    }
    let output = lab.succeed(&words("2", &[]));
    let expected = format!("{kept} of 8 runs are complete");
    assert!(
        text(&output.stderr).contains(&expected),
        "{expected}: {output:?}"
    );
    assert_same(
        &Lab::of(&WHOLE).results("runs/multiverse"),
        &lab.results("runs/multiverse"),
    );
}

#[test]
fn bad_choices_and_tables_are_refused() {
    let lab = lab();
    lab.succeed(&words("1", &["--cells", "1"]));
    for (from, to, expected) in [
        (
            "order-seed = 3",
            "order-seed = \"3\"",
            "line 5: invalid type",
        ),
        (
            "penalty-sign = [\"plus\", \"minus\"]",
            "penalty-sign = []",
            "`penalty-sign` has no values",
        ),
        ("penalty-sign", "penalty-sine", "penalty-sine"),
        ("\"minus\"", "\"minus one\"", "minus one"),
        ("stopping =", "patience =", "the grid has no `stopping`"),
        (
            "stopping-loss",
            "watched-loss",
            "the grid has no `stopping-loss`",
        ),
        (
            "[1.0, 0.5]",
            "[1.0, \"half\"]",
            "penalty-gradient-scale is `half`",
        ),
        (
            "test-loss = 0.002",
            "test-loss = 0.0",
            "spread.l2: expected a number above 0 for test loss",
        ),
        ("[\"l2\", \"l1\"]", "[\"l3\"]", "unknown experiment `l3`"),
        ("paper.toml", "papers.toml", "papers.toml"),
    ] {
        assert!(CHOICES.contains(from), "{from}");
        lab.write("choices.toml", CHOICES.replacen(from, to, 1).as_bytes());
        lab.refuse(1, &words("2", &[]), &["choices.toml", expected]);
    }
    lab.write("choices.toml", CHOICES.as_bytes());
    let table = lab.text("runs/multiverse/readings.csv");
    let (first, _) = table.split_once("\n").unwrap();
    let lines: Vec<&str> = table.split_inclusive('\n').collect();
    let without_line = |line: usize| [&lines[..line - 1], &lines[line..]].concat().concat();
    for (bad, expected) in [
        (table.replacen("l2,0,", "l9,0,", 1), "line 2: "),
        (
            table.replacen(first, "a,b", 1),
            "expected the columns experiment,seed,",
        ),
        (
            table.replacen(",best,", ",worst,", 1),
            "expected a combination of these choices",
        ),
        // What can be read, but was not written so: a row removed, doubled, out of order, the end cut off, a number changed.
        (without_line(2), "line 2: expected the 8 rows of one run"),
        (without_line(9), "line 2: expected the 8 rows of one run"),
        (
            format!("{first}\n{}{}", lines[1], &table[first.len() + 1..]),
            "line 2: expected the 8 rows of one run",
        ),
        (
            format!("{table}{}", lines[1..9].concat()),
            "line 18: the rows of this run are in the table twice",
        ),
        (lines[..9].concat(), "checksum mismatch"),
        (
            [first, "\n", &lines[9..].concat(), &lines[1..9].concat()].concat(),
            "checksum mismatch",
        ),
        (table.replacen(",0.", ",0.0", 1), "checksum mismatch"),
    ] {
        assert_ne!(bad, table);
        lab.write("runs/multiverse/readings.csv", bad.as_bytes());
        lab.refuse(1, &words("2", &[]), &["readings.csv", expected]);
        lab.refuse(
            1,
            &["report", "runs/multiverse"],
            &["readings.csv", expected],
        );
    }
    lab.write("runs/multiverse/readings.csv", table.as_bytes());
    // Nor is a table believed whose checksum is not there.
    let sums = lab.bytes("runs/multiverse/SHA256SUMS");
    std::fs::remove_file(lab.path("runs/multiverse/SHA256SUMS")).unwrap();
    lab.refuse(1, &words("2", &[]), &["readings.csv: checksum mismatch"]);
    lab.write("runs/multiverse/SHA256SUMS", &sums);
    for (file, from, to, expected) in [
        (
            "paper.toml",
            "momentum = 0.9",
            "momentum = 0.8",
            "different experiments",
        ),
        (
            "choices.toml",
            "[1.0, 0.5]",
            "[1.0, 0.5, 2.0]",
            "different choices",
        ),
    ] {
        let text = lab.text(file);
        assert!(text.contains(from), "{from}");
        lab.write(file, text.replacen(from, to, 1).as_bytes());
        lab.refuse(1, &words("2", &[]), &["runs/multiverse: ", expected]);
        lab.write(file, text.as_bytes());
    }
    let mut labels = common::small_files()[3].clone();
    labels[9] = 9 - labels[9];
    lab.write_spoiled_data("other", 3, &labels);
    let other = [
        "study",
        "multiverse",
        "--choices",
        "choices.toml",
        "--data-dir",
        "other",
        "--checksums",
        "off",
    ];
    lab.refuse(1, &other, &["runs/multiverse: ", "different data"]);
    std::fs::remove_file(lab.path("runs/multiverse/multiverse.json")).unwrap();
    lab.refuse(
        1,
        &words("2", &[]),
        &["multiverse.json: not found beside readings.csv"],
    );
    lab.refuse_usage(&["study", "multiverse", "--cells", "0"], &["0", "--cells"]);
}
