//! Tables for a terminal: columns aligned, no colour.

use lab_report::tally;
use lab_results::tables::{ClaimRow, SummaryRow, Verdict};

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

/// `claims.csv` for people: the claims that are decided, and how many are open. What differs most in
/// length is last, so that a narrow terminal breaks only there.
pub(crate) fn claims(claims: &[ClaimRow]) -> String {
    let decided = claims.iter().filter(|row| row.verdict != Verdict::Open);
    let decided: Vec<&ClaimRow> = decided.collect();
    let open = claims.len() - decided.len();
    let mut text = String::new();
    if !decided.is_empty() {
        text = format!("{}\n{}\n", decided_claims(&decided), tally(claims));
    }
    match open {
        0 => {}
        1 => text += "1 claim is open: it needs at least two finished runs\n",
        _ => text += &format!("{open} claims are open: they need at least two finished runs\n"),
    }
    text
}

fn decided_claims(claims: &[&ClaimRow]) -> String {
    let header = ["verdict", "measured", "section: claim (as printed)"].map(str::to_owned);
    let rows = claims.iter().map(|row| {
        let claim = format!("{}: {} ({})", row.section, row.claim, row.claimed);
        [row.verdict.to_string(), row.measured.clone(), claim]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(verdict: Verdict) -> ClaimRow {
        ClaimRow {
            section: "2".to_owned(),
            claim: "test loss".to_owned(),
            claimed: "0.27".to_owned(),
            measured: "0.2710".to_owned(),
            verdict,
            ..ClaimRow::default()
        }
    }

    #[test]
    fn open_claims_are_counted_and_not_listed() {
        let [open, reproduced] = [Verdict::Open, Verdict::Reproduced].map(claim);
        let sentence = "2 claims are open: they need at least two finished runs\n";
        assert_eq!(claims(&[open.clone(), open.clone()]), sentence);
        let decided = "verdict     measured  section: claim (as printed)\n\
                       reproduced    0.2710  2: test loss (0.27)\n";
        assert_eq!(
            claims(&[open.clone(), reproduced.clone(), open.clone()]),
            format!("{decided}\n3 claims: 1 reproduced\n{sentence}")
        );
        assert_eq!(
            claims(std::slice::from_ref(&reproduced)),
            format!("{decided}\n1 claims: 1 reproduced\n")
        );
        let one = claims(&[reproduced, open]);
        assert!(one.ends_with("\n1 claim is open: it needs at least two finished runs\n"));
    }
}
