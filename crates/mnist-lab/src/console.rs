//! Tables and paragraphs for a terminal of 80 columns.

use anstyle::{AnsiColor, Style};
use lab_claims::Judgement;
use lab_report::Report;
use lab_results::stats::Quantity;
use lab_results::tables::SummaryRow;

/// Style of failures.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Style of uncertain results.
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default();
/// Style of good results.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// The maximum width of a table, if possible.
const WIDTH: usize = 80;

/// Replaces an unknown number.
pub(crate) const NONE: &str = "–";

/// Formats a table: numbers to the right, words to the left, and a long last column wrapped. Columns without values are
/// left out. If rows are too wide, a second column of words is cut, and a wide first cell is on a separate line.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let value = |cell: &String| !cell.is_empty() && cell != NONE;
    let columns: Vec<usize> = (0..header.len())
        .filter(|&column| column == 0 || rows.iter().any(|row| value(&row[column])))
        .collect();
    let width = |&column: &usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([header[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let is_number = |&column: &usize| {
        let mut cells = rows
            .iter()
            .map(|row| &row[column])
            .filter(|cell| value(cell));
        cells.all(|cell| cell.split(' ').all(is_of_number))
    };
    let mut columns: Vec<(usize, usize, bool)> = columns
        .iter()
        .map(|it| (*it, width(it), *it > 0 && is_number(it)))
        .collect();
    let all = columns.iter().map(|it| it.1 + 2).sum::<usize>() - 2;
    if let [_, (_, width, false), .., (_, _, true)] = &mut columns[..] {
        *width -= all
            .saturating_sub(WIDTH)
            .min(width.saturating_sub(SHORTEST));
    }
    let last = columns.last().map_or(0, |(_, width, _)| *width);
    let before = columns.iter().map(|(_, width, _)| width + 2).sum::<usize>() - last - 2;
    let first = columns.first().map_or(0, |(_, width, _)| *width);
    let is_wide = first > WIDTH / 2 && before + last > WIDTH;
    let mut text = String::new();
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    for row in std::iter::once(&header).chain(rows) {
        let cells = columns
            .iter()
            .map(|&(column, width, is_number)| match is_number {
                true => format!("{:>width$}", row[column]),
                false if column == 1 => format!("{:<width$}", cut(&row[column], width)),
                false => format!("{:<width$}", row[column]),
            });
        let cells: Vec<String> = cells.collect();
        match is_wide {
            true => {
                text += &format!(
                    "{}\n  {}\n",
                    cells[0].trim_end(),
                    cells[1..].join("  ").trim_end()
                )
            }
            false => text += &wrapped(cells.join("  ").trim_end(), before, WIDTH),
        }
    }
    text
}

/// The minimum width of a cut column.
const SHORTEST: usize = 12;

/// A text of at most `width` characters, with `…` for the rest.
fn cut(text: &str, width: usize) -> String {
    match text.chars().count() <= width {
        true => text.to_owned(),
        false => text.chars().take(width - 1).chain(['…']).collect(),
    }
}

/// Whether a word belongs to a number, as in `92.45 ± 0.28 %` and `24 (11 to 55)`.
fn is_of_number(word: &str) -> bool {
    let begins = |c: char| c.is_ascii_digit() || c == '-' || c == '(';
    word.starts_with(begins) && !word.ends_with(':') || ["±", "%", "to"].contains(&word)
}

/// A text in lines of at most `width` characters, all but the first indented.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_inclusive(' ') {
        let end = length + word.trim_end().chars().count();
        if length > indent && end > width {
            lines.truncate(lines.trim_end().len());
            lines += &format!("\n{:indent$}", "");
            length = indent;
        }
        lines += word;
        length += word.chars().count();
    }
    lines + "\n"
}

