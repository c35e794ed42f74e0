//! Tests that the same seeds give the same bytes.

mod common;

use common::{Lab, Snapshot, assert_same, gzip, small_files};

/// Three experiments with two seeds.
const RUN: [&str; 8] = [
    "run", "softmax", "sigmoid", "relu", "--set", "epochs=2", "--seeds", "0..2",
];

/// Runs with more arguments, and reports, in a new lab.
fn everything(more: &[&str]) -> (Lab, Snapshot) {
    let lab = Lab::new();
    lab.succeed_with_data(&[&RUN, more].concat());
    lab.succeed_with_data(&["report", "runs/paper"]);
    let files = lab.results("runs");
    (lab, files)
}

#[test]
fn the_same_command_gives_the_same_bytes_on_any_number_of_threads() {
    let (lab, first) = everything(&["--threads", "1"]);
    for name in [
        "suite.json",
        "runs.csv",
        "summary.csv",
        "REPORT.md",
        "figures/comparison.png",
    ] {
        assert!(
            first.contains_key(&std::path::Path::new("paper").join(name)),
            "{name}"
        );
    }
    for name in [
        "metrics.csv",
        "confusion.csv",
        "mistakes.csv",
        "run.json",
        "model.safetensors",
    ] {
        assert!(
            first.contains_key(&std::path::Path::new("paper/relu/seed-1").join(name)),
            "{name}"
        );
    }
    // 13 threads for 6 runs: two for each.
    for threads in ["1", "2", "5", "13"] {
        let (_, again) = everything(&["--threads", threads]);
        assert_same(&first, &again);
    }
    // Again, over existing results.
    lab.succeed_with_data(&RUN);
    lab.succeed_with_data(&["report", "runs/paper"]);
    assert_same(&first, &lab.results("runs"));
}

#[test]
fn nor_does_double_precision_depend_on_threads() {
    let double = |threads| everything(&["--set", "precision=f64", "--threads", threads]).1;
    let one = double("1");
    for threads in ["2", "13"] {
        assert_same(&one, &double(threads));
    }
}

#[test]
fn an_experiment_alone_is_the_same_as_among_others() {
    let (_, together) = everything(&[]);
    let alone = Lab::new();
    for experiment in ["relu", "softmax", "sigmoid"] {
        for seed in ["1", "0"] {
            alone.run(experiment, &["epochs=2"], &["--seeds", seed]);
        }
    }
    alone.succeed_with_data(&["report", "runs/paper"]);
    assert_same(&together, &alone.results("runs"));
}

#[test]
fn compressed_data_gives_the_same_bytes_as_raw() {
    let models = [false, true].map(|compressed| {
        let lab = Lab::new();
        for (name, bytes) in common::NAMES.iter().zip(small_files()) {
            if compressed {
                lab.write(&format!("own/{name}.gz"), &gzip(&bytes));
            } else {
                lab.write(&format!("own/{name}"), &bytes);
            }
        }
        let run = ["run", "softmax", "--set", "epochs=1"];
        lab.succeed(&[&run[..], &["--data-dir", "own", "--checksums", "off"]].concat());
        lab.results("runs")
    });
    assert_same(&models[0], &models[1]);
}

/// Without this test, a program that ignores its seeds would pass.
#[test]
fn another_seed_gives_other_bytes() {
    let lab = Lab::new();
    lab.run("softmax", &["epochs=1"], &["--seeds", "0..2"]);
    for name in ["metrics.csv", "model.safetensors", "run.json"] {
        let [zero, one] =
            [0, 1].map(|seed| lab.bytes(&format!("runs/paper/softmax/seed-{seed}/{name}")));
        assert_ne!(zero, one, "{name}");
    }
}
