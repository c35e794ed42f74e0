//! What can be wrong with a command line, a suite, data, results, a model or a picture. Each mistake
//! is one line that names the thing, and earlier results stay as they were.

mod common;

use std::io::Cursor;

use common::{DATA, Lab, ModelFile, NAMES, gzip, small_files, test_image, text};
use image::{DynamicImage, GrayImage, ImageFormat};
use safetensors::tensor::Dtype;

/// A folder with results that no failure may touch.
fn with_results() -> Lab {
    let lab = Lab::new();
    lab.run("softmax", &["epochs=1"], &[]);
    lab
}

/// `run softmax` with more words, on the small set.
fn run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run", "softmax"][..], more, &DATA].concat()
}

// The command line

#[test]
fn unknown_words_are_usage_errors() {
    let lab = with_results();
    let cases: [(&[&str], &[&str]); 14] = [
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
        (&["evaluate"], &["required arguments"]),
        (&["completions", "tcl"], &["'tcl'", "<SHELL>"]),
    ];
    for (words, expected) in cases {
        lab.refuse_usage(words, expected);
    }
    // Data options without the folder they are about.
    lab.refuse_usage(&["run", "--checksums", "off"], &["required arguments"]);
}

#[test]
fn settings_that_cannot_be_used_are_usage_errors() {
    let lab = with_results();
    let cases: [(&str, &[&str]); 27] = [
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
    for (setting, expected) in cases {
        lab.refuse(2, &run(&["--set", setting]), expected);
    }
    lab.refuse(
        2,
        &run(&["--set", "lr"]),
        &["`lr` is no setting; expected KEY=VALUE"],
    );
    // All at once: the other experiments are not spoiled by init=zeros as softmax regression has it.
    let zeros = ["run", "--set", "init=zeros"];
    lab.refuse(2, &zeros, &["experiment `momentum`", "init is zeros"]);
}

#[test]
fn a_network_that_no_memory_holds_is_refused() {
    let lab = with_results();
    for hidden in ["hidden=99999999999", "hidden=99999999999999999"] {
        let words = [&["run", "relu", "--set", hidden][..], &DATA].concat();
        lab.refuse(1, &words, &[]);
    }
}

#[test]
fn an_unknown_experiment_is_a_usage_error() {
    let lab = with_results();
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
    let lab = with_results();
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
    let lab = with_results();
    for setting in ["batch-size=481", "validation=0.9999"] {
        let words = run(&["--replace", "--set", setting]);
        lab.refuse(1, &words, &["experiment `"]);
    }
}

// Suites

/// The paper's defaults with this after them.
fn suite(experiments: &str) -> String {
    let paper = include_str!("../suites/paper.toml");
    let defaults = paper.split("[[experiment]]").next().unwrap();
    format!("{defaults}{experiments}")
}

#[test]
fn suites_that_cannot_be_used_are_named() {
    let lab = with_results();
    let experiment = |id: &str, rest: &str| {
        suite(&format!(
            "[[experiment]]\nid = \"{id}\"\ntitle = \"T\"\nsettings = {{ {rest} }}\n"
        ))
    };
    let claim = |test: &str| {
        let claim = format!("[[claim]]\nsection = \"1\"\ntext = \"C\"\ntest = {{ {test} }}\n");
        experiment("a", "lr = 0.1") + &claim
    };
    let cases: [(String, &[&str]); 18] = [
        ("title = \"no end".to_owned(), &["line 1: "]),
        ("{\"title\": 3}".to_owned(), &["line 1: "]),
        ("\0\u{1}\u{2}".to_owned(), &["line 1: "]),
        (String::new(), &["missing field `title`"]),
        (suite(""), &["no experiment; expected at least one"]),
        (
            suite("[[experiment]]\nid = \"a\"\ntitle = \"A\"\ncolour = \"red\"\n"),
            &["unknown field `colour`", "expected"],
        ),
        (
            experiment("a", "lr = 0.1, depth = 2"),
            &["experiment `a`: setting `depth`: unknown field `depth`"],
        ),
        (
            experiment("a", "lr = \"fast\""),
            &["experiment `a`: setting `lr`: ", "expected f64"],
        ),
        (
            experiment("a", "lr = 0.0"),
            &["experiment `a`: learning rate is 0; expected a positive number"],
        ),
        (
            experiment("a", "momentum = 0.5"),
            &["experiment `a`: missing field `lr`"],
        ),
        (
            experiment("../x", "lr = 0.1"),
            &["`../x` cannot be a name; expected 1 to 64 small letters"],
        ),
        (experiment("", "lr = 0.1"), &["`` cannot be a name"]),
        (
            experiment("figures", "lr = 0.1"),
            &["`figures` cannot be a name"],
        ),
        (
            experiment(&"a".repeat(60), "lr = 0.1")
                + &format!(
                    "[[reading]]\nid = \"bcdef\"\ntitle = \"R\"\nsettings = {{ lr = 0.2 }}\nof = [\"{}\"]\n",
                    "a".repeat(60)
                ),
            &["_bcdef` cannot be a name"],
        ),
        (
            experiment("a", "lr = 0.1").replace("\"T\"", "\"a\\u001b[2Jb\""),
            &["title holds the control character"],
        ),
        (
            experiment("a", "lr = 0.1") + "paper = { test-loss = nan }\n",
            &["test-loss is NaN"],
        ),
        (
            claim(
                "compare = { experiment = \"a\", has = \"more\", quantity = \"test-loss\", than = \"b\" }",
            ),
            &["claim `C`: there is no experiment `b`"],
        ),
        (
            claim(
                "alike = { experiment = \"a\", and = \"a\", quantity = \"test-loss\", margin = inf }",
            ),
            &["claim `C`: the limit is inf"],
        ),
    ];
    for (text, expected) in cases {
        lab.write("mine.toml", text.as_bytes());
        let expected = [&["suite mine.toml: "], expected].concat();
        for command in ["run", "list"] {
            lab.refuse(1, &[command, "--suite", "mine.toml"], &expected);
        }
    }
    let twice = experiment("a", "lr = 0.1")
        + "[[experiment]]\nid = \"a\"\ntitle = \"T\"\nsettings = { lr = 0.2 }\n";
    lab.write("mine.toml", twice.as_bytes());
    lab.refuse(
        1,
        &["list", "--suite", "mine.toml"],
        &["suite mine.toml: experiment `a` stands there twice"],
    );
    // A file that is wrong by itself is not the fault of --set.
    lab.write("mine.toml", experiment("a", "lr = 0.0").as_bytes());
    let words = ["list", "--suite", "mine.toml", "--set", "momentum=0.5"];
    lab.refuse(
        1,
        &words,
        &["suite mine.toml: experiment `a`: learning rate is 0"],
    );
}

#[test]
fn a_suite_needs_a_file_with_a_name() {
    let lab = with_results();
    let words = ["run", "--suite", "no.toml"];
    lab.refuse(
        1,
        &words,
        &["no.toml is neither a suite (`paper`, `readings`) nor a file that can be read"],
    );
    lab.refuse(
        1,
        &["run", "--suite", "data"],
        &["data is neither a suite", "nor a file"],
    );
    let good = suite("[[experiment]]\nid = \"a\"\ntitle = \"A\"\nsettings = { lr = 0.1 }\n");
    lab.write("My Suite.toml", good.as_bytes());
    let expected =
        ["suite My Suite.toml: `My Suite` cannot be a name; expected 1 to 64 small letters"];
    lab.refuse(1, &["run", "--suite", "My Suite.toml"], &expected);
    lab.write("latin.toml", b"title = \"caf\xe9\"");
    lab.refuse(1, &["run", "--suite", "latin.toml"], &["latin.toml"]);
}

// Data

/// The small set as raw files in a folder, one of them with other bytes.
fn spoil(lab: &Lab, folder: &str, file: usize, bytes: &[u8]) {
    let mut files = small_files();
    files[file] = bytes.to_vec();
    for (name, bytes) in NAMES.iter().zip(files) {
        lab.write(&format!("{folder}/{name}"), &bytes);
    }
}

#[test]
fn spoiled_data_is_named_with_its_place() {
    let lab = with_results();
    let [images, labels, test_images, test_labels] = small_files();
    let with = |file: &[u8], place: usize, bytes: &[u8]| {
        let mut file = file.to_vec();
        file[place..place + bytes.len()].copy_from_slice(bytes);
        file
    };
    let html = b"<!DOCTYPE html>\n<html><body>Moved</body></html>\n";
    let cases: [(&str, usize, Vec<u8>, &[&str]); 16] = [
        (
            "images cut short",
            0,
            images[..5000].to_vec(),
            &[
                "byte 5000: expected 470416 bytes as the header declares",
                "after 5000",
            ],
        ),
        (
            "labels cut short",
            1,
            labels[..100].to_vec(),
            &["byte 100: expected 608 bytes"],
        ),
        (
            "header cut short",
            2,
            test_images[..9].to_vec(),
            &["byte 9: expected a header of 16 bytes"],
        ),
        (
            "more than declared",
            3,
            [&test_labels[..], &[0]].concat(),
            &["byte 208: expected the end of the file"],
        ),
        (
            "labels as images",
            0,
            labels.clone(),
            &["byte 3: expected images (3-dimensional), found labels (1-dimensional)"],
        ),
        (
            "images as labels",
            3,
            test_images.clone(),
            &["byte 3: expected labels (1-dimensional), found images (3-dimensional)"],
        ),
        (
            "wrong magic",
            0,
            with(&images, 0, b"IDX!"),
            &["byte 0: expected the two zero bytes of the IDX magic number, found \"IDX!\""],
        ),
        (
            "floats",
            2,
            with(&test_images, 2, &[0x0D]),
            &["byte 2: expected element type u8 (0x08), found f32 (0x0D)"],
        ),
        (
            "web page",
            1,
            html.to_vec(),
            &["byte 0: expected an IDX header, found text that looks like an HTML page"],
        ),
        (
            "empty",
            2,
            Vec::new(),
            &["byte 0: expected an IDX header, found an empty file"],
        ),
        (
            "oversized",
            0,
            with(&images, 4, &[0xFF; 12]),
            &["byte 4: expected dimensions of at most 2147483648 bytes"],
        ),
        (
            "declared too many",
            0,
            with(&images, 4, &60_000_u32.to_be_bytes()),
            &["byte 470416: expected 47040016 bytes"],
        ),
        (
            "unequal counts",
            1,
            [&[0, 0, 8, 1, 0, 0, 2, 0x57], &labels[8..607]].concat(),
            &["expected 600 labels, one for each image of", "found 599"],
        ),
        (
            "label of no class",
            3,
            with(&test_labels, 20, &[10]),
            &["byte 20: expected a label in 0..10, found 10 as label 12"],
        ),
        (
            "truncated gzip",
            0,
            gzip(&images)[..2000].to_vec(),
            &["expected more gzip data, found the end of the file"],
        ),
        (
            "damaged gzip",
            1,
            with(&gzip(&labels), 60, &[0xFF; 40]),
            &["expected valid gzip data"],
        ),
    ];
    for (name, file, bytes, expected) in cases {
        spoil(&lab, name, file, &bytes);
        let place = format!("{name}/{}: ", NAMES[file]);
        let expected = [&[place.as_str()], expected].concat();
        let data = ["--data-dir", name, "--checksums", "off"];
        lab.refuse(1, &[&["run", "softmax"][..], &data].concat(), &expected);
    }
}

#[test]
fn a_test_set_without_images_scores_nothing() {
    let lab = with_results();
    std::fs::remove_file(lab.path(&format!("data/{}.gz", NAMES[2]))).unwrap();
    let images = [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28];
    lab.write(&format!("data/{}", NAMES[2]), &images);
    lab.write(&format!("data/{}", NAMES[3]), &[0, 0, 8, 1, 0, 0, 0, 0]);
    lab.refuse(
        1,
        &run(&["--out", "other"]),
        &["the test set has no images"],
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_among_results_is_not_waited_for() {
    let lab = with_results();
    let path = lab.path("runs/paper/softmax/seed-0/metrics.csv");
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let words = [&["report", "runs/paper"][..], &DATA].concat();
    let message = lab.fail(1, &words);
    assert!(
        message.contains("metrics.csv: cannot be read: it is no regular file"),
        "{message}"
    );
}

#[test]
fn a_web_page_named_gz_is_recognised() {
    let lab = with_results();
    lab.write(&format!("data/{}.gz", NAMES[3]), b"<html>Moved</html>");
    let expected = [&*format!("data/{}.gz: byte 0: ", NAMES[3]), "HTML page"];
    for command in [
        &["run"][..],
        &["gradcheck", "--out", "runs/paper"],
        &["report", "runs/paper"],
    ] {
        lab.refuse(1, &[command, &DATA].concat(), &expected);
    }
}

#[test]
fn missing_data_is_named() {
    let lab = with_results();
    let words = ["run", "--data-dir", "nowhere", "--checksums", "off"];
    let expected = "nowhere: expected train-images-idx3-ubyte.gz or train-images-idx3-ubyte, found no such directory";
    lab.refuse(1, &words, &[expected]);
    std::fs::remove_file(lab.path("data").join(NAMES[3])).unwrap();
    let expected =
        "data: expected t10k-labels-idx1-ubyte.gz or t10k-labels-idx1-ubyte, found neither";
    lab.refuse(1, &run(&[]), &[expected]);
}

#[test]
fn other_data_than_mnists_own_must_be_asked_for() {
    let lab = with_results();
    let words = ["run", "softmax", "--data-dir", "data"];
    let expected = [
        "data/train-images-idx3-ubyte: expected SHA-256 ba891046",
        "found ",
    ];
    lab.refuse(1, &words, &expected);
}

// Folders of results

#[test]
fn other_settings_or_data_are_not_mixed_with_earlier_results() {
    let lab = with_results();
    let other = run(&["--set", "epochs=2"]);
    let expected = [
        "runs/paper/softmax/seed-0 holds a run of `softmax` with other settings",
        "--out",
        "--replace",
    ];
    lab.refuse(1, &other, &expected);
    // Not even with another seed.
    lab.refuse(1, &run(&["--set", "epochs=2", "--seeds", "7"]), &expected);

    let mut labels = small_files()[1].clone();
    labels[8] = (labels[8] + 1) % 10;
    spoil(&lab, "other", 1, &labels);
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
            "runs/paper/softmax/seed-0 holds a run of `softmax` with other data",
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
    let lab = with_results();
    lab.write("file", b"a file");
    for out in ["file", "file/sub"] {
        let place = format!("{out}/paper: cannot be made: ");
        lab.refuse(1, &run(&["--out", out]), &[&place]);
        let words = [&["gradcheck", "--out", out][..], &DATA].concat();
        lab.refuse(1, &words, &[&format!("{out}: cannot be made: ")]);
    }
    assert_eq!(lab.bytes("file"), b"a file");
}

#[test]
fn a_report_needs_results() {
    let lab = with_results();
    std::fs::create_dir(lab.path("empty")).unwrap();
    for folder in ["empty", "nowhere", "data"] {
        let words = [&["report", folder][..], &DATA].concat();
        let expected = format!("{folder}: no results here; expected a suite's folder");
        lab.refuse(1, &words, &[&expected]);
        assert!(!lab.path(folder).join("REPORT.md").exists());
    }
}

#[test]
fn broken_result_files_are_named() {
    let lab = with_results();
    let header = "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n";
    let record = lab.text("runs/paper/softmax/seed-0/run.json");
    let elsewhere = record.replace("\"metrics.csv\"", "\"../metrics.csv\"");
    let cases = [
        ("suite.json", "{", &["not the value expected"][..]),
        ("suite.json", "[]", &["not the value expected"]),
        (
            "softmax/seed-0/run.json",
            "{}",
            &["not the value expected", "missing field"],
        ),
        (
            "softmax/seed-0/run.json",
            &elsewhere,
            &["names `../metrics.csv`, which is no run's file"],
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
            &["was changed: its SHA-256 is "],
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
    for name in [
        "softmax/seed-0/metrics.csv",
        "softmax/seed-0/mistakes.csv",
        "softmax/seed-0/confusion.csv",
    ] {
        let name = format!("runs/paper/{name}");
        let whole = lab.bytes(&name);
        std::fs::remove_file(lab.path(&name)).unwrap();
        let words = [&["report", "runs/paper"][..], &DATA].concat();
        lab.refuse(1, &words, &[&format!("{name}: cannot be read: ")]);
        lab.write(&name, &whole);
    }
    lab.succeed_with_data(&["report", "runs/paper"]);
}

// Models

#[test]
fn models_that_cannot_be_used_are_named() {
    let lab = Lab::with_model("momentum", &["hidden=16"]);
    let whole = lab.bytes("model.safetensors");
    let model = ModelFile::parse(&whole);
    assert_eq!(model.to_bytes(), whole);
    let edit = |change: &dyn Fn(&mut ModelFile)| {
        let mut model = model.clone();
        change(&mut model);
        model.to_bytes()
    };
    let card = |from: &str, to: &str| {
        edit(&|model| {
            let card = model.card.as_mut().unwrap();
            assert!(card.contains(from), "{card}");
            *card = card.replace(from, to);
        })
    };
    let number = |bits: f32| {
        edit(&|model| {
            let data = &mut model.tensors.get_mut("fc1.weight").unwrap().data;
            data[40..44].copy_from_slice(&bits.to_le_bytes());
        })
    };
    let cases: [(Vec<u8>, &[&str]); 18] = [
        (Vec::new(), &["not a safetensors file"]),
        (
            b"PK\x03\x04 a zip, or whatever else".to_vec(),
            &["not a safetensors file"],
        ),
        (vec![0xFF; 64], &["not a safetensors file"]),
        (
            whole[..whole.len() - 1].to_vec(),
            &["not a safetensors file"],
        ),
        (whole[..100].to_vec(), &["not a safetensors file"]),
        ([&whole[..], b"more"].concat(), &["not a safetensors file"]),
        (
            edit(&|model| model.card = None),
            &["no metadata `mnist-lab`"],
        ),
        (
            edit(&|model| model.card = Some("{".to_owned())),
            &["metadata `mnist-lab`"],
        ),
        (
            card("\"format\":1", "\"format\":2"),
            &["model format 2; expected 1"],
        ),
        (
            card("\"hidden\":[16]", "\"hidden\":[17]"),
            &["tensor `fc1.weight` is F32 [16, 784]; expected F32 [17, 784]"],
        ),
        (
            card("\"image\":[28,28]", "\"image\":[28,27]"),
            &["expected F32 [16, 756]"],
        ),
        (
            card("\"image\":[28,28]", "\"image\":[18446744073709551615,2]"),
            &["18446744073709551615"],
        ),
        (
            card("\"precision\":\"f32\"", "\"precision\":\"f64\""),
            &["tensor `fc1.weight` is F32 [16, 784]; expected F64"],
        ),
        (
            card("\"normalize\":\"per-image\"", "\"normalize\":\"global\""),
            &["no tensor `normalize.scale`"],
        ),
        (
            edit(&|model| drop(model.tensors.remove("fc1.bias"))),
            &["no tensor `fc1.bias`; found fc1.weight, fc2.bias"],
        ),
        (
            edit(&|model| drop(model.tensors.remove("fc2.bias"))),
            &["no tensor `fc2.bias`"],
        ),
        (
            number(f32::NAN),
            &["tensor `fc1.weight` holds a number that is not finite at position 10"],
        ),
        (
            number(f32::INFINITY),
            &["tensor `fc1.weight` holds a number that is not finite at position 10"],
        ),
    ];
    let words = [&["evaluate", "--model", "bad.safetensors"][..], &DATA].concat();
    for (bytes, expected) in cases {
        lab.write("bad.safetensors", &bytes);
        let expected = [&["bad.safetensors: "], expected].concat();
        lab.refuse(1, &words, &expected);
        lab.refuse(
            1,
            &["predict", "--model", "bad.safetensors", "a.png"],
            &expected,
        );
    }
    let half = edit(&|model| {
        let bias = model.tensors.get_mut("fc1.bias").unwrap();
        bias.dtype = Dtype::F16;
        bias.data.truncate(32);
    });
    lab.write("bad.safetensors", &half);
    lab.refuse(
        1,
        &words,
        &["bad.safetensors: tensor `fc1.bias` is F16 [16]; expected F32 [16]"],
    );
    let words = ["evaluate", "--model", "no.safetensors"];
    lab.refuse(1, &words, &["no.safetensors: cannot be read: "]);
}

#[test]
fn a_model_with_more_layers_than_its_card_is_refused() {
    let lab = Lab::with_model("momentum", &["hidden=16"]);
    let mut model = ModelFile::parse(&lab.bytes("model.safetensors"));
    let card = model.card.as_mut().unwrap();
    *card = card.replace("\"hidden\":[16]", "\"hidden\":[]");
    lab.write("bad.safetensors", &model.to_bytes());
    let words = [&["evaluate", "--model", "bad.safetensors"][..], &DATA].concat();
    lab.refuse(1, &words, &["bad.safetensors: "]);
}

#[test]
fn a_model_for_other_images_is_refused() {
    let lab = Lab::with_model("softmax", &[]);
    // The test set as 100 images of 28 × 56.
    let mut files = small_files();
    for (file, images) in [(0, 300_u32), (2, 100)] {
        files[file][4..8].copy_from_slice(&images.to_be_bytes());
        files[file][12..16].copy_from_slice(&56_u32.to_be_bytes());
        files[file + 1][4..8].copy_from_slice(&images.to_be_bytes());
        files[file + 1].truncate(8 + images as usize);
    }
    for (name, bytes) in NAMES.iter().zip(&files) {
        lab.write(&format!("wide/{name}"), bytes);
    }
    let data = ["--data-dir", "wide", "--checksums", "off"];
    let words = [&["evaluate", "--model", "model.safetensors"][..], &data].concat();
    lab.refuse(1, &words, &["784", "1568"]);

    lab.succeed(
        &[
            &[
                "run", "softmax", "--quiet", "--set", "epochs=1", "--out", "wide",
            ][..],
            &data,
        ]
        .concat(),
    );
    let digit = DynamicImage::from(GrayImage::from_raw(28, 28, test_image(0).to_vec()).unwrap());
    digit.save(lab.path("7.png")).unwrap();
    let wide = "wide/paper/softmax/seed-0/model.safetensors";
    let error = failed_prediction(&lab, wide, "7.png");
    assert!(
        error.contains("the model takes images of 28 × 56"),
        "{error}"
    );
}

// Pictures

/// What `predict` says of a picture; the line after it counts the failures.
fn failed_prediction(lab: &Lab, model: &str, picture: &str) -> String {
    let mut command = lab.command(&["predict", "--model", model, picture]);
    let assert = command.assert().code(1).stdout("");
    let stderr = text(&assert.get_output().stderr);
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert_eq!(lines[1], "error: 1 of 1 pictures could not be read");
    lines[0].strip_prefix("error: ").unwrap().to_owned()
}

#[test]
fn pictures_that_cannot_be_read_are_named() {
    let lab = Lab::with_model("softmax", &[]);
    let encode = |image: GrayImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image)
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    };
    let digit = GrayImage::from_raw(28, 28, test_image(0).to_vec()).unwrap();
    let png = encode(digit.clone(), ImageFormat::Png);
    let jpeg = encode(digit, ImageFormat::Jpeg);
    let blank = |side| {
        encode(
            GrayImage::from_pixel(side, side, image::Luma([200])),
            ImageFormat::Png,
        )
    };
    let mut damaged = png.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xFF;
    // Width and height of a PNG stand at bytes 16 to 23, under a checksum that is then wrong as well.
    let mut huge = png.clone();
    huge[16..24].fill(0x7F);
    let cases: [(&str, Vec<u8>, &str); 9] = [
        (
            "text.png",
            b"seven".to_vec(),
            "neither a PNG nor a JPEG image",
        ),
        ("empty.png", Vec::new(), "neither a PNG nor a JPEG image"),
        (
            "a.gif",
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            "neither a PNG nor a JPEG image",
        ),
        ("blank.png", blank(28), "no ink"),
        ("dot.png", blank(1), "no ink"),
        (
            "short.png",
            png[..png.len() / 2].to_vec(),
            "decoding the image: ",
        ),
        ("short.jpg", jpeg[..30].to_vec(), "the JPEG is cut short"),
        ("damaged.png", damaged, "decoding the image: "),
        ("huge.png", huge, "decoding the image: "),
    ];
    for (name, bytes, expected) in cases {
        lab.write(name, &bytes);
        let error = failed_prediction(&lab, "model.safetensors", name);
        let reason = error.strip_prefix(&format!("{name}: "));
        let reason = reason.unwrap_or_else(|| panic!("no name: {error}"));
        assert!(reason.starts_with(expected), "{error}");
        // The decoder's own words once, not again as the cause.
        let cause = reason
            .strip_prefix("decoding the image: ")
            .unwrap_or(reason);
        let end = &cause[cause.len() / 2..];
        assert!(
            !cause[..cause.len() / 2].contains(end.trim_start_matches([':', ' '])),
            "{error}"
        );
    }
    let error = failed_prediction(&lab, "model.safetensors", "data");
    assert!(error.starts_with("data: cannot be read: "), "{error}");
}
