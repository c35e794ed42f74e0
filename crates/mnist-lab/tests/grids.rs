//! Tests of grids on the command line and in suites: cells, runs, reports, and mistakes.

mod common;

use common::{Lab, paper_defaults, text};
use lab_results::tables::{RunRow, SummaryRow};

const GRID: [&str; 5] = [
    "relu",
    "--grid",
    "lr=0.05,0.1",
    "--grid",
    "hidden=[[8],[8,4]]",
];
const CELLS: [&str; 4] = [
    "relu_lr-0.05_hidden-8",
    "relu_lr-0.05_hidden-8-4",
    "relu_lr-0.1_hidden-8",
    "relu_lr-0.1_hidden-8-4",
];

/// The first word of each line that names a cell.
fn cells(listed: &str) -> Vec<&str> {
    let words = listed.lines().filter_map(|line| line.split(' ').next());
    words.filter(|word| word.contains("lr-")).collect()
}

#[test]
fn list_shows_the_cells_and_counts_them() {
    let lab = Lab::new();
    let output = lab.succeed(&[&["list"], &GRID[..]].concat());
    let listed = text(&output.stdout);
    assert_eq!(cells(&listed), CELLS);
    let count = "\n4 of 4 experiments are cells of a grid\n";
    assert!(listed.ends_with(count), "{listed}");
    let output = lab.succeed(&["list", "--grid", "momentum=0,0.5"]);
    assert!(text(&output.stdout).contains("\n12 of 12 experiments "));
}

