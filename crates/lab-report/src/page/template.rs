//! The templates. Values are escaped, so that Markdown reads them as plain text.

use anyhow::Result;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};
use serde::Serialize;

use super::text;

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name)))),*]
    };
}

const TEMPLATES: [(&str, &str); 18] = templates![
    "RECORD.md",
    "answer.md",
    "best-model.md",
    "checklist.md",
    "claims.md",
    "combinations.md",
    "figures.md",
    "gradient-check.md",
    "grids.md",
    "headline.txt",
    "lead.md",
    "mutations.md",
    "notes.md",
    "readings.md",
    "results.md",
    "runs.md",
    "verdicts.md",
    "what-was-run.md",
];

/// Fills a page's template with `values`, escaped for Markdown.
///
/// # Errors
/// A template that is invalid or asks for a missing value.
pub(super) fn render(page: &str, values: impl Serialize) -> Result<String> {
    let mut environment = filled()?;
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("Markdown".into()));
    environment.set_formatter(write_value);
    Ok(environment.get_template(page)?.render(Serde(values))?)
}

/// Fills a template with `values`, not escaped.
///
/// # Errors
/// As [`render`].
pub(super) fn render_plain(page: &str, values: impl Serialize) -> Result<String> {
    let mut environment = filled()?;
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    Ok(environment.get_template(page)?.render(Serde(values))?)
}

fn filled() -> Result<Environment<'static>> {
    let mut environment = environment()?;
    environment.add_filter("code", code);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// An environment without templates. Templates with names in `.html` escape their values.
pub(super) fn environment<'source>() -> Result<Environment<'source>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A line with only a tag gives no line in the page; the last line end of a file stays.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    Ok(environment)
}

/// Writes the value between `{{` and `}}`.
fn write_value(to: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if value.is_safe() => to.write_str(text)?,
        Some(text) => to.write_str(&text::escape(text))?,
        None if value.kind() == ValueKind::Number => to.write_str(&value.to_string())?,
        None => {
            let what = format!("{} is neither a text nor a number", value.kind());
            return Err(Error::new(ErrorKind::BadSerialization, what));
        }
    }
    Ok(())
}

/// The filter `code`: a text, or each text of a list, as code.
fn code(value: Value) -> Result<Value, Error> {
    let spans = match value.as_str() {
        Some(text) => text::code(text),
        None => {
            let texts = value.try_iter()?.map(|text| text::code(&text.to_string()));
            texts.collect::<Vec<_>>().join(", ")
        }
    };
    Ok(Value::from_safe_string(spans))
}
