//! The section that trains in the page: the experiments with their settings, and the checksums of their runs.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_results::names::{METRICS, MODEL};
use lab_results::suite::{Precision, Setting, Settings};
use serde::Serialize;

use super::super::mutations::{Found, found};
use crate::findings::{ExperimentFindings, Findings};

/// The forms of the trainer, each as gzip of a WebAssembly module; `cargo xtask wasm` builds them from `mnist-web`.
const RELAXED: &[u8] = include_bytes!("../../wasm/relaxed.wasm.gz");
const EXACT: &[u8] = include_bytes!("../../wasm/exact.wasm.gz");

/// The settings that most readers change; the others fold out.
const MAIN: [&str; 9] = [
    "hidden",
    "activation",
    "init",
    "lr",
    "momentum",
    "batch-size",
    "epochs",
    "l1",
    "l2",
];

/// The values of the template.
#[derive(Serialize)]
pub(super) struct Values<'a> {
    data_set: &'static str,
    experiments: Vec<Choice<'a>>,
    /// The seed of the best run.
    seed: u64,
    seeds: Vec<u64>,
    main: Vec<Field>,
    other: Vec<Field>,
    mistakes: usize,
    relaxed: String,
    exact: String,
}

#[derive(Serialize)]
struct Choice<'a> {
    id: &'a str,
    title: &'a str,
    is_best: bool,
}

#[derive(Serialize)]
struct Field {
    #[serde(flatten)]
    setting: Setting,
    /// All usable values, if they are a few names.
    choices: Vec<String>,
}

/// The data of the scripts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data<'a> {
    data_set: &'static str,
    experiments: Vec<Experiment<'a>>,
    mistakes: Vec<Found>,
}

#[derive(Serialize)]
struct Experiment<'a> {
    id: &'a str,
    settings: &'a Settings,
    runs: Vec<Run<'a>>,
}

/// A run, with the SHA-256 of its files.
#[derive(Serialize)]
struct Run<'a> {
    seed: String,
    model: Option<&'a str>,
    metrics: Option<&'a str>,
}

/// The data set and the experiments that the page can train; `None` if there are none. The trainer takes known data
/// sets and single precision, and its settings are those of a run.
pub(crate) fn trainable(findings: &Findings) -> Option<(&'static str, Vec<&ExperimentFindings>)> {
    let experiments: Vec<_> = findings
        .as_written()
        .filter(|it| it.record.settings.precision == Precision::F32 && !it.runs.is_empty())
        .collect();
    let is_there = !experiments.is_empty();
    findings
        .data_set
        .filter(|_| is_there)
        .map(|name| (name, experiments))
}

/// # Errors
/// An invalid table of mistakes; the table is compiled in.
pub(super) fn values(findings: &Findings) -> Result<Option<Values<'_>>> {
    let Some((data_set, experiments)) = trainable(findings) else {
        return Ok(None);
    };
    let best = findings.best.as_ref().map(|best| &best.row);
    let best = best.filter(|row| experiments.iter().any(|it| it.record.id == row.experiment));
    let choices = experiments.iter().map(|experiment| Choice {
        id: &experiment.record.id,
        title: &experiment.record.title,
        is_best: best.is_some_and(|row| row.experiment == experiment.record.id),
    });
    let mut seeds: Vec<u64> = experiments
        .iter()
        .flat_map(|it| it.runs.iter().map(|run| run.record.result.seed))
        .collect();
    seeds.sort_unstable();
    seeds.dedup();
    let fields = Settings::all().into_iter();
    // The trainer has one precision.
    let fields = fields.filter(|it| it.key != "precision");
    let (main, other) = fields
        .map(field)
        .partition(|it| MAIN.contains(&it.setting.key.as_str()));
    Ok(Some(Values {
        data_set,
        experiments: choices.collect(),
        seed: best.map_or(seeds[0], |row| row.seed),
        seeds,
        main,
        other,
        mistakes: found()?.len(),
        relaxed: STANDARD.encode(RELAXED),
        exact: STANDARD.encode(EXACT),
    }))
}

fn field(setting: Setting) -> Field {
    let words = setting.expected.replace(" or ", ", ");
    let words: Vec<String> = words.split(", ").map(str::to_owned).collect();
    let is_name = |word: &String| word.chars().all(|it| it.is_ascii_lowercase() || it == '-');
    let are_all = words.len() > 1 && words.iter().all(is_name);
    Field {
        choices: if are_all { words } else { Vec::new() },
        setting,
    }
}

/// # Errors
/// As [`values`].
pub(super) fn data(findings: &Findings) -> Result<Option<Data<'_>>> {
    let Some((data_set, experiments)) = trainable(findings) else {
        return Ok(None);
    };
    let experiments = experiments.into_iter().map(|experiment| Experiment {
        id: &experiment.record.id,
        settings: &experiment.record.settings,
        runs: experiment
            .runs
            .iter()
            .map(|run| {
                let sum = |name: &str| run.record.files.get(name).map(String::as_str);
                Run {
                    seed: run.record.result.seed.to_string(),
                    model: sum(MODEL),
                    metrics: sum(METRICS),
                }
            })
            .collect(),
    });
    Ok(Some(Data {
        data_set,
        experiments: experiments.collect(),
        mistakes: found()?,
    }))
}
