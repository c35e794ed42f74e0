//! How two files differ.

use serde_json::Value;

use super::folder::name_and_sum;

/// One line of a text, with its number and its end.
pub(super) type Line<'a> = (usize, &'a str);

/// A text's lines, from 1 on.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    (1..).zip(text.split_inclusive('\n')).collect()
}

/// Where two lists of lines first differ, and by how much their numbers do at most; `None` if they are the same,
/// or, with a tolerance above 0, if they differ in numbers only and by no more than that.
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

/// The first field in which two lines differ, in both.
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
        return "its end is another".to_owned();
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

/// The largest distance of two texts' numbers; `None` if they differ in anything else.
fn apart(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (pieces(a), pieces(b));
    if a.len() != b.len() {
        return None;
    }
    let mut worst = 0.0f64;
    for (a, b) in a.into_iter().zip(b).filter(|(a, b)| a != b) {
        worst = worst.max(distance(number(a)?, number(b)?));
    }
    Some(worst)
}

/// Of two finite numbers, as a share of the larger, or absolute where both are below 1.
fn distance(a: f64, b: f64) -> f64 {
    (a - b).abs() / a.abs().max(b.abs()).max(1.0)
}

/// Words, among which numbers are, and what is between them.
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

/// A finite number. `NaN` and `inf` are words: the same as themselves, and unlike any number.
fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Where two JSON texts differ but for their numbers, which may do so by `tolerance`, and for the SHA-256 of
/// files, which follow from those.
///
/// # Errors
/// A text that is not JSON.
pub(super) fn json_differs(
    expected: &str,
    found: &str,
    tolerance: f64,
) -> serde_json::Result<Option<String>> {
    let (mut a, mut b) = (
        serde_json::from_str(expected)?,
        serde_json::from_str(found)?,
    );
    forget_sums(&mut a);
    forget_sums(&mut b);
    Ok(values_differ("", &a, &b, tolerance))
}

/// Blanks the SHA-256 that `run.json` has of itself and of the run's other files, but not their names, nor the
/// SHA-256 of the data.
fn forget_sums(record: &mut Value) {
    if let Some(own) = record.get_mut("sha256") {
        own.take();
    }
    if let Some(Value::Object(files)) = record.get_mut("files") {
        files.values_mut().for_each(|sum| drop(sum.take()));
    }
}

fn values_differ(key: &str, a: &Value, b: &Value, tolerance: f64) -> Option<String> {
    let inner = |name: &str| match key {
        "" => name.to_owned(),
        _ => format!("{key}.{name}"),
    };
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys = a.keys().chain(b.keys());
            keys.find_map(|name| match (a.get(name), b.get(name)) {
                (Some(a), Some(b)) => values_differ(&inner(name), a, b, tolerance),
                (Some(_), None) => Some(format!("{}: is no longer there", inner(name))),
                _ => Some(format!("{}: is new", inner(name))),
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (a, b))| values_differ(&inner(&at.to_string()), a, b, tolerance))
        }
        _ => {
            let by = match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => distance(a, b),
                _ if a == b => 0.0,
                _ => f64::INFINITY,
            };
            (by > tolerance).then(|| format!("{key}: {a}, found {b}"))
        }
    }
}

/// Where two `SHA256SUMS` begin to list other files.
pub(super) fn listed_differ(expected: &[Line<'_>], found: &[Line<'_>]) -> Option<String> {
    fn names<'a>(lines: &'a [Line<'a>]) -> impl Iterator<Item = &'a str> {
        let name = |line: &'a str| name_and_sum(line).map_or(line, |(name, _)| name);
        lines.iter().map(move |&(_, line)| name(line))
    }
    let (a, b) = (names(expected), names(found));
    let mut pairs = a.zip(b);
    let pair = pairs.find(|(a, b)| a != b);
    let lengths = (expected.len(), found.len());
    match pair {
        Some((a, b)) => Some(format!("{a}, found {b}")),
        None if lengths.0 != lengths.1 => Some(format!("{} lines, found {}", lengths.0, lengths.1)),
        None => None,
    }
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
        assert_eq!(found, "line 1: its end is another");
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
    fn json_is_compared_by_key() {
        let record = r#"{"data": [{"sha256": "d0"}], "files": {"metrics.csv": "a0"},
            "result": {"seed": 0, "loss": 0.5, "val_loss": null}, "sha256": "e0"}"#;
        let differ = |from: &str, to: &str| {
            let other = record.replacen(from, to, 1);
            assert_ne!(other, record);
            json_differs(record, &other, 1e-3).unwrap()
        };
        for (from, to) in [("a0", "a1"), ("e0", "e1"), ("0.5", "0.5001")] {
            assert_eq!(differ(from, to), None, "{to}");
        }
        for (from, to, expected) in [
            ("0.5", "0.6", "result.loss: 0.5, found 0.6"),
            ("0.5", "null", "result.loss: 0.5, found null"),
            ("null", "0.1", "result.val_loss: null, found 0.1"),
            ("d0", "d1", r#"data.0.sha256: "d0", found "d1""#),
            ("metrics", "steps", "files.metrics.csv: is no longer there"),
            ("\"loss\"", "\"more\": 1, \"loss\"", "result.more: is new"),
        ] {
            assert_eq!(differ(from, to).as_deref(), Some(expected));
        }
    }
}
