//! The file of rules that a suite names.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};

use super::built_in::BuiltIn;
use crate::disk::atomic_file::read_small;
use crate::quote::quoted;

/// Rules for judging claims, as text. `lab-claims` reads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesFile {
    /// The name of built-in rules, or a path relative to the suite's file.
    pub name: String,
    /// The file's text.
    pub text: String,
}

impl RulesFile {
    /// Loads the built-in rules with this name, or else the file in the suite's folder.
    pub(super) fn load(name: &str, folder: &Path, built_in: &BuiltIn<'_>) -> Result<Self> {
        let known = built_in.rules.iter().find(|(known, _)| *known == name);
        let text = match known {
            Some((_, text)) => (*text).to_owned(),
            None => {
                let bytes = read_small(&folder.join(name)).map_err(|error| {
                    let known = built_in.rules.iter().map(|(known, _)| format!("`{known}`"));
                    let known: Vec<String> = known.collect();
                    let known = match known.is_empty() {
                        true => String::new(),
                        false => format!("{} or ", known.join(", ")),
                    };
                    let name = quoted(name);
                    anyhow!("rules {name}: expected {known}a file beside the suite's ({error:#})")
                })?;
                let text = String::from_utf8(bytes);
                text.ok()
                    .with_context(|| format!("rules {}: not valid UTF-8", quoted(name)))?
            }
        };
        Ok(Self {
            name: name.to_owned(),
            text,
        })
    }
}