#[test]
fn a_grid_runs_and_has_a_report() {
    let lab = Lab::new();
    let options = ["--epochs", "1", "--seeds", "0..2", "--quiet"];
    let words = [&["run"], &GRID[..], &options].concat();
    lab.succeed_with_data(&words);
    let summary: Vec<SummaryRow> = lab.csv("runs/paper/summary.csv");
    let ids: Vec<_> = summary.iter().map(|row| row.experiment.as_str()).collect();
    assert_eq!(ids, CELLS);
    let whole = lab.results("runs");
    lab.succeed_with_data(&[&words[..], &["--resume"]].concat());
    assert!(lab.results("runs") == whole);

    // Another grid, and an experiment without a grid, leave the first grid alone.
    let other = [
        "run",
        "relu",
        "--grid",
        "momentum=0,0.5",
        "--epochs",
        "1",
        "-q",
    ];
    lab.succeed_with_data(&other);
    lab.succeed_with_data(&["run", "softmax", "--epochs", "1", "-q"]);
    let summary: Vec<SummaryRow> = lab.csv("runs/paper/summary.csv");
    assert_eq!(summary.len(), 7);

    lab.succeed_with_data(&["report", "runs/paper"]);
    let report = lab.text("runs/paper/REPORT.md");
    for expected in [
        "\n## Best cells by validation loss\n",
        "\n### `relu`, lr × hidden\n\n4 cells with runs, of `lr: 0.05, 0.1`, `hidden: [8], [8, 4]`. ",
        "\n### `relu`, momentum\n",
        "](figures/grid-1.png)",
        "](figures/grid-2.png)",
        "\n| Softmax regression (`softmax`) |",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    assert!(
        !report.contains("`relu_momentum-0` was run with"),
        "{report}"
    );
    assert!(
        lab.text("runs/paper/report.html")
            .contains("<section id=\"grids\">")
    );

    let runs: Vec<RunRow> = lab.csv("runs/paper/runs.csv");
    let mean = |id: &str| {
        let losses: Vec<f64> = runs
            .iter()
            .filter(|run| run.experiment == id)
            .filter_map(|run| run.val_loss)
            .collect();
        losses.iter().sum::<f64>() / losses.len() as f64
    };
    let best = CELLS.into_iter().min_by(|a, b| mean(a).total_cmp(&mean(b)));
    let first = report.lines().find(|line| line.starts_with("| `relu_lr-"));
    assert!(
        first
            .unwrap()
            .starts_with(&format!("| `{}` |", best.unwrap()))
    );
}

#[test]
fn a_suite_with_a_grid_runs_under_its_own_ids() {
    let lab = Lab::new();
    let defaults = paper_defaults()
        .replace("epochs = 100", "epochs = 1")
        .replace("[128]", "[8]");
    let grid = "[grid]\nlr = [0.05, 0.1]\nactivation = [\"tanh\", \"relu\"]\nexclude = [{ lr = 0.1, activation = \"tanh\" }]\n";
    lab.write(
        "mine.toml",
        format!("data-set = \"any\"\n{defaults}{grid}").as_bytes(),
    );
    lab.succeed_with_data(&["run", "--suite", "mine.toml", "--quiet"]);
    let summary: Vec<SummaryRow> = lab.csv("runs/mine/summary.csv");
    let ids: Vec<_> = summary.iter().map(|row| row.experiment.as_str()).collect();
    let expected = [
        "lr-0.05_activation-tanh",
        "lr-0.05_activation-relu",
        "lr-0.1_activation-relu",
    ];
    assert_eq!(ids, expected);
    lab.succeed_with_data(&["report", "runs/mine"]);
    let report = lab.text("runs/mine/REPORT.md");
    assert!(
        report.contains("\n### The suite's defaults, lr × activation\n"),
        "{report}"
    );
    assert!(report.contains("`mnist-lab run --suite mine`"), "{report}");

    // Cells are named by their values.
    for option in [["--set", "lr=0.3"], ["--grid", "lr=0.3,0.4"]] {
        let words = [&["list", "--suite", "mine.toml"][..], &option].concat();
        let expected = format!("{}: the suite's grid varies `lr` too", option[0]);
        lab.refuse(2, &words, &[&expected]);
    }
    lab.succeed(&["list", "--suite", "mine.toml", "--set", "momentum=0.5"]);
}

#[test]
fn grids_that_cannot_be_used_are_named() {
    let lab = Lab::with_results();
    let long = "penalty-place=gradient,damped-update";
    let cases: [(&[&str], &str); 9] = [
        (
            &["depth=1,2"],
            "cell `relu_depth-1`: unknown setting `depth`",
        ),
        (&["lr="], "`lr` has no values"),
        (&["lr"], "`lr` is not a list of values; expected KEY=VALUE"),
        (&["lr=0.1,0"], "cell `relu_lr-0`: lr is 0"),
        (&["lr=0.1,0.10"], "`lr` has the value `0.1` twice"),
        (&["lr=0.1", "lr=0.2"], "`lr` is there twice"),
        (
            &[long, "penalty-biases=true", "normalize=per-image"],
            "characters; expected at most 64",
        ),
        (&["init=zeros"], "cell `relu_init-zeros`: init is zeros"),
        (&["momentum=0,0.5"], "`momentum` is also in --set"),
    ];
    for (lists, expected) in cases {
        for command in ["run", "list"] {
            let mut words = vec![command, "relu"];
            words.extend(lists.iter().flat_map(|list| ["--grid", list]));
            if lists[0].starts_with("momentum") {
                words.extend(["--set", "momentum=0.9"]);
            }
            lab.refuse(2, &words, &["--grid: ", expected]);
        }
    }
}

#[test]
fn a_large_grid_is_asked_for_twice() {
    let lab = Lab::with_results();
    let words = ["run", "relu", "--grid", "lr=0.05,0.1", "--seeds", "0..501"];
    let expected = "1002 runs: 2 cells with 501 seeds; add --yes for more than 1000";
    lab.refuse(2, &words, &[expected]);
    // Then the next check fails.
    let yes = [&words[..], &["--yes", "--data-dir", "nowhere"]].concat();
    lab.refuse(1, &yes, &["nowhere"]);
    // Without a grid, there is no limit.
    let plain = ["run", "relu", "--seeds", "0..1001", "--data-dir", "nowhere"];
    lab.refuse(1, &plain, &["nowhere"]);
}
