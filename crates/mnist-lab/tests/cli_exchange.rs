//! Tests of `mnist-lab export` and `mnist-lab import`: the files that they write, and that no information is lost.

mod common;

use common::{Lab, text};
use lab_results::tables::EpochRow;
use serde::Deserialize;

#[test]
fn a_model_goes_out_as_npz_and_comes_back_the_same() {
    let lab = Lab::with_model("relu", &["hidden=8", "normalize=per-pixel"]);
    let output = lab.succeed(&["export", "model.safetensors", "--format", "npz"]);
    assert_eq!(text(&output.stderr), "wrote relu-seed-0.npz\n");
    let output = lab.succeed(&["import", "relu-seed-0.npz", "--out", "again.safetensors"]);
    assert_eq!(
        text(&output.stderr),
        "wrote again.safetensors: network 784–8–10\n"
    );
    assert_eq!(
        lab.bytes("again.safetensors"),
        lab.bytes("model.safetensors")
    );
}

#[test]
fn weights_from_elsewhere_are_read_with_what_the_user_says() {
    let lab = Lab::with_model("momentum", &["hidden=8"]);
    lab.succeed(&[
        "export",
        "model.safetensors",
        "--format",
        "safetensors",
        "--out",
        "net.safetensors",
    ]);
    let words = [
        "import",
        "net.safetensors",
        "--activation",
        "tanh",
        "--out",
        "net.model",
        "--normalize",
    ];
    lab.succeed(&[&words[..], &["per-image"]].concat());
    let evaluate = |model| {
        lab.succeed_with_data(&["evaluate", "--csv", "--model", model])
            .stdout
    };
    assert_eq!(evaluate("net.model"), evaluate("model.safetensors"));

    // Another normalisation gives another model.
    lab.succeed(&[&words[..], &["0.1307,0.3081", "--replace"]].concat());
    assert_ne!(evaluate("net.model"), evaluate("model.safetensors"));
}

#[test]
fn the_built_in_model_and_standard_output() {
    let lab = Lab::new();
    for format in ["onnx", "npz", "safetensors", "json"] {
        let output = lab.succeed(&["export", "builtin", "--format", format, "--out", "-"]);
        assert!(output.stdout.len() > 400_000, "{format}");
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn curves_go_out_as_event_files_and_as_one_table() {
    #[derive(Deserialize)]
    struct Row {
        experiment: String,
        seed: u64,
        epoch: u32,
        metric: String,
        value: f64,
    }

    let lab = Lab::with_results();
    let output = lab.succeed(&["export", "runs/paper", "--format", "tensorboard"]);
    assert_eq!(text(&output.stderr), "wrote 1 runs to paper-tensorboard\n");
    let events = lab.bytes("paper-tensorboard/softmax/seed-0/events.out.tfevents.0.mnist-lab");
    assert!(events.len() > 500);

    lab.succeed(&["export", "runs/paper", "--format", "csv"]);
    let rows: Vec<Row> = lab.csv("paper-curves.csv");
    let epoch = lab
        .csv::<EpochRow>("runs/paper/softmax/seed-0/metrics.csv")
        .remove(0);
    assert_eq!(rows.len(), 4);
    let [loss, .., accuracy] = &rows[..] else {
        panic!("four rows")
    };
    assert_eq!(
        (loss.experiment.as_str(), loss.seed, loss.epoch),
        ("softmax", 0, 1)
    );
    assert_eq!(
        (loss.metric.as_str(), loss.value),
        ("train_loss", epoch.train_loss)
    );
    assert_eq!(
        (accuracy.metric.as_str(), accuracy.value),
        ("val_accuracy", epoch.val_accuracy)
    );
}

#[test]
fn what_is_there_is_not_overwritten_without_a_word() {
    let lab = Lab::with_results();
    lab.write("relu-seed-4.npz", b"mine");
    lab.write("paper-tensorboard/mine", b"mine");
    lab.refuse(
        1,
        &["export", "builtin", "--format", "npz"],
        &["relu-seed-4.npz: file exists; add --replace"],
    );
    lab.refuse(
        1,
        &["export", "runs/paper", "--format", "tensorboard"],
        &["paper-tensorboard: exists already"],
    );
    assert_eq!(lab.bytes("relu-seed-4.npz"), b"mine");
    lab.succeed(&["export", "builtin", "--format", "npz", "--replace"]);
    let tensorboard = [
        "export",
        "runs/paper",
        "--format",
        "tensorboard",
        "--replace",
    ];
    lab.refuse(2, &tensorboard, &["--replace is for files"]);
    lab.refuse(
        1,
        &["import", "relu-seed-4.npz", "--out", "relu-seed-4.npz"],
        &["exists; add --replace"],
    );
}

/// A link stays a link, and a pipe a pipe.
#[cfg(unix)]
#[test]
fn only_files_are_replaced() {
    let lab = Lab::new();
    let export = |out| ["export", "builtin", "--format", "npz", "--out", out];
    lab.write("mine.npz", b"mine");
    std::os::unix::fs::symlink("mine.npz", lab.path("link.npz")).unwrap();
    let there = "link.npz: file exists; add --replace";
    lab.refuse(1, &export("link.npz"), &[there]);
    lab.succeed(&[&export("link.npz")[..], &["--replace"]].concat());
    assert!(lab.path("link.npz").is_symlink());
    let whole = lab.bytes("mine.npz");

    let pipe = lab.path("pipe");
    lab.make_pipe("pipe");
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| std::fs::read(&pipe).unwrap());
        lab.succeed(&[&export("pipe")[..], &["--replace"]].concat());
        reader.join().unwrap()
    });
    assert!(read == whole && !pipe.metadata().unwrap().is_file());
    lab.succeed(&export("/dev/null"));
    lab.refuse(1, &export("."), &[".: not a file"]);
}

