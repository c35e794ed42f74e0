//! The part on runs and data.

use anyhow::Result;
use lab_results::data_set::DataFile;
use lab_results::suite::{Cell, Settings};
use serde::Serialize;

use crate::findings::Findings;

#[derive(Serialize)]
pub(super) struct WhatWasRun<'a> {
    rows: Vec<Row<'a>>,
    /// `None` if nothing was run.
    program: Option<Program<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    /// The seeds, such as `0, 1, 2`.
    seeds: String,
    /// For a cell of a grid, another cell with the same settings except for `settings`.
    like: Option<&'a str>,
    /// The settings, such as `lr = 0.1`.
    settings: Vec<String>,
}

#[derive(Serialize)]
struct Program<'a> {
    version: &'a str,
    /// The data set's name, unless it is MNIST.
    data_set: Option<&'a str>,
    data: &'a [DataFile],
}

/// # Errors
/// Settings that cannot be written as TOML.
pub(super) fn what_was_run(findings: &Findings) -> Result<WhatWasRun<'_>> {
    let mut rows = Vec::new();
    let mut firsts: Vec<(&Cell, &str, &Settings)> = Vec::new();
    for experiment in &findings.experiments {
        let seeds = experiment.rows.iter().map(|row| row.seed.to_string());
        let (id, settings) = (experiment.record.id.as_str(), experiment.settings());
        let mut like = None;
        if let Some(cell) = &experiment.record.cell {
            like = firsts
                .iter()
                .find(|(first, ..)| first.is_beside(cell))
                .copied();
            if like.is_none() {
                firsts.push((cell, id, settings));
            }
        }
        rows.push(Row {
            id,
            seeds: seeds.collect::<Vec<_>>().join(", "),
            like: like.map(|(_, id, _)| id),
            settings: match like {
                Some((_, _, like)) => unquoted(settings.changed_from(like)),
                None => lines(settings)?,
            },
        });
    }
    let first = findings.experiments.iter().find_map(|e| e.runs.first());
    Ok(WhatWasRun {
        rows,
        program: first.map(|run| Program {
            version: &run.record.version,
            data_set: findings.data_set.filter(|&name| name != "MNIST"),
            data: &run.record.data,
        }),
    })
}

/// `lr = 0.1`, `hidden = [128]` and so on, as a suite file has them.
fn lines(settings: &Settings) -> Result<Vec<String>> {
    let text = toml::to_string(settings)?;
    Ok(unquoted(text.lines().map(str::to_owned).collect()))
}

fn unquoted(lines: Vec<String>) -> Vec<String> {
    let lines = lines.into_iter();
    lines.map(|line| line.replace('"', "")).collect()
}
