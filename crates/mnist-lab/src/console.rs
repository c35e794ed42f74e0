//! Tables for a terminal: columns aligned, no colour.

use lab_claims::Judgement;
use lab_report::Report;
use lab_results::tables::SummaryRow;

/// Rows under a header, each column as wide as its widest cell; numbers to the right.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(header[column].chars().count())
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&header).chain(rows) {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, &width))| {
                if i == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A report for people: the results, the claims, and the first line of the page as the last line.
pub(crate) fn report(report: &Report) -> String {
    let mut text = String::new();
    if !report.summary.is_empty() {
        text += &summary(&report.summary);
    }
    if let Some(judged) = &report.judged {
        text += &format!("\n{}", claims(&judged.judgements));
    }
    if !report.headline.is_empty() {
        text += &format!("{}\n", report.headline);
    }
    text
}

/// The judgements. The column whose widths differ most is last, so that a narrow terminal breaks only there.
fn claims(judgements: &[Judgement]) -> String {
    let header = [
        "verdict",
        "measured",
        "section: claim (as the paper has it)",
    ]
    .map(str::to_owned);
    let rows = judgements.iter().map(|it| {
        let claim = &it.claim;
        let words = format!("{}: {} ({})", claim.section, claim.text, claim.claimed);
        [it.verdict.to_string(), it.measured(), words]
    });
    let rows: Vec<[String; 3]> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let (verdicts, measurements) = (width(0), width(1));
    let mut text = String::new();
    for [verdict, measured, claim] in &rows {
        text += &format!("{verdict:<verdicts$}  {measured:>measurements$}  {claim}\n");
    }
    text
}

/// `summary.csv` for people: our means and their 95 % intervals, beside the paper's numbers.
pub(crate) fn summary(rows: &[SummaryRow]) -> String {
    let header = [
        "experiment",
        "runs",
        "test accuracy",
        "paper",
        "test loss",
        "paper",
        "stopped",
        "paper",
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let mut cells = vec![row.experiment.clone(), row.runs.to_string()];
            for (quantity, mean, interval, paper) in row.statistics() {
                cells.push(quantity.shown_mean(mean, interval));
                cells.push(quantity.shown_or_dash(paper));
            }
            cells
        })
        .collect();
    table(&header, &rows)
}