/// A report for the terminal: the results, the claims, and the page's headline as the last line.
pub(crate) fn report(report: &Report) -> String {
    let mut text = String::new();
    if !report.summary.is_empty() {
        text += &summary(&report.summary);
    }
    if let Some(judged) = &report.judged {
        text += &format!("\n{}", claims(&judged.judgements));
    }
    if !report.headline.is_empty() {
        text += &wrapped(&report.headline, 0, WIDTH);
    }
    text
}

fn claims(judgements: &[Judgement]) -> String {
    let rows = judgements.iter().map(|it| {
        let claim = &it.claim;
        let words = format!("{}: {} ({})", claim.section, claim.text, claim.claimed);
        // The headline says what contradicts claims.
        let verdict = it.says();
        let verdict = verdict.split(" by ").next().unwrap_or_default();
        vec![verdict.to_owned(), it.measured(), words]
    });
    let rows: Vec<_> = rows.collect();
    let header = ["verdict", "measured", "section: claim (as printed)"];
    let text = table(&header, &rows);
    text.split_inclusive('\n').map(in_colour).collect()
}

/// A line of the table of claims, its verdict in colour.
fn in_colour(line: &str) -> String {
    const VERDICTS: [(&str, Style); 6] = [
        ("reproduced", GOOD),
        ("equivalent", GOOD),
        ("differs", UNSURE),
        ("not reproduced", BAD),
        ("contradicted", BAD),
        ("undecided", UNSURE),
    ];
    let found = VERDICTS
        .iter()
        .find(|(verdict, _)| line.starts_with(verdict));
    match found {
        Some((verdict, style)) => line.replacen(verdict, &format!("{style}{verdict}{style:#}"), 1),
        None => line.to_owned(),
    }
}

/// A table of our means with 95 % intervals, beside the numbers of the paper.
pub(crate) fn summary(rows: &[SummaryRow]) -> String {
    let header = [
        "experiment",
        "runs",
        "accuracy %",
        "paper",
        "test loss",
        "paper",
        "stopped",
        "paper",
    ];
    let rows = rows.iter().map(|row| {
        let mut cells = vec![row.experiment.clone(), row.runs.to_string()];
        for (quantity, mean, interval, paper) in row.statistics() {
            // The interval of the epochs is in the report.
            cells.push(match quantity {
                Quantity::StopEpoch => quantity.shown_or_dash(mean),
                _ => quantity.shown_mean(mean, interval),
            });
            cells.push(quantity.shown_or_dash(paper));
        }
        for cell in &mut cells {
            cell.truncate(cell.trim_end_matches(" %").len());
        }
        cells
    });
    table(&header, &rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[[&str; 3]]) -> Vec<Vec<String>> {
        cells
            .iter()
            .map(|row| row.map(str::to_owned).to_vec())
            .collect()
    }

    #[test]
    fn words_are_on_the_left_and_columns_without_values_left_out() {
        let rows = rows(&[["relu", "0.5", "–"], ["softmax", "10", ""]]);
        assert_eq!(
            table(&["name", "lr", "paper"], &rows),
            "name      lr\nrelu     0.5\nsoftmax   10\n"
        );
    }

    #[test]
    fn words_before_numbers_are_cut_and_words_at_the_end_are_wrapped() {
        let words = "word ".repeat(30);
        let text = table(&["name", "title", "n"], &rows(&[["a", words.trim(), "1"]]));
        assert!(
            text.contains("…  1\n") && text.lines().count() == 2,
            "{text}"
        );
        let text = table(
            &["name", "n", "words"],
            &rows(&[["a", "0.1 ± 0.2 x", words.trim()]]),
        );
        assert!(
            text.contains("0.1 ± 0.2 x") && text.lines().count() > 2,
            "{text}"
        );
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let (long, words) = ("x".repeat(60), "word ".repeat(30));
        for row in [
            ["a", "1", words.trim()],
            [&long, "1", "some words that are long"],
        ] {
            let text = table(&["name", "n", "words"], &rows(&[row]));
            assert!(
                text.lines().all(|line| line.chars().count() <= WIDTH),
                "{text}"
            );
        }
    }
}
