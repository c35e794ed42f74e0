//! Tests of `mnist-lab gradcheck` and `mnist-lab report`.

mod common;

use std::collections::BTreeSet;

use common::{DATA, ESCAPE, Lab, text};
#[allow(dead_code)]
#[path = "../src/console.rs"]
mod console;
use image::ImageFormat;
use lab_claims::{ClaimRow, Verdict};
use lab_results::tables::{GradcheckPart, GradcheckRow, SummaryRow};

#[test]
fn the_gradient_check_prints_and_writes_the_papers_table() {
    let lab = Lab::new();
    let output = lab.succeed_with_data(&["gradcheck", "--out", "runs/paper"]);
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with("Table 1 of the paper"), "{stdout}");
    assert!(!stdout.contains(ESCAPE), "{stdout}");
    assert!(text(&output.stderr).starts_with("comparing "));

    let rows: Vec<GradcheckRow> = lab.csv("runs/paper/gradcheck.csv");
    let table_1: Vec<_> = rows
        .iter()
        .filter(|row| row.part == GradcheckPart::Table1)
        .collect();
    assert_eq!(table_1.len(), 6);
    for row in table_1 {
        assert!(row.absolute < row.paper_absolute.unwrap(), "{row:?}");
        assert!(stdout.contains(&row.weight), "{stdout}");
    }
    let all: Vec<_> = rows
        .iter()
        .filter(|row| row.part == GradcheckPart::AllWeights)
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

#[test]
fn runs_with_other_settings_judge_no_claim() {
    let lab = Lab::new();
    lab.succeed_with_data(&["run", "softmax", "--set", "lr=0.02", "--seeds", "0..2"]);
    let output = lab.succeed_with_data(&["report", "runs/paper"]);
    assert!(!text(&output.stdout).contains("92.51"));
    let report = lab.text("runs/paper/REPORT.md");
    assert!(
        report
            .contains("`softmax` was run with settings that differ from the suite's: `data = another data set`, `lr = 0.02`.")
    );
    assert!(!report.contains("claims of the paper") && !report.contains("92.51"));
    assert!(!report.contains("cargo xtask reproduce"), "{report}");
    assert!(!lab.path("runs/paper/claims.csv").exists());

    // A default, where the suite has another value.
    let words = "run l2_watched --suite readings --set epochs=1 --set stopping-loss=data";
    lab.succeed_with_data(&words.split(' ').collect::<Vec<_>>());
    lab.succeed_with_data(&["report", "runs/readings"]);
    let report = lab.text("runs/readings/REPORT.md");
    assert!(report.contains("`stopping-loss = \"data\"`."), "{report}");
}

#[test]
fn a_figure_of_models_that_are_gone_is_kept_and_otherwise_they_are_named() {
    let lab = Lab::new();
    lab.succeed_with_data(&["run", "momentum", "l2", "--set", "epochs=1", "--quiet"]);
    let figure = "(figures/weights.png)";
    lab.succeed_with_data(&["report", "runs/paper"]);
    let before = lab.snapshot("runs/paper");
    assert!(lab.text("runs/paper/REPORT.md").contains(figure));
    let gone = |path: &std::path::Path| path.ends_with("model.safetensors");
    for run in ["momentum/seed-0", "l2/seed-0"] {
        std::fs::remove_file(lab.path(&format!("runs/paper/{run}/model.safetensors"))).unwrap();
    }
    lab.succeed_with_data(&["report", "runs/paper"]);
    let mut left = before.clone();
    left.retain(|path, _| !gone(path));
    common::assert_same(&left, &lab.snapshot("runs/paper"));
    // With other models, the figure is drawn again from the models in the earlier report's page.
    let record = lab.text("runs/paper/report.json");
    let other = record.replacen("\"momentum/seed-0\": \"", "\"momentum/seed-0\": \"0", 1);
    assert_ne!(record, other);
    lab.write("runs/paper/report.json", other.as_bytes());
    lab.succeed_with_data(&["report", "runs/paper"]);
    let report = lab.text("runs/paper/REPORT.md");
    assert!(report.contains(figure), "{report}");
    let sentence = "The weights of `l2/seed-0` are not drawn";
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
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with(&console::summary(&summary)), "{stdout}");
    // Long lines are wrapped.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for claim in &claims {
        let line = format!("{}: {} ({})", claim.section, claim.claim, claim.claimed);
        assert!(words(&stdout).contains(&words(&line)), "{line}: {stdout}");
    }
    let decided = |claim: &&ClaimRow| claim.verdict != Verdict::Undecided;
    assert!(claims.iter().any(|claim| decided(&claim)), "{claims:?}");
    assert_eq!(
        stdout.lines().last().unwrap(),
        "exploratory seeds 0, 1; the verdict is in the report of suite confirmatory"
    );

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
    let stderr = text(&lab.end(1, &words).stderr);
    assert!(
        stderr.contains("error: 4 of 4 claims are undecided or not reproduced"),
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
        "## Effects of other readings",
        "| *the paper* | 95.79 % |",
        "| as written |",
        "This page shows other readings of the paper, with ",
        "| the penalty's sign flipped (`minus`) |",
        "| λ divided by the batch size (`per-batch`) |",
        "figures/readings-l2.png",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
}
