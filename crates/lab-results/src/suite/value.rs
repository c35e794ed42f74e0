//! Values of settings as text, and back.

use toml::{Table, Value};

/// Reads a value of TOML, or else a text.
pub(super) fn value(text: &str) -> Value {
    let line = format!("value = {text}").parse::<Table>();
    let value = line.ok().and_then(|mut line| line.remove("value"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// A value as text.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => number.to_string(),
        value => value.to_string(),
    }
}
