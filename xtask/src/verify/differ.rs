//! Finds the differences between two files.

/// One line of a text, with its number and its end.
pub(super) type Line<'a> = (usize, &'a str);

/// The lines of a text, numbered from 1.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    (1..).zip(text.split_inclusive('\n')).collect()
}

/// The first difference between two lists of lines, and the largest difference of their numbers. `None` if the lines
/// are identical. With a tolerance above 0, also `None` if only numbers within the tolerance and SHA-256 differ.
pub(super) fn lines_differ(
    expected: &[Line<'_>],
    found: &[Line<'_>],
    tolerance: f64,
) -> Option<String> {
    if expected.len() != found.len() {
        return Some(format!("{} lines, found {}", expected.len(), found.len()));
    }
    let (mut first, mut worst) = (None, 0.0f64);
    for (&(number, a), &(_, b)) in expected.iter().zip(found) {
        let by = match a == b {
            true => continue,
            false if tolerance > 0.0 => apart(a.trim_end(), b.trim_end()),
            false => apart(a, b),
        };
        let shown = || format!("line {number}: {}", shown(a, b));
        let Some(by) = by else {
            return Some(first.unwrap_or_else(shown));
        };
        if by > tolerance || tolerance == 0.0 {
            first.get_or_insert_with(shown);
        }
        worst = worst.max(by);
    }
    first.map(|first| format!("{first}; at most {worst:.1e} apart"))
}

/// The first field in which two lines differ, from both lines.
fn shown(a: &str, b: &str) -> String {
    let short = |text: &str| -> String {
        let text = text.trim();
        let start: String = text.chars().take(120).collect();
        let rest = if start.len() < text.len() { " …" } else { "" };
        format!("{}{rest}", start.escape_debug())
    };
    let fields = |line: &'_ str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (a_fields, b_fields) = (fields(a), fields(b));
    if a.trim_end() == b.trim_end() {
        return "another line end".to_owned();
    }
    if a_fields.len() != b_fields.len() {
        return format!("{}, found {}", short(a), short(b));
    }
    let mut pairs = a_fields.iter().zip(&b_fields);
    let (a, b) = pairs
        .find(|(a, b)| a != b)
        .map_or((a, b), |(a, b)| (a.as_str(), b.as_str()));
    format!("{}, found {}", short(a), short(b))
}

/// The largest distance between numbers of two texts; `None` if they differ in more than numbers and SHA-256.
fn apart(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (pieces(a), pieces(b));
    if a.len() != b.len() {
        return None;
    }
    let mut worst = 0.0f64;
    let both_sums = |a, b| is_sum(a) && is_sum(b);
    for (a, b) in a.into_iter().zip(b) {
        if a == b || both_sums(a, b) {
            continue;
        }
        worst = worst.max(distance(number(a)?, number(b)?));
    }
    Some(worst)
}

/// The distance of two finite numbers: a share of the larger one, or absolute if both are below 1.
fn distance(a: f64, b: f64) -> f64 {
    (a - b).abs() / a.abs().max(b.abs()).max(1.0)
}

/// Splits a text into words, such as numbers, and the text between them.
fn pieces(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first));
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Whether a word is a SHA-256.
pub(super) fn is_sum(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A finite number. `NaN` and `inf` are words, which equal only themselves.
fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(a: &str, b: &str, tolerance: f64) -> Option<String> {
        lines_differ(&lines(a), &lines(b), tolerance)
    }

    #[test]
    fn one_digit_is_enough() {
        let table = "epoch,loss\n1,0.25\n2,0.125\n";
        assert_eq!(difference(table, table, 0.0), None);
        let other = table.replace("0.125", "0.126");
        let found = difference(table, &other, 0.0).unwrap();
        assert_eq!(found, "line 3: 0.125, found 0.126; at most 1.0e-3 apart");
        assert!(difference(table, &other, 1e-4).is_some());
        assert_eq!(difference(table, &other, 1e-2), None);
        assert!(difference(table, &table.replace("0.25", "0.250"), 0.0).is_some());
        assert_eq!(difference("12 %,(1.0e3\n", "12.1 %,(1001\n", 0.01), None);
    }

    #[test]
    fn what_is_no_number_must_be_the_same() {
        let found = difference("a,b\n", "a,c\n", 1.0).unwrap();
        assert_eq!(found, "line 1: b, found c");
        let found = difference("a\n", "a\nb\n", 1.0).unwrap();
        assert_eq!(found, "1 lines, found 2");
        assert!(difference("a,b\n", "a\n", 1.0).is_some());
        assert!(difference("l1_minus\n", "l2_minus\n", 1.0).is_some());
        let found = difference("a\n", "a\r\n", 0.0).unwrap();
        assert_eq!(found, "line 1: another line end");
        assert!(difference("a\n", "a", 0.0).is_some());
    }

    #[test]
    fn nan_is_like_nothing_but_itself() {
        for word in ["NaN", "inf", "-inf", "1e999", ""] {
            let (table, other) = (format!("1,{word}\n"), "1,2\n");
            assert!(difference(&table, other, 1e300).is_some(), "{word}");
            assert!(difference(other, &table, 1e300).is_some(), "{word}");
            let near = format!("1.001,{word}\n");
            assert_eq!(difference(&table, &near, 0.01), None, "{word}");
        }
    }

    #[test]
    fn with_a_tolerance_sums_may_differ_and_the_names_beside_them_may_not() {
        let (sum, other) = ("0".repeat(64), "1".repeat(64));
        let line = format!("{sum}  relu/run.json\n");
        assert!(difference(&line, &line.replace(&sum, &other), 0.0).is_some());
        assert_eq!(difference(&line, &line.replace(&sum, &other), 1e-9), None);
        assert!(difference(&line, &line.replace(&sum, "1"), 1e-9).is_some());
        assert!(difference(&line, &line.replace("run", "log"), 1.0).is_some());
        let record = format!("\"files\": {{\n  \"a.csv\": \"{sum}\"\n}}, \"loss\": 0.5\n");
        assert_eq!(
            difference(&record, &record.replace(&sum, &other), 1e-9),
            None
        );
        assert!(difference(&record, &record.replace("0.5", "null"), 1e9).is_some());
        assert!(difference(&record, &record.replace("a.csv", "b.csv"), 1e9).is_some());
    }
}
