//! Tests of invalid command lines. Each mistake gives one line that names it, and earlier results do not change.

mod common;

use common::{DATA, Lab, run_softmax};
use lab_results::suite::Settings;

/// Command lines, and parts of their error messages.
const UNKNOWN_WORDS: [(&[&str], &[&str]); 15] = [
    (&["trian"], &["unrecognized subcommand 'trian'"]),
    (&["run", "--epochs", "0"], &["'0'", "--epochs <N>"]),
    (
        &["run", "--threads", "0"],
        &["'0'", "--threads <N>", "1..=1024"],
    ),
    (&["run", "--threads", "two"], &["'two'", "--threads <N>"]),
    (
        &["run", "--seeds", "x"],
        &[
            "--seeds <SEEDS>",
            "invalid seeds `x`; expected a range 0..5",
        ],
    ),
    (&["run", "--seeds", "3..3"], &["`3..3`", "expected"]),
    (&["run", "--seeds", "0,1,0"], &["`0,1,0`", "each seed once"]),
    (
        &["run", "--seeds", "0..1000000"],
        &["more than 10,000 seeds"],
    ),
    (&["run", "--seeds=-1"], &["invalid seeds `-1`"]),
    (
        &["run", "--data-dir", "data", "--checksums", "maybe"],
        &["'maybe'", "--checksums"],
    ),
    (
        &["run", "--data-dir", "data", "--classes", "0"],
        &["'0'", "--classes <N>", "1..=256"],
    ),
    (&["gradcheck", "--seed", "x"], &["'x'", "--seed <SEED>"]),
    (&["predict"], &["required arguments"]),
    (
        &["predict", "--csv", "--show", "a.png"],
        &["'--csv'", "'--show'"],
    ),
    (&["completions", "tcl"], &["'tcl'", "<SHELL>"]),
];

#[test]
fn unknown_words_are_usage_errors() {
    let lab = Lab::with_results();
    for (words, expected) in UNKNOWN_WORDS {
        lab.refuse_usage(words, expected);
    }
    // Data options without --data-dir.
    lab.refuse_usage(&["run", "--checksums", "off"], &["required arguments"]);
}

/// Invalid settings.
const UNUSABLE_SETTINGS: [&str; 30] = [
    "lr=0",
    "lr=-1",
    "lr=nan",
    "lr=inf",
    "lr=1e4",
    "l2=1e9",
    "schedule=step(0,0.1)",
    "init=normal(1e300)",
    "lr=fast",
    "lr=",
    "momentum=1",
    "momentum=-0.1",
    "l1=-0.5",
    "l2=nan",
    "batch-size=0",
    "batch-size=-4",
    "epochs=1.5",
    "patience=0",
    "validation=0",
    "validation=1.0",
    "validation=1.5",
    "validation=-0.2",
    "hidden=0",
    "hidden=x",
    "hidden=-3",
    "activation=gelu",
    "init=random",
    "stopping=soon",
    "normalize=zscore",
    "precision=f16",
];

#[test]
fn settings_that_cannot_be_used_are_usage_errors() {
    let lab = Lab::with_results();
    for unusable in UNUSABLE_SETTINGS {
        let (key, _) = unusable.split_once('=').unwrap();
        let settings = Settings::all().into_iter();
        let expected = settings.filter(|it| it.key == key).map(|it| it.expected);
        let expected: String = expected.collect();
        let expected = [format!("{key} is "), format!(", expected {expected}")];
        let expected = expected.each_ref().map(String::as_str);
        lab.refuse(2, &run_softmax(&["--set", unusable]), &expected);
    }
    let all = ["--set", "depth=3", "--set", "lr=0", "--set", "l1=x"];
    let expected = ["unknown setting `depth`", "lr is 0", "l1 is `x`"];
    lab.refuse(2, &run_softmax(&all), &expected);
    lab.refuse(
        2,
        &run_softmax(&["--set", "lr"]),
        &["`lr` is not a setting; expected KEY=VALUE"],
    );
    // One invalid experiment is enough: softmax regression accepts init=zeros.
    let zeros = ["run", "--set", "init=zeros"];
    lab.refuse(2, &zeros, &["experiment `momentum`", "init is zeros"]);
}

#[test]
fn a_network_that_no_memory_holds_is_refused() {
    let lab = Lab::with_results();
    for hidden in ["hidden=99999999999", "hidden=99999999999999999"] {
        let words = [&["run", "relu", "--set", hidden][..], &DATA].concat();
        lab.refuse(1, &words, &["has more than 1073741824 parameters"]);
    }
}

#[test]
fn an_unknown_experiment_is_a_usage_error() {
    let lab = Lab::with_results();
    let words = [&["run", "softmax", "gelu"][..], &DATA].concat();
    let expected = [
        "unknown experiment `gelu`",
        "`paper` has softmax, momentum, l2, l1, sigmoid, relu",
    ];
    lab.refuse(2, &words, &expected);
}

/// These settings are invalid only for some data.
#[test]
fn settings_that_do_not_fit_the_data_are_failures() {
    let lab = Lab::with_results();
    let cases: [(&str, &[&str]); 4] = [
        (
            "batch-size=481",
            &["batch size is 481; the training set has 480 examples"],
        ),
        (
            "validation=1.0e9",
            &["expected a validation part of 1 to 599 of 600 images, found 1000000000"],
        ),
        (
            "validation=0.9999",
            &["expected a validation part of 1 to 599 of 600 images, found 600"],
        ),
        (
            "validation=0.0001",
            &["expected a validation part of 1 to 599 of 600 images, found 0"],
        ),
    ];
    for (setting, expected) in cases {
        // relu has no results yet; softmax's would be refused before.
        let words = [&["run", "relu", "--set", setting][..], &DATA].concat();
        lab.refuse(1, &words, &[&["experiment `relu`"], expected].concat());
    }
}

/// `--replace` removes results only after all checks.
#[test]
fn a_replacement_that_cannot_run_leaves_the_results_alone() {
    let lab = Lab::with_results();
    for setting in ["batch-size=481", "validation=0.9999"] {
        let words = run_softmax(&["--replace", "--set", setting]);
        lab.refuse(1, &words, &["experiment `"]);
    }
}
