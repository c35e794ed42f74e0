//! Tests of every kind of setting, from the command line to the model file and back, and of runs that stop early or
//! diverge.

mod common;

use common::{DATA, Lab, ModelFile, TEST, paper_defaults, small_files, text};
use lab_results::tables::{EpochRow, RunEnd, RunRow, SummaryRow};
use safetensors::tensor::Dtype;

/// The only run in a folder.
fn only_run(lab: &Lab, folder: &str) -> RunRow {
    let mut runs: Vec<RunRow> = lab.csv(&format!("{folder}/paper/runs.csv"));
    assert_eq!(runs.len(), 1, "{folder}");
    runs.remove(0)
}

#[test]
fn every_kind_of_setting_runs_and_its_model_scores_the_same_again() {
    let cases: [&[&str]; 32] = [
        &["hidden=none", "init=zeros"],
        &["hidden=24,16"],
        &["hidden=9,8,7", "precision=f64"],
        &["activation=identity"],
        &["activation=sigmoid", "init=glorot-uniform"],
        &["activation=tanh", "init=lecun-uniform"],
        &["activation=relu", "init=he-normal"],
        &["init=small-positive"],
        &["init=normal(0.05)"],
        &["init=glorot-normal", "momentum=0"],
        &["init=he-uniform", "batch-size=480"],
        &["input=dense"],
        &["input=sparse"],
        &["input=auto", "precision=f64"],
        &["input=dense", "precision=f64", "normalize=per-pixel"],
        &["input=sparse", "precision=f64", "normalize=per-pixel"],
        &["normalize=per-image"],
        &["normalize=global"],
        &["normalize=per-pixel"],
        &["normalize=unit"],
        &["normalize=none", "lr=0.0001"],
        &["normalize=global", "precision=f64"],
        &["stopping=consecutive", "patience=1"],
        &["stopping=no-improvement"],
        &["stopping=never"],
        &["l1=0.001", "l2=0.001", "penalty-biases=true"],
        &["l1=0.001", "l2=0.001", "penalty-place=update"],
        &["l1=0.001", "penalty-place=damped-update"],
        &["l2=0.001", "penalty-sign=minus"],
        &["weights=last"],
        &["split=sequential", "validation=100", "batch_size=7"],
        &["shuffle=false", "validation=0.5"],
    ];
    let lab = Lab::new();
    for (index, own) in cases.iter().enumerate() {
        let out = format!("out-{index}");
        let settings = [&["epochs=2", "hidden=12"], *own].concat();
        lab.run("momentum", &settings, &["--out", &out]);
        let run = only_run(&lab, &out);
        let accuracy = run.test_accuracy.unwrap();
        let evaluated = evaluate(
            &lab,
            &format!("{out}/paper/momentum/seed-0/model.safetensors"),
        );
        let right = (accuracy * TEST as f64).round();
        let expected = format!(
            "test accuracy {:.2} % ({right} of {TEST}), loss {:.4}\n",
            100.0 * accuracy,
            run.test_loss.unwrap()
        );
        assert_eq!(evaluated, expected, "{own:?}");
        let metrics: Vec<EpochRow> = lab.csv(&format!("{out}/paper/momentum/seed-0/metrics.csv"));
        assert_eq!(metrics.len(), run.epochs_run as usize, "{own:?}");
        assert!(
            metrics.iter().all(|row| row.train_loss < 5.0),
            "{own:?}: {metrics:?}"
        );
    }
}

fn evaluate(lab: &Lab, model: &str) -> String {
    text(
        &lab.succeed_with_data(&["evaluate", "--model", model])
            .stdout,
    )
}

/// `--set` changes only the selected experiments: softmax regression starts from zeros, and could not have hidden
/// layers.
#[test]
fn settings_change_only_the_experiments_that_are_named() {
    let lab = Lab::new();
    let settings = ["epochs=1", "hidden=6,5", "lr=0.05"];
    lab.run("momentum", &settings, &["--out", "deep"]);
    assert_eq!(only_run(&lab, "deep").experiment, "momentum");
    let model = ModelFile::parse(&lab.bytes("deep/paper/momentum/seed-0/model.safetensors"));
    assert_eq!(model.tensors["fc2.weight"].shape, [5, 6]);
}

/// Also settings with many digits, which are read from `run.json` for the next run. A JSON parser that rounds twice (a
/// 17-digit integer, then a power of ten) gives other numbers for these two.
#[test]
fn the_same_settings_are_recognised() {
    let lab = Lab::new();
    for seed in ["0", "1"] {
        for lr in ["0.11376725643485543", "0.17385877177298525"] {
            let settings = ["epochs=1", &format!("lr={lr}")];
            lab.run("softmax", &settings, &["--out", lr, "--seeds", seed]);
        }
    }
}

