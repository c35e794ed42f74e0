//! Tests of unusable folders of results: other settings or data than before, damaged files, no results. Each mistake
//! gives one line that names the place, and earlier results do not change.

mod common;

use common::{DATA, Lab, run_softmax, small_files};

#[test]
fn other_settings_or_data_are_not_mixed_with_earlier_results() {
    let lab = Lab::with_results();
    let other = run_softmax(&["--set", "epochs=2"]);
    let expected = [
        "runs/paper/softmax/seed-0 holds a run of `softmax` with different settings (epochs = 1)",
        "--out",
        "--replace",
    ];
    lab.refuse(1, &other, &expected);
    // Not even with another seed.
    lab.refuse(
        1,
        &run_softmax(&["--set", "epochs=2", "--seeds", "7"]),
        &expected,
    );

    let mut labels = small_files()[1].clone();
    labels[8] = (labels[8] + 1) % 10;
    lab.write_spoiled_data("other", 1, &labels);
    let words = [
        "run",
        "softmax",
        "--set",
        "epochs=1",
        "--data-dir",
        "other",
        "--checksums",
        "off",
    ];
    lab.refuse(
        1,
        &words,
        &[
            "runs/paper/softmax/seed-0 holds a run of `softmax` with different data",
            "--replace",
        ],
    );

    lab.run("softmax", &["epochs=1"], &["--seeds", "1"]);
    lab.run("l2", &["epochs=1"], &[]);
    let kept = lab.snapshot("runs/paper/l2");
    lab.succeed(&[&other[..], &["--replace"]].concat());
    assert!(
        lab.text("runs/paper/softmax/seed-0/run.json")
            .contains("\"epochs\": 2")
    );
    assert!(!lab.path("runs/paper/softmax/seed-1").exists());
    assert!(lab.snapshot("runs/paper/l2") == kept);
    assert_eq!(lab.text("runs/paper/runs.csv").lines().count(), 3);
}

#[test]
fn an_output_folder_that_cannot_be_is_named_before_any_run() {
    let lab = Lab::with_results();
    lab.write("file", b"a file");
    for out in ["file", "file/sub"] {
        let place = format!("{out}/paper: cannot be made: ");
        lab.refuse(1, &run_softmax(&["--out", out]), &[&place]);
        let words = [&["gradcheck", "--out", out][..], &DATA].concat();
        lab.refuse(1, &words, &[&format!("{out}: cannot be made: ")]);
    }
    assert_eq!(lab.bytes("file"), b"a file");
}

#[test]
fn a_report_needs_results() {
    let lab = Lab::with_results();
    std::fs::create_dir(lab.path("empty")).unwrap();
    for folder in ["empty", "nowhere", "data"] {
        let words = [&["report", folder][..], &DATA].concat();
        let expected = format!("{folder}: no results here; expected a folder with suite.json");
        lab.refuse(1, &words, &[&expected]);
        assert!(!lab.path(folder).join("REPORT.md").exists());
    }
}

#[test]
fn broken_result_files_are_named() {
    let lab = Lab::with_results();
    let header = "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n";
    let record = lab.text("runs/paper/softmax/seed-0/run.json");
    let elsewhere = record.replace("\"metrics.csv\"", "\"../metrics.csv\"");
    let cases = [
        ("suite.json", "{", &["not the value expected"][..]),
        ("suite.json", "[]", &["not the value expected"]),
        ("softmax/seed-0/run.json", "{}", &["missing field `format`"]),
        (
            "softmax/seed-0/run.json",
            "{\"format\": 2}",
            &["not the value expected", "missing field"],
        ),
        (
            "softmax/seed-0/run.json",
            &elsewhere,
            &["checksum mismatch"],
        ),
        (
            "softmax/seed-0/metrics.csv",
            &format!("{header}1,0.5,0.5,x,0.5\n"),
            &["not the table expected", "line: 2", "field 3"],
        ),
        (
            "softmax/seed-0/metrics.csv",
            &format!("{header}1,0.5\n"),
            &["not the table expected"],
        ),
        (
            "softmax/seed-0/confusion.csv",
            "label,predicted,count\n0,0,-1\n",
            &["not the table expected", "line: 2"],
        ),
        (
            "softmax/seed-0/mistakes.csv",
            "image,label,predicted,probability\n",
            &["checksum mismatch: found "],
        ),
    ];
    for (name, contents, expected) in cases {
        let name = format!("runs/paper/{name}");
        let whole = lab.bytes(&name);
        lab.write(&name, contents.as_bytes());
        let words = [&["report", "runs/paper"][..], &DATA].concat();
        let place = format!("{name}: ");
        lab.refuse(1, &words, &[&[place.as_str()], expected].concat());
        lab.write(&name, &whole);
    }
    lab.succeed_with_data(&["report", "runs/paper"]);
}

#[test]
fn missing_result_files_are_named() {
    let lab = Lab::with_results();
    for name in [
        "softmax/seed-0/metrics.csv",
        "softmax/seed-0/mistakes.csv",
        "softmax/seed-0/confusion.csv",
    ] {
        let name = format!("runs/paper/{name}");
        let whole = lab.bytes(&name);
        std::fs::remove_file(lab.path(&name)).unwrap();
        let words = [&["report", "runs/paper"][..], &DATA].concat();
        lab.refuse(1, &words, &[&format!("{name}: not found")]);
        lab.write(&name, &whole);
    }
    lab.succeed_with_data(&["report", "runs/paper"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_among_results_is_not_waited_for() {
    let lab = Lab::with_results();
    let name = "runs/paper/softmax/seed-0/metrics.csv";
    std::fs::remove_file(lab.path(name)).unwrap();
    lab.make_pipe(name);
    let words = [&["report", "runs/paper"][..], &DATA].concat();
    let message = lab.fail(1, &words);
    assert!(
        message.contains("metrics.csv: cannot be read: not a regular file"),
        "{message}"
    );
}
