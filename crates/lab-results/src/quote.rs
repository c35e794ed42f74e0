//! Text from files in messages: shortened, and without control characters.

/// The maximum number of characters of a quoted name, key or value.
const LONGEST_QUOTE: usize = 80;

/// The maximum number of characters of a message.
const LONGEST_LINE: usize = 2000;

/// Quotes a name, a key or a value for a message: escaped, in backquotes, and shortened if it is long.
///
/// ```
/// use lab_results::quote::quoted;
///
/// assert_eq!(quoted("lr\n"), "`lr\\n`");
/// assert_eq!(quoted(&"x".repeat(70_000)).chars().count(), 83);
/// ```
pub fn quoted(text: &str) -> String {
    format!("`{}`", cut(text.escape_debug(), LONGEST_QUOTE))
}

/// Makes a message one line: escapes control characters, such as line breaks in a file's name, and shortens long
/// messages.
pub fn on_one_line(text: &str) -> String {
    let escaped = text.chars().flat_map(|c| {
        let escape = c.is_control().then(|| c.escape_debug());
        escape
            .into_iter()
            .flatten()
            .chain((!c.is_control()).then_some(c))
    });
    cut(escaped, LONGEST_LINE)
}

fn cut(mut characters: impl Iterator<Item = char>, most: usize) -> String {
    let mut text: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    text
}
