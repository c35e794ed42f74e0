//! Text in Markdown.

/// Replaces a missing number.
pub(super) const DASH: &str = "–";

/// A text as code, also in tables. Only characters that would end the code are escaped.
pub(super) fn code(text: &str) -> String {
    let ends = |c: char| c == '`' || c.is_control();
    format!("`{}`", text.replace(ends, " ").replace('|', "\\|"))
}

/// Escapes a text, so that Markdown and HTML read it as plain text.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '!' | '~' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            // Also characters that change the text direction.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => safe.push(' '),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_title_says_stays_text() {
        assert_eq!(code("a[1, 2]|`\n"), "`a[1, 2]\\|  `");
        assert_eq!(escape("<b>|x|\n`y`"), "&lt;b&gt;\\|x\\| \\`y\\`");
        assert_eq!(escape("λ = 0.01"), "λ = 0.01");
        assert_eq!(escape("~~$x$~~\u{202e}"), "\\~\\~\\$x\\$\\~\\~ ");
    }
}
