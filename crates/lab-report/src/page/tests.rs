use super::*;
use crate::figure::NamedFigure;

fn committed(suite: &str) -> Findings {
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../../results");
    Findings::read(&std::path::Path::new(results).join(suite)).unwrap()
}

fn part<'a>(page: &'a str, heading: &str) -> &'a str {
    let from = page.find(heading).expect(heading);
    let rest = &page[from + heading.len()..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

/// The committed pages have figures that need models, so only the parts without are compared.
#[test]
fn committed_pages_are_written_again() {
    for suite in ["paper", "readings"] {
        let findings = committed(suite);
        let page = report(&findings, &[]).unwrap();
        let path = format!(
            "{}/../../results/{suite}/REPORT.md",
            env!("CARGO_MANIFEST_DIR")
        );
        let committed = std::fs::read_to_string(path).unwrap();
        let headings = committed.lines().filter(|line| line.starts_with("## "));
        for heading in headings.filter(|&heading| heading != "## Figures") {
            assert_eq!(part(&page, heading), part(&committed, heading), "{suite}");
        }
    }
}

#[test]
fn what_is_missing_leaves_nothing_behind() {
    let mut findings = committed("paper");
    findings.experiments.clear();
    findings.gradcheck.clear();
    findings.claims.clear();
    findings.models_missing.clear();
    findings.best = None;
    findings.name = "mine|".to_owned();
    let page = report(&findings, &[]).unwrap();
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings[1..],
        [
            "## Figures",
            "## What was run",
            "## Reproducibility checklist"
        ]
    );
    assert!(!page.contains("\n\n\n"), "{page}");
    assert!(page.contains("To repeat it: `mnist-lab run --suite mine\\|.toml`.\n"));
    assert!(page.contains("| all are above |") && page.contains("| 0 runs, 0 epochs in all;"));
}

#[test]
fn what_is_unusual_is_said_and_every_text_stays_text() {
    let mut findings = committed("paper");
    findings.title = "<b>*_x_*".to_owned();
    findings.models_missing = vec!["a_b/seed-0".to_owned(), "c/seed-0".to_owned()];
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
    let figure = lab_figures::confusion("", &[[1; 10]; 10]).unwrap();
    let figures = [NamedFigure {
        name: "curves-a_b".to_owned(),
        caption: "a_b".to_owned(),
        figure,
    }];
    let page = report(&findings, &figures).unwrap();
    for expected in [
        "# Results: &lt;b&gt;\\*\\_x\\_\\*\n",
        "| Softmax regression (`softmax`) | – | 5 |",
        "\n\n`softmax` was run with other settings than the suite's, `lr = 0.02`: it has no number",
        "\n\n`softmax` seed 1 diverged \\*here\\*.\n\n## Figures\n",
        "\n\n![a\\_b](figures/curves-a_b.png)\n\n*a\\_b* ([SVG](figures/curves-a_b.svg))\n\n",
        "\n\nThe weights of `a_b/seed-0`, `c/seed-0` are not drawn: ",
        ": 10 weights.\n",
        "| `w[1, 2]\\|` |",
        "\n\nThe other 2 are in `gradcheck.csv`.\n\nWould these checks",
        "| Hyperparameters | all are above |",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains("To repeat it"), "{page}");
}