#[test]
fn what_cannot_be_exported_or_imported_is_said() {
    let lab = Lab::with_results();
    let export = |what, format| ["export", what, "--format", format];
    lab.refuse(
        2,
        &export("runs/paper", "onnx"),
        &["runs/paper: is a folder; expected a model file"],
    );
    lab.write("some.file", b"nothing");
    lab.refuse(
        2,
        &export("some.file", "csv"),
        &["some.file: is a file; expected a folder of results"],
    );
    lab.refuse(
        1,
        &export("some.file", "npz"),
        &["some.file: not a safetensors file"],
    );
    lab.refuse(1, &export("nowhere", "csv"), &["nowhere", "suite.json"]);
    lab.refuse(
        2,
        &[&export("runs/paper", "tensorboard")[..], &["--out", "-"]].concat(),
        &["expected a folder"],
    );
    lab.refuse_usage(&export("builtin", "pickle"), &["pickle"]);

    lab.refuse(
        1,
        &["import", "some.file", "--out", "x"],
        &["some.file: not a safetensors file"],
    );
    lab.succeed(&[
        "export",
        "builtin",
        "--format",
        "safetensors",
        "--out",
        "net.safetensors",
    ]);
    let import = ["import", "net.safetensors", "--out", "x"];
    lab.refuse(
        2,
        &import,
        &["net.safetensors: activation and normalisation unknown; add --activation"],
    );
    lab.refuse_usage(
        &[&import[..], &["--activation", "relu"]].concat(),
        &["required arguments"],
    );
    for how in ["0.1,0", "0.1,much", "nan,1", "33.3,78.6", "0.1,1e300"] {
        let words = [&import[..], &["--activation", "relu", "--normalize", how]].concat();
        lab.refuse(
            2,
            &words,
            &[
                how,
                "expected the mean and the standard deviation of pixels",
            ],
        );
    }
    let words = [
        &import[..],
        &["--activation", "relu", "--normalize", "somehow"],
    ]
    .concat();
    lab.refuse(2, &words, &["somehow", "per-image"]);
    assert!(!lab.path("x").exists());

    let foreign = ["evaluate", "--model", "net.safetensors"];
    lab.refuse(
        1,
        &foreign,
        &[
            "net.safetensors: no metadata `mnist-lab`",
            "mnist-lab import",
        ],
    );
}

#[test]
fn a_damaged_run_is_named_and_nothing_is_exported() {
    let lab = Lab::with_results();
    let mut metrics = lab.bytes("runs/paper/softmax/seed-0/metrics.csv");
    metrics.truncate(metrics.len() - 2);
    lab.write("runs/paper/softmax/seed-0/metrics.csv", &metrics);
    for format in ["csv", "tensorboard"] {
        lab.refuse(
            1,
            &["export", "runs/paper", "--format", format, "--out", "x"],
            &["metrics.csv"],
        );
    }
    assert!(!lab.path("x").exists());
}