#[test]
fn a_model_holds_its_precision_and_what_normalisation_was_fitted() {
    let cases: [(&str, Option<usize>); 5] = [
        ("per-image", None),
        ("global", Some(1)),
        ("per-pixel", Some(784)),
        ("unit", Some(1)),
        ("none", Some(1)),
    ];
    let lab = Lab::new();
    for (precision, dtype) in [("f32", Dtype::F32), ("f64", Dtype::F64)] {
        for (normalize, fitted) in cases {
            let settings = [
                "epochs=1".to_owned(),
                format!("precision={precision}"),
                format!("normalize={normalize}"),
            ];
            let settings = settings.each_ref().map(String::as_str);
            let out = format!("{precision}-{normalize}");
            lab.run("softmax", &settings, &["--out", &out]);
            let path = format!("{out}/paper/softmax/seed-0/model.safetensors");
            let model = ModelFile::parse(&lab.bytes(&path));
            let weights = &model.tensors["fc1.weight"];
            assert_eq!((weights.dtype, &*weights.shape), (dtype, &[10, 784][..]));
            for name in ["normalize.scale", "normalize.shift"] {
                let tensor = model.tensors.get(name);
                let found = tensor.map(|tensor| (tensor.dtype, tensor.shape.clone()));
                assert_eq!(found, fitted.map(|len| (Dtype::F64, vec![len])), "{path}");
            }
        }
    }
}

#[test]
fn dense_and_sparse_input_agree_to_rounding() {
    let lab = Lab::new();
    for (precision, tolerance) in [("precision=f32", 1e-3), ("precision=f64", 1e-9)] {
        let [dense, sparse] = ["dense", "sparse"].map(|form| {
            let out = format!("{precision}-{form}");
            let settings = ["epochs=2", precision, &format!("input={form}")];
            lab.run("momentum", &settings, &["--out", &out]);
            only_run(&lab, &out).val_loss.unwrap()
        });
        assert!(
            (dense - sparse).abs() < tolerance,
            "{precision}: {dense} and {sparse}"
        );
    }
}

#[test]
fn stopping_rules_stop_when_they_should() {
    let lab = Lab::new();
    // A step so large that the validation loss rises soon.
    let common = ["epochs=30", "lr=2", "patience=1", "hidden=16"];
    let stopped = ["consecutive", "no-improvement", "never"].map(|rule| {
        let stopping = format!("stopping={rule}");
        let settings = [&common[..], &[&stopping]].concat();
        lab.run("momentum", &settings, &["--out", rule]);
        let metrics: Vec<EpochRow> = lab.csv(&format!("{rule}/paper/momentum/seed-0/metrics.csv"));
        let losses: Vec<f64> = metrics.iter().map(|row| row.val_loss).collect();
        (only_run(&lab, rule), losses)
    });
    let [
        (consecutive, rising),
        (no_improvement, not_best),
        (never, all),
    ] = stopped;

    assert_eq!(
        (never.stop_reason, never.epochs_run),
        (RunEnd::MaxEpochs, 30)
    );
    assert_eq!(consecutive.stop_reason, RunEnd::EarlyStopping);
    let (last, before) = rising.split_last().unwrap();
    assert!(
        last > before.last().unwrap() && before.is_sorted_by(|a, b| a >= b),
        "{rising:?}"
    );
    assert_eq!(no_improvement.stop_reason, RunEnd::EarlyStopping);
    let (last, before) = not_best.split_last().unwrap();
    assert!(before.iter().any(|loss| loss <= last), "{not_best:?}");
    // Rules end a run and do not change it.
    for losses in [rising, not_best] {
        assert_eq!(all[..losses.len()], losses);
    }
}

// Divergence

/// A learning rate at which ReLU's loss diverges in the first epoch.
const DIVERGES: [&str; 3] = ["epochs=3", "lr=1000", "hidden=64,64,64"];

