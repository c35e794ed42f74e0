use lab_results::suite::{Cell, Varied};

use super::*;
use crate::committed;
use crate::figure::NamedFigure;

fn report(findings: &Findings, figures: &[NamedFigure]) -> String {
    runs_report(findings, &Lead::of_runs(findings), figures, &[], None).unwrap()
}

fn part<'a>(page: &'a str, heading: &str) -> &'a str {
    let from = page.find(heading).expect(heading);
    let rest = &page[from + heading.len()..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

/// Some figures of the committed page need models, so only the other parts are compared.
#[test]
fn the_committed_page_is_written_again() {
    let page = report(&committed::paper(), &[]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../results/paper/REPORT.md");
    let committed = std::fs::read_to_string(path).unwrap();
    let headings = committed.lines().filter(|line| line.starts_with("## "));
    for heading in headings.filter(|&heading| heading != "## Figures") {
        assert_eq!(part(&page, heading), part(&committed, heading));
    }
}

/// The tables cut intervals of epochs at the maximum; the numbers that judge do not.
#[test]
fn intervals_of_epochs_end_at_the_maximum() {
    let mut findings = committed::paper();
    let page = report(&findings, &[]);
    for shown in ["| 24 (11 to 55) | 3 to 100 |", "| 56 (30 to 100) |"] {
        assert!(page.contains(shown), "{shown}");
    }
    let claims = findings.claims.take().unwrap();
    let rows = claims.judged.claim_rows();
    let row = rows
        .iter()
        .find(|it| it.claim == "Softmax regression: stopped at epoch");
    assert!(row.unwrap().one_run_high > Some(180_f64.ln() - 0.01));
    let l1 = crate::drawings::own_row(&findings.experiments[3]);
    assert_eq!((l1.id.as_str(), l1.max_epochs), ("l1", 100));
    let (_, _, high) = l1.stopped.interval.unwrap();
    assert!((high - 100.0).abs() < 1e-9, "{high}");
}

#[test]
fn what_is_missing_leaves_nothing_behind() {
    let mut findings = committed::paper();
    findings.experiments.clear();
    findings.gradcheck.clear();
    findings.claims = None;
    findings.verdicts = None;
    findings.best = None;
    findings.name = "mine|".to_owned();
    let page = report(&findings, &[]);
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings[1..],
        [
            "## Figures",
            "## Runs and data",
            "## Reproducibility checklist"
        ]
    );
    assert!(!page.contains("\n\n\n"), "{page}");
    assert!(page.contains("To repeat the runs: `mnist-lab run --suite mine\\|`, or "));
    assert!(
        page.contains("| all are listed above |") && page.contains("| 0 runs, 0 epochs in total;")
    );
}

#[test]
fn what_is_unusual_is_said_and_every_text_stays_text() {
    let mut findings = committed::paper();
    findings.title = "<b>*_x_*".to_owned();
    let missing = ["a_b/seed-0".to_owned(), "c/seed-0".to_owned()];
    let experiment = &mut findings.experiments[0];
    experiment.record.section = None;
    experiment.altered = vec!["lr = 0.02".to_owned()];
    experiment.runs[1].record.divergence = Some("diverged *here*".to_owned());
    let kink = findings.gradcheck[0].clone();
    findings.gradcheck = vec![
        lab_results::tables::GradcheckRow {
            part: lab_results::tables::GradcheckPart::Kink,
            weight: "w[1, 2]|".to_owned(),
            ..kink
        };
        10
    ];
    let figure = lab_figures::confusion("", &[[1; 10]; 10], None).unwrap();
    let figures = [NamedFigure {
        name: "curves-a_b".to_owned(),
        caption: "a_b".to_owned(),
        says: "c_d".to_owned(),
        figure: Some(figure),
    }];
    let lead = Lead::of_runs(&findings);
    let page = runs_report(&findings, &lead, &figures, &missing, None).unwrap();
    for expected in [
        "# &lt;b&gt;\\*\\_x\\_\\*\n",
        "| Softmax regression (`softmax`) | – | 5 |",
        "\n\n`softmax` was run with settings that differ from the suite's: `lr = 0.02`. So it is",
        "\n\n`softmax` seed 1 diverged \\*here\\*.\n\n## Figures\n",
        "\n\n![a\\_b](figures/curves-a_b.png)\n\n*a\\_b* ([SVG](figures/curves-a_b.svg)). c\\_d\n\n",
        "\n\nThe weights of `a_b/seed-0`, `c/seed-0` are not drawn: ",
        ": 10 weights for which",
        "| `w[1, 2]\\|` |",
        "\n\nThe other 2 are in `gradcheck.csv`.\n\nWould these checks",
        "| Hyperparameters | all are listed above |",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains("To repeat the runs"), "{page}");
}

#[test]
fn classes_are_called_by_their_names() {
    let findings = committed::paper();
    let fashion = mnist_data::known::KnownSet::named("Fashion-MNIST").unwrap();
    let worst = |names| {
        let lead = Lead::of_runs(&findings);
        let page = runs_report(&findings, &lead, &[], &[], names).unwrap();
        let rows = part(&page, "## The best model")
            .lines()
            .skip_while(|line| !line.contains("--:"));
        rows.skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let (digits, names) = (worst(None), worst(fashion.class_names));
    assert_eq!(digits.len(), names.len());
    // For example, class 5 is Sandal and class 3 is Dress.
    let cells: Vec<&str> = digits[0].split(" | ").collect();
    let name = |cell: &str| {
        let class: usize = cell.trim_start_matches("| ").parse().unwrap();
        fashion.class_names.unwrap()[class]
    };
    let expected = format!("| {} | {} | {}", name(cells[0]), name(cells[1]), cells[2]);
    assert_eq!(names[0], expected);
}

/// The committed experiments with a hidden layer, as if they were cells of two grids.
#[test]
fn grids_have_their_best_cells_and_figures() {
    let mut findings = committed::paper();
    findings.experiments.remove(0);
    findings.claims = None;
    let first = findings.experiments[0].settings().clone();
    for (i, experiment) in findings.experiments.iter_mut().enumerate() {
        for run in &mut experiment.runs {
            run.record.settings = first.clone();
            run.record.settings.lr = 0.5 + i as f64;
        }
        let varied = |setting: &str, value: usize| Varied {
            setting: setting.to_owned(),
            value: value.to_string(),
        };
        experiment.record.cell = Some(Cell {
            of: (i < 4).then(|| "mo_mentum".to_owned()),
            varies: vec![varied("lr", i % 2), varied("l1", i / 2)],
        });
    }
    findings.experiments[1].rows[2].val_loss = None;
    let page = report(&findings, &[]);
    let said = part(&page, "## Best cells by validation loss");
    for expected in [
        "\n\n### `mo_mentum`, lr × l1\n\n4 cells with runs, of `lr: 0, 1`, `l1: 0, 1`.\n\n| cell | lr | l1 | runs |",
        "\n\n### The suite's defaults, lr × l1\n\n1 cell with runs, of `lr: 0`, `l1: 2`.\n\n",
        "| `l2` | 1 | 0 | 5 | – |",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let order = ["`sigmoid`", "`momentum`", "`l1`", "`l2`"].map(|id| said.find(&format!("| {id}")));
    assert!(order.is_sorted() && order[0].is_some(), "{said}");
    assert!(
        !page.contains("| section | runs |") && !page.contains("\n\n\n"),
        "{page}"
    );
    assert!(
        page.contains("| `sigmoid` | 0, 1, 2, 3, 4 | as `momentum`, but "),
        "{page}"
    );

    // A cell with other settings than the grid's is ranked separately.
    let mut unlike = findings.clone();
    for run in &mut unlike.experiments[3].runs {
        run.record.settings.epochs = 9;
    }
    let page = report(&unlike, &[]);
    for expected in [
        "3 cells with runs, of `lr: 0, 1`",
        "1 cell with runs, of `lr: 1`, `l1: 1`",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }

    let no_images = mnist_data::Images::new(0, 28, 28, Vec::new()).unwrap();
    let test = mnist_data::LabelledImages::new(no_images, Vec::new()).unwrap();
    let figures = crate::drawings::draw(&findings, None, &test, None).unwrap();
    let names: Vec<_> = figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["grid-1", "confusion"]);
}

/// The committed results of the first seed.
#[test]
fn one_seed_leaves_claims_undecided() {
    let mut findings = committed::paper();
    for experiment in &mut findings.experiments {
        experiment.rows.truncate(1);
    }
    let rows = findings.experiments.iter().flat_map(|e| e.rows.clone());
    let runs = lab_claims::Runs::new(rows);
    let claims = findings.claims.as_mut().unwrap();
    let (rules, experiments) = (&claims.rules, &claims.experiments);
    claims.judged = lab_claims::judge(rules, experiments, &runs, &claims.gradients);
    let tally = claims.judged.tally();
    assert!(
        tally.starts_with("6 printed results: 6 undecided; "),
        "{tally}"
    );
    let page = report(&findings, &[]);
    let said = part(&page, "## The paper's claims");
    let line = "\n- Undecided: ReLU: test accuracy (§ 6.2); it needs at least two seeds.\n";
    assert!(said.contains(line), "{said}");
    findings.verdicts = None;
    let page = report(&findings, &[]);
    assert!(page.contains(&format!("\n\n**{tally}.** These")), "{page}");
}

#[test]
fn an_exploratory_page_begins_with_where_the_verdict_is() {
    let findings = committed::paper();
    let page = report(&findings, &[]);
    let lead = page.lines().nth(2).unwrap();
    for expected in [
        "**This page shows exploratory seeds 0 to 4. The verdict",
        "(../confirmatory/REPORT.md)",
        "20 *confirmatory* seeds that are drawn from the rules",
    ] {
        assert!(lead.contains(expected), "{expected}: {lead}");
    }
    assert_eq!(
        Lead::of_runs(&findings).plain().unwrap(),
        "exploratory seeds 0 to 4; the verdict is in the report of suite confirmatory"
    );
}
