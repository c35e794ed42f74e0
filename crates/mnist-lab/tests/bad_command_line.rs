//! Words and settings on the command line that cannot be used. Each mistake is one line that names
//! the thing, and earlier results stay as they were.

mod common;

use common::{DATA, Lab, run_softmax};

/// Words, and what the message says of them.
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
        &["--seeds <SEEDS>", "`x` are no seeds; expected a range 0..5"],
    ),
    (&["run", "--seeds", "3..3"], &["`3..3`", "expected"]),
    (
        &["run", "--seeds", "0,1,0"],
        &["`0,1,0`", "none of them twice"],
    ),
    (
        &["run", "--seeds", "0..1000000"],
        &["more than 10000 seeds"],
    ),
    (&["run", "--seeds=-1"], &["`-1` are no seeds"]),
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
    // Data options without the folder they are about.
    lab.refuse_usage(&["run", "--checksums", "off"], &["required arguments"]);
}

/// Settings, and what the message says of them.
const UNUSABLE_SETTINGS: [(&str, &[&str]); 27] = [
    ("lr=0", &["learning rate is 0; expected a positive number"]),
    (
        "lr=-1",
        &["learning rate is -1; expected a positive number"],
    ),
    (
        "lr=nan",
        &["learning rate is NaN; expected a positive number"],
    ),
    (
        "lr=inf",
        &["learning rate is inf; expected a positive number"],
    ),
    ("lr=fast", &["setting `lr`", "\"fast\"", "expected f64"]),
    ("lr=", &["setting `lr`", "expected f64"]),
    (
        "momentum=1",
        &["momentum is 1; expected a number from 0 to below 1"],
    ),
    ("momentum=-0.1", &["momentum is -0.1; expected"]),
    ("l1=-0.5", &["l1 is -0.5; expected a number not below 0"]),
    ("l2=nan", &["l2 is NaN; expected a number not below 0"]),
    ("batch-size=0", &["batch size is 0; expected at least 1"]),
    ("batch-size=-4", &["setting `batch-size`", "-4"]),
    ("epochs=0", &["epochs is 0; expected at least 1"]),
    ("epochs=1.5", &["setting `epochs`", "1.5"]),
    ("patience=0", &["patience is 0; expected at least 1"]),
    (
        "validation=0",
        &["validation is 0; expected a share between 0 and 1, or a count"],
    ),
    (
        "validation=1.5",
        &["validation is 1.5; expected a share between 0 and 1, or a count"],
    ),
    ("validation=-0.2", &["validation is -0.2; expected"]),
    (
        "hidden=0",
        &["hidden holds a layer of 0 units; expected at least 1"],
    ),
    (
        "hidden=x",
        &["setting `hidden`", "`x` are no layer sizes; expected"],
    ),
    ("hidden=-3", &["setting `hidden`", "expected layer sizes"]),
    (
        "activation=gelu",
        &[
            "setting `activation`",
            "`gelu`",
            "expected identity, sigmoid, tanh",
        ],
    ),
    ("init=random", &["setting `init`", "random", "expected"]),
    (
        "stopping=soon",
        &["setting `stopping`", "`soon`", "expected consecutive"],
    ),
    (
        "normalize=zscore",
        &["setting `normalize`", "zscore", "expected per-image"],
    ),
    (
        "precision=f16",
        &["setting `precision`", "`f16`", "expected `f32` or `f64`"],
    ),
    (
        "depth=3",
        &[
            "setting `depth`",
            "unknown field `depth`",
            "expected one of `hidden`",
        ],
    ),
];

#[test]
fn settings_that_cannot_be_used_are_usage_errors() {
    let lab = Lab::with_results();
    for (setting, expected) in UNUSABLE_SETTINGS {
        lab.refuse(2, &run_softmax(&["--set", setting]), expected);
    }
    lab.refuse(
        2,
        &run_softmax(&["--set", "lr"]),
        &["`lr` is no setting; expected KEY=VALUE"],
    );
    // All at once: the other experiments are not spoiled by init=zeros as softmax regression has it.
    let zeros = ["run", "--set", "init=zeros"];
    lab.refuse(2, &zeros, &["experiment `momentum`", "init is zeros"]);
}

#[test]
fn a_network_that_no_memory_holds_is_refused() {
    let lab = Lab::with_results();
    for hidden in ["hidden=99999999999", "hidden=99999999999999999"] {
        let words = [&["run", "relu", "--set", hidden][..], &DATA].concat();
        lab.refuse(1, &words, &[]);
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

/// Only the data show whether these can be used.
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
        // An experiment that has no results yet; those of softmax would be refused before.
        let words = [&["run", "relu", "--set", setting][..], &DATA].concat();
        lab.refuse(1, &words, &[&["experiment `relu`"], expected].concat());
    }
}

/// What replaces results is tried before they are gone.
#[test]
fn a_replacement_that_cannot_run_leaves_the_results_alone() {
    let lab = Lab::with_results();
    for setting in ["batch-size=481", "validation=0.9999"] {
        let words = run_softmax(&["--replace", "--set", setting]);
        lab.refuse(1, &words, &["experiment `"]);
    }
}
