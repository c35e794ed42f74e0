//! Rewrites the `run.json` of earlier versions (format 1) in a suite's folder as format 2, which proves
//! itself: `cargo run -p lab-results --example raise_format results/paper`. Each record is checked first,
//! against its own canonical form and against its run's files; one that does not fit stays as it is.
#![allow(clippy::print_stdout)] // what was done

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use lab_results::disk::whole::{to_json, write};
use lab_results::names::RUN;
use lab_results::store::{DataFile, RunRecord, RunState, Store};
use lab_results::suite::Settings;
use lab_results::tables::RunRow;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    version: String,
    data: Vec<DataFile>,
    classes: usize,
    settings: Settings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    init_from: Option<String>,
    divergence: Option<String>,
    files: BTreeMap<String, String>,
    result: RunRow,
}

fn main() -> Result<()> {
    let mut raised = 0;
    for folder in env::args().skip(1) {
        let store = Store::open(Path::new(&folder));
        for experiment in fs::read_dir(&folder)? {
            let name = experiment?.file_name();
            let name = name.to_str().context("a folder's name")?.to_owned();
            if !store.folder().join(&name).is_dir() {
                continue;
            }
            for (seed, state) in store.runs(&name)? {
                if matches!(state, RunState::Whole(_)) {
                    continue;
                }
                raise(&store, &name, seed).with_context(|| format!("{name} seed {seed}"))?;
                raised += 1;
            }
        }
    }
    println!("{raised} records raised");
    Ok(())
}

fn raise(store: &Store, name: &str, seed: u64) -> Result<()> {
    let path = store.run_folder(name, seed).join(RUN);
    let bytes = fs::read(&path)?;
    let first: First = serde_json::from_slice(&bytes)?;
    ensure!(to_json(&first)? == bytes, "not in canonical form");
    let record = RunRecord {
        format: 2,
        version: first.version,
        data: first.data,
        classes: first.classes,
        settings: first.settings,
        init_from: first.init_from,
        divergence: first.divergence,
        files: first.files,
        result: first.result,
        sha256: String::new(),
    };
    write(&path, &record.to_bytes()?)?;
    let runs = store.runs(name)?;
    match runs.into_iter().find(|(found, _)| *found == seed) {
        Some((_, RunState::Whole(_))) => Ok(()),
        other => {
            fs::write(&path, bytes)?;
            anyhow::bail!("{other:?}")
        }
    }
}
