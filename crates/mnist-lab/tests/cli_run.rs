//! Tests of `mnist-lab run`: the table, standard output and error, and the files.

mod common;

use common::{DATA, ESCAPE, Lab, ModelFile, NAMES, TEST, as_suite, small_files, text};
#[allow(dead_code)]
#[path = "../src/console.rs"]
mod console;
use lab_results::tables::{
    ConfusionRow, EpochRow, MistakeRow, RunEnd, RunRow, SummaryRow, TimingRow,
};
use safetensors::tensor::Dtype;
use sha2::{Digest, Sha256};

/// Two experiments with two seeds each, on two threads.
const RUN: [&str; 9] = [
    "run",
    "softmax",
    "momentum",
    "--set",
    "epochs=2",
    "--seeds",
    "0..2",
    "--threads",
    "2",
];

#[test]
fn a_run_writes_its_files_and_shows_a_table() {
    let lab = Lab::new();
    let output = lab.succeed_with_data(&RUN);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));

    let summary: Vec<SummaryRow> = lab.csv("runs/paper/summary.csv");
    let of_summary: Vec<_> = summary
        .iter()
        .map(|row| (&*row.experiment, row.runs))
        .collect();
    assert_eq!(of_summary, [("softmax", 2), ("momentum", 2)]);
    assert_eq!(stdout, console::summary(&summary));

    let (done, last): (Vec<&str>, Vec<&str>) = stderr.lines().partition(|l| l.starts_with('['));
    assert_eq!(last, ["wrote runs/paper"]);
    assert_eq!(done.len(), 4, "{stderr}");
    for name in [
        "softmax seed 0",
        "softmax seed 1",
        "momentum seed 0",
        "momentum seed 1",
    ] {
        assert!(
            stderr.contains(&format!(" s  {name}: test accuracy ")),
            "{stderr}"
        );
    }
    assert!(!stdout.contains(ESCAPE) && !stderr.contains(ESCAPE));

    let header = |name: &str| lab.text(name).lines().next().unwrap().to_owned();
    assert_eq!(
        header("runs/paper/runs.csv"),
        "experiment,seed,epochs_run,best_epoch,stop_reason,val_loss,val_accuracy,test_loss,test_accuracy,near_zero"
    );
    let runs: Vec<RunRow> = lab.csv("runs/paper/runs.csv");
    let names: Vec<_> = runs
        .iter()
        .map(|row| (&*row.experiment, row.seed))
        .collect();
    assert_eq!(
        names,
        [
            ("softmax", 0),
            ("softmax", 1),
            ("momentum", 0),
            ("momentum", 1)
        ]
    );
    for row in &runs {
        let folder = format!("runs/paper/{}/seed-{}", row.experiment, row.seed);
        assert_eq!(
            header(&format!("{folder}/metrics.csv")),
            "epoch,train_loss,train_accuracy,val_loss,val_accuracy"
        );
        check_run(&lab, &folder, row);
    }
    for (row, pair) in summary.iter().zip(runs.chunks(2)) {
        let accuracies: Vec<f64> = pair.iter().filter_map(|run| run.test_accuracy).collect();
        let mean = row.test_accuracy_mean.unwrap();
        assert!((mean - (accuracies[0] + accuracies[1]) / 2.0).abs() < 1e-12);
        assert!(row.test_accuracy_low < Some(mean) && Some(mean) < row.test_accuracy_high);
    }
}

/// Asserts that the files of a run agree with its line in `runs.csv`.
fn check_run(lab: &Lab, folder: &str, row: &RunRow) {
    assert_eq!((row.epochs_run, row.stop_reason), (2, RunEnd::MaxEpochs));
    let accuracy = row.test_accuracy.unwrap();
    // Ten classes: far better than chance.
    assert!(accuracy > 0.4, "{row:?}");

    let metrics: Vec<EpochRow> = lab.csv(&format!("{folder}/metrics.csv"));
    let epochs: Vec<u32> = metrics.iter().map(|row| row.epoch).collect();
    assert_eq!(epochs, [1, 2]);
    let best = metrics
        .iter()
        .min_by(|a, b| a.val_loss.total_cmp(&b.val_loss))
        .unwrap();
    assert_eq!(
        (row.best_epoch, row.val_loss, row.val_accuracy),
        (best.epoch, Some(best.val_loss), Some(best.val_accuracy))
    );
    let timings: Vec<TimingRow> = lab.csv(&format!("{folder}/timings.csv"));
    assert_eq!(timings.len(), 2);

    let confusion: Vec<ConfusionRow> = lab.csv(&format!("{folder}/confusion.csv"));
    let all: u64 = confusion.iter().map(|row| row.count).sum();
    let right: u64 = confusion
        .iter()
        .filter(|row| row.label == row.predicted)
        .map(|row| row.count)
        .sum();
    assert_eq!((confusion.len(), all), (100, TEST as u64));
    assert_eq!(right as f64 / all as f64, accuracy);
    let mistakes: Vec<MistakeRow> = lab.csv(&format!("{folder}/mistakes.csv"));
    assert_eq!(mistakes.len() as u64, all - right);
    assert!(mistakes.is_sorted_by(|a, b| a.probability >= b.probability));
    let labels = &small_files()[3][8..];
    assert!(
        mistakes
            .iter()
            .all(|row| labels[row.image] == row.label && row.predicted != row.label)
    );

    let record: serde_json::Value =
        serde_json::from_str(&lab.text(&format!("{folder}/run.json"))).unwrap();
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(record["settings"]["epochs"], 2);
    assert_eq!(record["result"]["seed"], row.seed);
    assert_eq!(record["result"]["test_accuracy"], accuracy);
    assert!(record["divergence"].is_null());
    for ((file, name), bytes) in record["data"]
        .as_array()
        .unwrap()
        .iter()
        .zip(NAMES)
        .zip(small_files())
    {
        let sum: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            (file["name"].as_str(), file["sha256"].as_str()),
            (Some(name), Some(&*sum))
        );
    }
    check_model(
        &ModelFile::parse(&lab.bytes(&format!("{folder}/model.safetensors"))),
        row,
    );
}

