//! The templates, and how they write values: as text that Markdown takes for nothing else.

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

/// Fills a page's template with `values`, which Markdown takes for text.
///
/// # Errors
/// A template that is invalid or asks for a missing value.
pub(super) fn render(page: &str, values: impl Serialize) -> Result<String> {
    let mut environment = filled()?;
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("Markdown".into()));
    environment.set_formatter(write_value);
    Ok(environment.get_template(page)?.render(Serde(values))?)
}

/// Fills a template with `values` as they are.
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

/// Without templates. Names that end with `.html` have their values escaped.
pub(super) fn environment<'source>() -> Result<Environment<'source>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A line that holds only a tag leaves no line behind; a file's last line end is part of the page.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    Ok(environment)
}

/// Writes what a template has between `{{` and `}}`.
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

/// The filter `code`: a text as code; of a list of texts each, with commas between.
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
