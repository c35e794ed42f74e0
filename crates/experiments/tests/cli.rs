//! The program as a person at a terminal meets it: its words, its streams and its files.

mod common;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::process::Stdio;

use common::{DATA, Lab, ModelFile, NAMES, TEST, small_files, test_image, text};
use experiments::claims::Verdict;
use experiments::console;
use experiments::tables::{
    ClaimRow, ConfusionRow, EpochRow, GradcheckRow, MistakeRow, RunRow, SummaryRow, TimingRow,
};
use image::{DynamicImage, GrayImage, ImageFormat};
use predicates::prelude::*;
use safetensors::tensor::Dtype;
use sha2::{Digest, Sha256};

const PAPER: [&str; 6] = ["softmax", "momentum", "l2", "l1", "sigmoid", "relu"];

const SUBCOMMANDS: [&str; 7] = [
    "list",
    "run",
    "gradcheck",
    "report",
    "evaluate",
    "predict",
    "completions",
];

/// Begins every sequence that colours or moves in a terminal.
const ESCAPE: char = '\x1b';

// The words

#[test]
fn the_version_is_the_crates() {
    let expected = format!("mnist-lab {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&Lab::new().succeed(&["--version"]).stdout), expected);
}

#[test]
fn every_help_has_an_example() {
    let lab = Lab::new();
    let help = text(&lab.succeed(&["--help"]).stdout);
    for name in SUBCOMMANDS {
        assert!(help.contains(&format!("\n  {name} ")), "{name}: {help}");
        let help = text(&lab.succeed(&[name, "--help"]).stdout);
        let example = help.split("Example").nth(1).unwrap_or_default();
        let shown = example.contains(&format!("  mnist-lab {name}"));
        assert!(shown, "{name}: {help}");
        assert!(!help.contains(ESCAPE), "{help}");
    }
}

#[test]
fn completions_know_the_subcommands() {
    let lab = Lab::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&lab.succeed(&["completions", shell]).stdout);
        for name in SUBCOMMANDS {
            assert!(script.contains(name), "{shell}: {name}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("mnist-lab"))
        .arg("list")
        .stdout(Stdio::from(writer))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

// list

#[test]
fn list_shows_the_papers_six_experiments() {
    let output = Lab::new().succeed(&["list"]);
    assert_eq!(text(&output.stderr), "");
    let table = text(&output.stdout);
    assert!(!table.contains(ESCAPE), "{table}");
    let rows: Vec<&str> = table
        .lines()
        .skip_while(|line| !line.starts_with("experiment "))
        .skip(1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(rows, PAPER);
    assert!(table.contains("97.69 %"), "{table}");
}

/// What `list --settings` prints, as a suite file.
fn as_suite(settings: &str) -> String {
    let mut suite = "title = \"Mine\"\n".to_owned();
    for line in settings.lines() {
        match line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(": "))
        {
            Some((id, title)) => suite.push_str(&format!(
                "[[experiment]]\nid = {id:?}\ntitle = {title:?}\n[experiment.settings]\n"
            )),
            None => suite.push_str(&format!("{line}\n")),
        }
    }
    suite
}

#[test]
fn listed_settings_are_toml_and_make_a_suite_of_their_own() {
    let lab = Lab::new();
    let words = [
        "list",
        "--settings",
        "--set",
        "lr=0.25",
        "--set",
        "epochs=7",
    ];
    let settings = text(&lab.succeed(&words).stdout);
    let suite = as_suite(&settings);
    let table: toml::Table = suite.parse().unwrap();
    let experiments = table["experiment"].as_array().unwrap();
    assert_eq!(experiments.len(), PAPER.len());
    for experiment in experiments {
        assert_eq!(experiment["settings"]["lr"].as_float(), Some(0.25));
        assert_eq!(experiment["settings"]["epochs"].as_integer(), Some(7));
    }
    lab.write("mine.toml", suite.as_bytes());
    let words = ["list", "--suite", "mine.toml", "--settings"];
    assert_eq!(text(&lab.succeed(&words).stdout), settings);
}

// run

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
    assert_eq!(last, ["results are in runs/paper"]);
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

/// That the files of a run agree with its line in `runs.csv`.
fn check_run(lab: &Lab, folder: &str, row: &RunRow) {
    assert_eq!((row.epochs_run, &*row.stop_reason), (2, "max-epochs"));
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

/// That a model has PyTorch's names and shapes.
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
    let card: serde_json::Value = serde_json::from_str(model.card.as_ref().unwrap()).unwrap();
    assert_eq!(card["experiment"], *row.experiment);
    assert_eq!(card["seed"], row.seed);
    assert_eq!(card["epoch"], row.best_epoch);
    assert_eq!(card["image"], serde_json::json!([28, 28]));
}

#[test]
fn quiet_leaves_standard_error_empty() {
    let lab = Lab::new();
    let words = ["run", "softmax", "--set", "epochs=1", "--quiet"];
    let output = lab.succeed_with_data(&words);
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).starts_with("experiment  runs  test accuracy"));
    let output = lab.succeed_with_data(&["-q", "report", "runs/paper"]);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn output_that_is_no_terminal_has_no_colour() {
    let lab = Lab::new();
    let words = [&["run", "softmax", "--set", "epochs=1"][..], &DATA].concat();
    let plain = || predicate::str::contains(ESCAPE).not();
    for no_color in [None, Some("1")] {
        for words in [
            &words[..],
            &["run", "--no-such-option"],
            &["run", "no-such"],
        ] {
            let mut command = lab.command(words);
            command.envs(no_color.map(|value| ("NO_COLOR", value)));
            command.assert().stdout(plain()).stderr(plain());
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
    // Twelve classes do not fit the figure of ten, and the report goes without.
    lab.succeed(&[&["report", "elsewhere/mine"][..], &data].concat());
    assert!(lab.path("elsewhere/mine/figures/mistakes.svg").exists());
    assert!(!lab.path("elsewhere/mine/figures/confusion.svg").exists());
    assert!(!lab.path("runs").exists());
}

// gradcheck

/// Twice at once, since it takes a while.
#[test]
fn the_gradient_check_prints_and_writes_the_papers_table() {
    let [lab, again] = [Lab::new(), Lab::new()];
    let words = ["gradcheck", "--out", "runs/paper"];
    let (output, quiet) = std::thread::scope(|scope| {
        let quiet = scope.spawn(|| again.succeed_with_data(&[&words[..], &["-q"]].concat()));
        (lab.succeed_with_data(&words), quiet.join().unwrap())
    });
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with("Table 1 of the paper"), "{stdout}");
    assert!(!stdout.contains(ESCAPE), "{stdout}");
    assert!(text(&output.stderr).starts_with("comparing "));
    assert_eq!(
        (text(&quiet.stdout), text(&quiet.stderr)),
        (stdout.clone(), String::new())
    );
    assert_eq!(lab.snapshot("runs"), again.snapshot("runs"));

    let rows: Vec<GradcheckRow> = lab.csv("runs/paper/gradcheck.csv");
    let table_1: Vec<_> = rows.iter().filter(|row| row.part == "table-1").collect();
    assert_eq!(table_1.len(), 6);
    for row in table_1 {
        assert!(row.absolute < row.paper_absolute.unwrap(), "{row:?}");
        assert!(stdout.contains(&row.weight), "{stdout}");
    }
    let all: Vec<_> = rows
        .iter()
        .filter(|row| row.part == "all-weights")
        .collect();
    let networks: BTreeSet<_> = all.iter().map(|row| &row.network).collect();
    assert!(networks.len() > 1, "{networks:?}");
    for row in all {
        assert!(row.relative < 1e-4, "{row:?}");
    }

    lab.run("softmax", &["epochs=1"], &[]);
    lab.succeed_with_data(&["report", "runs/paper"]);
    assert!(
        lab.text("runs/paper/REPORT.md")
            .contains("\n## Gradient check\n")
    );
}

// report

#[test]
fn runs_with_other_settings_judge_no_claim() {
    let lab = Lab::new();
    lab.succeed_with_data(&["run", "softmax", "--set", "lr=0.02", "--seeds", "0..2"]);
    let output = lab.succeed_with_data(&["report", "runs/paper"]);
    assert!(!text(&output.stdout).contains("92.51 %"));
    let report = lab.text("runs/paper/REPORT.md");
    assert!(
        report.contains("`softmax` was run with other settings than the suite's, `lr = 0.02`:")
    );
    assert!(!report.contains("claims of the paper") && !report.contains("92.51 %"));
    assert!(!report.contains("cargo xtask reproduce"), "{report}");
    assert!(!lab.path("runs/paper/claims.csv").exists());
}

#[test]
fn the_report_says_which_weights_it_could_not_draw() {
    let lab = Lab::new();
    lab.succeed_with_data(&["run", "momentum", "l2", "--set", "epochs=1", "--quiet"]);
    let figure = "(figures/weights.png)";
    lab.succeed_with_data(&["report", "runs/paper"]);
    assert!(lab.text("runs/paper/REPORT.md").contains(figure));
    for run in ["momentum/seed-0", "l2/seed-0"] {
        std::fs::remove_file(lab.path(&format!("runs/paper/{run}/model.safetensors"))).unwrap();
    }
    lab.succeed_with_data(&["report", "runs/paper"]);
    let report = lab.text("runs/paper/REPORT.md");
    assert!(!report.contains(figure), "{report}");
    let sentence = "weights of `momentum/seed-0`, `l2/seed-0` are not drawn";
    assert!(report.contains(sentence), "{report}");
}

#[test]
fn the_report_has_its_figures() {
    let lab = Lab::new();
    lab.write_short_suite();
    let suite = ["--suite", "paper.toml", "--seeds", "0..2"];
    lab.succeed_with_data(&[&["run", "softmax", "momentum"], &suite[..]].concat());
    let output = lab.succeed_with_data(&["report", "runs/paper"]);
    assert_eq!(text(&output.stderr), "wrote runs/paper/REPORT.md\n");
    let summary: Vec<SummaryRow> = lab.csv("runs/paper/summary.csv");
    let claims: Vec<ClaimRow> = lab.csv("runs/paper/claims.csv");
    assert_eq!(
        text(&output.stdout),
        format!(
            "{}\n{}",
            console::summary(&summary),
            console::claims(&claims)
        )
    );
    assert!(claims.iter().all(|claim| claim.verdict != Verdict::Open));

    let report = lab.text("runs/paper/REPORT.md");
    for row in &summary {
        let accuracy = format!("{:.2} ± ", 100.0 * row.test_accuracy_mean.unwrap());
        assert!(report.contains(&accuracy), "{accuracy}: {report}");
    }
    assert!(!report.contains("## Gradient check"), "{report}");

    let mut linked: Vec<&str> = report
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter_map(|target| target.strip_prefix("figures/"))
        .collect();
    linked.sort_unstable();
    let figures = lab.snapshot("runs/paper/figures");
    let files: Vec<&str> = figures.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(linked, files);
    assert_eq!(
        files,
        [
            "comparison.png",
            "comparison.svg",
            "confusion.png",
            "confusion.svg",
            "figure-1-softmax.png",
            "figure-1-softmax.svg",
            "figure-2-momentum.png",
            "figure-2-momentum.svg",
            "mistakes.png",
            "mistakes.svg",
        ]
    );
    for (path, bytes) in &figures {
        if path.extension().unwrap() == "svg" {
            let svg = text(bytes);
            assert!(
                svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"),
                "{path:?}"
            );
        } else {
            let picture = image::load_from_memory_with_format(bytes, ImageFormat::Png)
                .unwrap()
                .to_luma8();
            let dark = picture.pixels().filter(|pixel| pixel.0[0] < 128).count();
            assert!(dark > 1000, "{path:?}: {dark} dark pixels");
        }
    }
}

#[test]
fn a_strict_report_fails_unless_all_claims_are_reproduced() {
    let lab = Lab::new();
    lab.write_short_suite();
    lab.run("softmax", &[], &["--suite", "paper.toml"]);
    lab.succeed_with_data(&["report", "runs/paper"]);
    let words = [&["report", "--strict", "runs/paper"][..], &DATA].concat();
    let assert = lab.command(&words).assert().code(1);
    let stderr = text(&assert.get_output().stderr);
    assert!(
        stderr.contains("error: 3 of 3 claims are open or not reproduced"),
        "{stderr}"
    );
}

#[test]
fn readings_have_their_table_and_figure() {
    let lab = Lab::new();
    let words = [
        "run",
        "l2",
        "l2_minus",
        "l2_per-batch",
        "--suite",
        "paper.toml",
        "--seeds",
        "0..2",
    ];
    lab.write_short_suite();
    lab.succeed_with_data(&words);
    lab.succeed_with_data(&["report", "runs/paper"]);
    let report = lab.text("runs/paper/REPORT.md");
    for expected in [
        "## What other readings of the paper change",
        "| *the paper* | 95.79 % |",
        "| as written |",
        "| the penalty's sign flipped (`minus`) |",
        "| λ divided by the batch size (`per-batch`) |",
        "figures/readings-l2.png",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
}

// evaluate

#[test]
fn evaluate_says_what_the_run_said() {
    let lab = Lab::with_model("relu", &["hidden=32"]);
    let output = lab.succeed_with_data(&["evaluate", "--model", "model.safetensors"]);
    let run = lab.csv::<RunRow>("runs/paper/runs.csv").remove(0);
    let accuracy = run.test_accuracy.unwrap();
    let right = (accuracy * TEST as f64).round();
    assert_eq!(
        text(&output.stdout),
        format!(
            "test accuracy {:.2} % ({right} of {TEST}), loss {:.4}\n",
            100.0 * accuracy,
            run.test_loss.unwrap()
        )
    );
    assert_eq!(text(&output.stderr), "");
}

// predict

/// A test image as a picture, light on dark as MNIST has it or dark on light.
fn picture(index: usize, dark_on_light: bool, format: ImageFormat) -> Vec<u8> {
    let invert = |&pixel: &u8| if dark_on_light { 255 - pixel } else { pixel };
    let pixels = test_image(index).iter().map(invert).collect();
    let image = DynamicImage::from(GrayImage::from_raw(28, 28, pixels).unwrap());
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// `predict --csv` as rows: the picture, the class, the probabilities.
fn predictions(csv: &[u8]) -> Vec<(String, usize, Vec<f64>)> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(header, "image,class,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9");
    let row = |record: csv::StringRecord| {
        let numbers = record.iter().skip(2).map(|cell| cell.parse().unwrap());
        (
            record[0].to_owned(),
            record[1].parse().unwrap(),
            numbers.collect(),
        )
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

#[test]
fn pictures_are_classified_dark_on_light_and_light_on_dark() {
    const PICTURES: usize = 20;
    let lab = Lab::with_model("momentum", &[]);
    let mut words = vec!["predict".to_owned(), "--model=model.safetensors".to_owned()];
    for index in 0..PICTURES {
        for (name, dark_on_light) in [("light", false), ("dark", true)] {
            let name = format!("{name}-{index}.png");
            lab.write(&name, &picture(index, dark_on_light, ImageFormat::Png));
            words.push(name);
        }
    }
    let lines = text(&lab.succeed(&words).stdout);
    words.push("--csv".to_owned());
    let output = lab.succeed(&words);
    assert_eq!(text(&output.stderr), "");
    let rows = predictions(&output.stdout);
    assert_eq!(
        (rows.len(), lines.lines().count()),
        (2 * PICTURES, 2 * PICTURES)
    );

    let mistakes: Vec<MistakeRow> = lab.csv("runs/paper/momentum/seed-0/mistakes.csv");
    let labels = &small_files()[3][8..];
    let mut as_tested = 0;
    for (index, pair) in rows.chunks(2).enumerate() {
        assert_eq!(pair[0].0, format!("light-{index}.png"));
        assert_eq!(pair[1].0, format!("dark-{index}.png"));
        assert_eq!((pair[0].1, &pair[0].2), (pair[1].1, &pair[1].2), "{index}");
        let mistake = mistakes.iter().find(|row| row.image == index);
        let tested = mistake.map_or(labels[index], |row| row.predicted);
        as_tested += usize::from(usize::from(tested) == pair[0].1);
    }
    // MNIST's own pictures pass almost unchanged.
    assert!(as_tested >= PICTURES - 1, "{as_tested}");
    for ((name, class, probabilities), line) in rows.iter().zip(lines.lines()) {
        assert!(
            (probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6,
            "{name}"
        );
        assert!(
            probabilities.iter().all(|p| *p <= probabilities[*class]),
            "{name}"
        );
        let percent = 100.0 * probabilities[*class];
        let expected = format!("{name}: {class} ({percent:.1} %), then ");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn jpeg_is_read_by_content_and_not_by_name() {
    let lab = Lab::with_model("momentum", &["epochs=8"]);
    lab.write("7.png", &picture(0, true, ImageFormat::Jpeg));
    let output = lab.succeed(&["predict", "--model", "model.safetensors", "7.png"]);
    assert!(text(&output.stdout).starts_with("7.png: 7 ("), "{output:?}");
}

#[test]
fn a_missing_picture_does_not_stop_the_others() {
    let lab = Lab::with_model("softmax", &[]);
    lab.write("a.png", &picture(0, true, ImageFormat::Png));
    lab.write("b.png", &picture(1, true, ImageFormat::Png));
    // Also where the missing one is the first, whose line would follow the header.
    for pictures in [["a.png", "no.png", "b.png"], ["no.png", "a.png", "b.png"]] {
        let words = [
            &["predict", "--model", "model.safetensors", "--csv"][..],
            &pictures,
        ]
        .concat();
        let assert = lab.command(&words).assert().code(1);
        let output = assert.get_output();
        let rows = predictions(&output.stdout);
        let names: Vec<&str> = rows.iter().map(|row| &*row.0).collect();
        assert_eq!(names, ["a.png", "b.png"]);
        let stderr = text(&output.stderr);
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{stderr}");
        assert!(
            lines[0].starts_with("error: no.png: cannot be read: "),
            "{stderr}"
        );
        assert!(lines[1].starts_with("error: 1 of 3 pictures "), "{stderr}");
    }
}