/// Asserts that a model has PyTorch's names and shapes.
fn check_model(model: &ModelFile, row: &RunRow) {
    let shapes: Vec<(&str, &[usize])> = model
        .tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice()))
        .collect();
    if row.experiment == "softmax" {
        assert_eq!(
            shapes,
            [("fc1.bias", &[10][..]), ("fc1.weight", &[10, 784])]
        );
    } else {
        assert_eq!(
            shapes,
            [
                ("fc1.bias", &[128][..]),
                ("fc1.weight", &[128, 784]),
                ("fc2.bias", &[10]),
                ("fc2.weight", &[10, 128]),
            ]
        );
    }
    assert!(
        model
            .tensors
            .values()
            .all(|tensor| tensor.dtype == Dtype::F32)
    );
    let metadata: serde_json::Value =
        serde_json::from_str(model.metadata.as_ref().unwrap()).unwrap();
    assert_eq!(metadata["experiment"], *row.experiment);
    assert_eq!(metadata["seed"], row.seed);
    assert_eq!(metadata["epoch"], row.best_epoch);
    assert_eq!(metadata["image"], serde_json::json!([28, 28]));
}

#[test]
fn quiet_leaves_standard_error_empty() {
    let lab = Lab::new();
    let words = ["run", "softmax", "--set", "epochs=1", "--quiet"];
    let output = lab.succeed_with_data(&words);
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).starts_with("experiment  runs  accuracy %"));
    let output = lab.succeed_with_data(&["-q", "report", "runs/paper"]);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn output_that_is_no_terminal_has_no_colour() {
    let lab = Lab::new();
    let words = [&["run", "softmax", "--set", "epochs=1"][..], &DATA].concat();
    let is_plain = |bytes: &[u8]| !text(bytes).contains(ESCAPE);
    for no_color in [None, Some("1")] {
        for words in [
            &words[..],
            &["run", "--no-such-option"],
            &["run", "no-such"],
        ] {
            let mut command = lab.command(words);
            command.envs(no_color.map(|value| ("NO_COLOR", value)));
            let output = command.output().unwrap();
            assert!(
                is_plain(&output.stdout) && is_plain(&output.stderr),
                "{output:?}"
            );
        }
    }
}

#[test]
fn runs_gather_in_one_folder() {
    let lab = Lab::new();
    lab.run("l2", &["epochs=1"], &["--seeds", "5,3"]);
    lab.run("softmax", &["epochs=1"], &["--seeds", "1"]);
    let table = lab.run("l2", &["epochs=1"], &["--seeds", "4"]);
    let runs: Vec<RunRow> = lab.csv("runs/paper/runs.csv");
    let names: Vec<_> = runs
        .iter()
        .map(|row| (&*row.experiment, row.seed))
        .collect();
    assert_eq!(names, [("softmax", 1), ("l2", 3), ("l2", 4), ("l2", 5)]);
    assert_eq!(
        table,
        console::summary(&lab.csv::<SummaryRow>("runs/paper/summary.csv"))
    );
}

#[test]
fn a_suite_of_ones_own_runs_on_data_of_ones_own() {
    let lab = Lab::new();
    let settings = text(
        &lab.succeed(&["list", "--settings", "--set", "epochs=1"])
            .stdout,
    );
    lab.write("suites/mine.toml", as_suite(&settings).as_bytes());
    let [images, labels, test_images, test_labels] = small_files();
    lab.write("own/small-train-images-idx3-ubyte", &images);
    lab.write("own/small-train-labels-idx1-ubyte", &labels);
    lab.write("own/small-test-images-idx3-ubyte", &test_images);
    lab.write("own/small-test-labels-idx1-ubyte", &test_labels);
    let data = [
        "--data-dir",
        "own",
        "--checksums",
        "off",
        "--prefix",
        "small",
        "--classes",
        "12",
    ];
    let run = [
        "run",
        "relu",
        "--suite",
        "suites/mine.toml",
        "--out",
        "elsewhere",
    ];
    let table = text(&lab.succeed(&[&run[..], &data].concat()).stdout);
    assert!(table.contains("\nrelu "), "{table}");
    let model = ModelFile::parse(&lab.bytes("elsewhere/mine/relu/seed-0/model.safetensors"));
    assert_eq!(model.tensors["fc2.weight"].shape, [12, 128]);
    // The confusion figure needs ten classes; with twelve, the report omits it.
    lab.succeed(&[&["report", "elsewhere/mine"][..], &data].concat());
    assert!(lab.path("elsewhere/mine/figures/mistakes.svg").exists());
    assert!(!lab.path("elsewhere/mine/figures/confusion.svg").exists());
    assert!(!lab.path("runs").exists());
}