#[test]
fn a_run_that_diverges_at_once_is_a_result_without_a_model() {
    let lab = Lab::new();
    let table = lab.run("relu", &DIVERGES, &["--seeds", "0..2"]);
    assert!(table.contains("\nrelu  "), "{table}");
    let rows = lab.text("runs/paper/runs.csv");
    assert!(rows.contains("\nrelu,0,0,0,diverged,,,,,"), "{rows}");
    let runs: Vec<RunRow> = lab.csv("runs/paper/runs.csv");
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert_eq!(
            (run.stop_reason, run.epochs_run, run.best_epoch),
            (RunEnd::Diverged, 0, 0)
        );
        assert_eq!(
            (run.val_loss, run.test_loss, run.test_accuracy),
            (None, None, None)
        );
        let folder = format!("runs/paper/relu/seed-{}", run.seed);
        let metrics = lab.text(&format!("{folder}/metrics.csv"));
        assert_eq!(
            metrics,
            "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n"
        );
        assert!(!lab.path(&format!("{folder}/model.safetensors")).exists());
        let record: serde_json::Value =
            serde_json::from_str(&lab.text(&format!("{folder}/run.json"))).unwrap();
        let why = record["divergence"].as_str().unwrap();
        assert!(why.starts_with("diverged at epoch 1, step "), "{why}");
    }
    lab.succeed_with_data(&["report", "runs/paper"]);
    let report = lab.text("runs/paper/REPORT.md");
    assert!(
        report.contains("`relu` seed 1 diverged at epoch 1, step "),
        "{report}"
    );
    // The runs are complete, and not run again.
    let again = ["run", "relu", "--resume", "--seeds=0..2"].map(str::to_owned);
    let changes = DIVERGES.map(|it| format!("--set={it}"));
    let again = lab.succeed(&[&again[..], &changes, &DATA.map(str::to_owned)].concat());
    let stderr = text(&again.stderr);
    assert!(stderr.contains("2 of 2 runs are complete"), "{stderr}");
}

/// A suite of one experiment that diverges between two that do not.
#[test]
fn a_run_that_diverges_leaves_the_others_alone() {
    let lab = Lab::new();
    let experiment = |id: &str, lr: &str| {
        format!(
            "[[experiment]]\nid = \"{id}\"\ntitle = \"{id}\"\n\
             settings = {{ lr = {lr}, activation = \"relu\", epochs = 2, hidden = [64, 64, 64] }}\n"
        )
    };
    let suite = [
        &*paper_defaults(),
        &experiment("first", "0.1"),
        &experiment("wild", "1000"),
        &experiment("last", "0.05"),
    ];
    lab.write("three.toml", suite.concat().as_bytes());
    let words = ["run", "--suite", "three.toml", "--threads", "1"];
    let output = lab.succeed_with_data(&words);
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("wild seed 0: diverged at epoch 1, step "),
        "{stderr}"
    );
    let runs: Vec<RunRow> = lab.csv("runs/three/runs.csv");
    let reasons: Vec<_> = runs
        .iter()
        .map(|row| (&*row.experiment, row.stop_reason))
        .collect();
    assert_eq!(
        reasons,
        [
            ("first", RunEnd::MaxEpochs),
            ("wild", RunEnd::Diverged),
            ("last", RunEnd::MaxEpochs)
        ]
    );
    let summary: Vec<SummaryRow> = lab.csv("runs/three/summary.csv");
    let tested: Vec<bool> = summary
        .iter()
        .map(|row| row.test_accuracy_mean.is_some())
        .collect();
    assert_eq!(tested, [true, false, true]);

    let words = ["report", "runs/three"];
    lab.succeed_with_data(&words);
    let report = lab.text("runs/three/REPORT.md");
    assert!(
        report.contains("`wild` seed 0 diverged at epoch 1, step "),
        "{report}"
    );
    for name in ["curves-first", "curves-wild", "comparison", "confusion"] {
        let png = lab.bytes(&format!("runs/three/figures/{name}.png"));
        image::load_from_memory(&png).unwrap();
    }
}

#[test]
fn data_of_one_class_and_of_few_pixels_can_be_learned() {
    let lab = Lab::new();
    let [images, labels, test_images, test_labels] = small_files();
    // The same bytes as images of 4 × 4: 49 times as many, of which the first are kept.
    let cut = |file: &[u8], count: u32| {
        let mut small = file[..16 + 16 * count as usize].to_vec();
        for (place, n) in [(4, count), (8, 4), (12, 4)] {
            small[place..place + 4].copy_from_slice(&n.to_be_bytes());
        }
        small
    };
    lab.write("tiny/train-images-idx3-ubyte", &cut(&images, 600));
    lab.write(
        "tiny/train-labels-idx1-ubyte",
        &labels
            .iter()
            .enumerate()
            .map(|(i, &b)| if i < 8 { b } else { 0 })
            .collect::<Vec<_>>(),
    );
    lab.write("tiny/t10k-images-idx3-ubyte", &cut(&test_images, 200));
    lab.write(
        "tiny/t10k-labels-idx1-ubyte",
        &test_labels
            .iter()
            .enumerate()
            .map(|(i, &b)| if i < 8 { b } else { 0 })
            .collect::<Vec<_>>(),
    );
    let data = ["--data-dir", "tiny", "--checksums", "off", "--classes", "1"];
    let run = ["run", "softmax", "--set", "epochs=1"];
    lab.succeed(&[&run[..], &data].concat());
    assert_eq!(only_run(&lab, "runs").test_accuracy, Some(1.0));
    lab.succeed(&[&["report", "runs/paper"][..], &data].concat());
    assert!(lab.text("runs/paper/REPORT.md").contains(" 0 mistakes"));
}

