//! Words of others in messages: short, and without what a terminal would obey.

/// The most characters of a name, a key or a value that a message repeats.
const LONGEST_QUOTE: usize = 80;

/// The most characters of a message.
const LONGEST_LINE: usize = 2000;

/// A name, a key or a value as messages repeat it: escaped, in backquotes, and cut if it is long.
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

/// A message as a line for a terminal: control characters, such as line breaks in a file's name, are
/// escaped, and what is too long is cut.
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