/// The bytes of a file in a run's folder.
fn file(lab: &Lab, out: &str, name: &str) -> Vec<u8> {
    lab.bytes(&format!("{out}/paper/relu/seed-0/{name}"))
}

#[test]
fn a_run_from_saved_weights_is_the_same_run() {
    let lab = Lab::new();
    let own = [
        "--out",
        "own",
        "--save-init",
        "--log-steps",
        "--epochs",
        "2",
    ];
    lab.run("relu", &["hidden=12"], &own);
    let init = "own/paper/relu/seed-0/init.safetensors";
    let again = [
        "--out",
        "again",
        "--init-from",
        init,
        "--log-steps",
        "--epochs",
        "2",
    ];
    lab.run("relu", &["hidden=12"], &again);
    for name in [
        "metrics.csv",
        "steps.csv",
        "model.safetensors",
        "confusion.csv",
    ] {
        assert_eq!(file(&lab, "own", name), file(&lab, "again", name), "{name}");
    }
    // The source of the initial weights is recorded, and runs with different sources do not mix.
    let record = lab.text("again/paper/relu/seed-0/run.json");
    assert!(record.contains("\"init_from\""), "{record}");
    let drawn = [
        "run",
        "relu",
        "--set",
        "hidden=12",
        "--epochs",
        "2",
        "--out",
        "again",
    ];
    let drawn = [&drawn[..], &DATA].concat();
    lab.refuse(1, &drawn, &["different initial weights"]);

    // Other weights make another run; a step's loss is written for every step.
    let trained = "own/paper/relu/seed-0/model.safetensors";
    let further = ["--out", "further", "--init-from", trained, "--epochs", "2"];
    lab.run("relu", &["hidden=12"], &further);
    assert_ne!(
        file(&lab, "own", "metrics.csv"),
        file(&lab, "further", "metrics.csv")
    );
    let steps: Vec<lab_results::tables::StepRow> = lab.csv("own/paper/relu/seed-0/steps.csv");
    let epochs = steps.iter().map(|row| row.epoch).max();
    assert_eq!(epochs, Some(2));
    assert!(steps.iter().all(|row| row.loss > 0.0));

    let wider = ["run", "relu", "--set", "hidden=13", "--init-from", init];
    let wider = [&wider[..], &DATA].concat();
    lab.refuse(1, &wider, &["784–12–10", "784–13–10"]);
    for (change, found) in [
        ("activation=tanh", "expected activation = tanh, found relu"),
        (
            "normalize=global",
            "expected normalize = global, found per-image",
        ),
    ] {
        let words = [
            "run",
            "relu",
            "--set",
            "hidden=12",
            "--set",
            change,
            "--init-from",
            init,
        ];
        lab.refuse(1, &[&words[..], &DATA].concat(), &[found]);
    }
    // A run does not replace the model that it starts from.
    let own = [
        "run",
        "relu",
        "--set",
        "hidden=12",
        "--out",
        "own",
        "--replace",
        "--init-from",
        trained,
    ];
    let message = lab.fail(1, &[&own[..], &DATA].concat());
    assert!(
        message.contains("the runs would replace this input"),
        "{message}"
    );
    assert!(lab.path(trained).exists());
}

#[test]
fn the_last_weights_are_the_last() {
    let lab = Lab::new();
    // A learning rate so high that the validation loss fluctuates, and the best epoch is seldom the last.
    let wild = ["lr=3", "hidden=12", "epochs=6", "stopping=never"];
    lab.run("momentum", &wild, &["--out", "best"]);
    lab.run(
        "momentum",
        &[&wild[..], &["weights=last"]].concat(),
        &["--out", "last"],
    );
    let (best, last) = (only_run(&lab, "best"), only_run(&lab, "last"));
    let epochs: Vec<EpochRow> = lab.csv("last/paper/momentum/seed-0/metrics.csv");
    assert_eq!(best.best_epoch, last.best_epoch);
    assert_eq!(last.val_loss, Some(epochs[5].val_loss));
    assert_eq!(
        best.val_loss,
        Some(epochs[best.best_epoch as usize - 1].val_loss)
    );
}

#[test]
fn a_flipped_penalty_makes_weights_grow() {
    let lab = Lab::new();
    let run = |sign: &str, out: &str| {
        let settings = [
            "hidden=12",
            "epochs=8",
            "l2=1",
            "stopping=never",
            "weights=last",
            sign,
        ];
        lab.run("momentum", &settings, &["--out", out]);
        let model = lab.bytes(&format!("{out}/paper/momentum/seed-0/model.safetensors"));
        let model = lab_results::model::AnyModel::parse(&model).unwrap();
        let params = model.params::<f64>();
        params.as_slice().iter().map(|w| w * w).sum::<f64>()
    };
    assert!(run("penalty-sign=minus", "minus") > 2.0 * run("penalty-sign=plus", "plus"));
}
