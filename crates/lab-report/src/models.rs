//! Finds the runs' models by their SHA-256.

use std::cell::OnceCell;
use std::collections::HashMap;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_results::disk::atomic_file::{read_if_there, sha256};
use lab_results::names::{INTERACTIVE_REPORT, MODEL};
use lab_results::store::{CompleteRun, Store};

use crate::findings::{ExperimentFindings, Findings, tested_best};

/// The maximum size of a model in `report.html`, in bytes: the page must stay small.
const LARGEST: usize = 512 << 10;

/// The sources of models: the runs' folders, the built-in models, and an earlier `report.html`.
pub(crate) struct Models<'a> {
    store: &'a Store,
    brought: &'a [&'a [u8]],
    earlier: OnceCell<HashMap<String, Vec<u8>>>,
}

impl<'a> Models<'a> {
    pub(crate) fn new(store: &'a Store, brought: &'a [&'a [u8]]) -> Self {
        Self {
            store,
            brought,
            earlier: OnceCell::new(),
        }
    }

    /// The bytes of a run's `model.safetensors`; `None` if not found.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn find(&self, run: &CompleteRun) -> Result<Option<Vec<u8>>> {
        let row = &run.record.result;
        let path = self.store.run_folder(&row.experiment, row.seed).join(MODEL);
        if let Some(bytes) = read_if_there(&path)? {
            return Ok(Some(bytes));
        }
        let Some(sum) = run.record.files.get(MODEL) else {
            return Ok(None);
        };
        let brought = self.brought.iter().find(|bytes| &sha256(bytes) == sum);
        if let Some(bytes) = brought {
            return Ok(Some(bytes.to_vec()));
        }
        Ok(self.earlier().get(sum).cloned())
    }

    /// The models in the earlier `report.html`, by SHA-256. A page that cannot be read has none.
    fn earlier(&self) -> &HashMap<String, Vec<u8>> {
        self.earlier.get_or_init(|| {
            let page = read_if_there(&self.store.folder().join(INTERACTIVE_REPORT));
            let page = page.ok().flatten().unwrap_or_default();
            in_page(&String::from_utf8_lossy(&page)).unwrap_or_default()
        })
    }
}

/// The models in the JSON of a page.
fn in_page(page: &str) -> Option<HashMap<String, Vec<u8>>> {
    let (_, rest) = page.split_once(r#"id="data">"#)?;
    let (json, _) = rest.split_once("</script>")?;
    let data: serde_json::Value = serde_json::from_str(json).ok()?;
    let models = data.get("models")?.as_array()?.iter();
    let files = models.filter_map(|model| STANDARD.decode(model.get("file")?.as_str()?).ok());
    Some(files.map(|bytes| (sha256(&bytes), bytes)).collect())
}

/// A model in `report.html`.
#[derive(Clone, Debug)]
pub(crate) struct ModelFile {
    /// The title for readers.
    pub(crate) title: String,
    /// `model.safetensors`, or the reason why it is not in the page.
    pub(crate) bytes: Result<Vec<u8>, &'static str>,
}

/// The models of the best run and of the best run without hidden layer, by validation loss.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn best_models(models: &Models<'_>, findings: &Findings) -> Result<Vec<ModelFile>> {
    let experiments = &findings.experiments;
    let best = tested_best(experiments, |_| true);
    let linear = tested_best(experiments, |run| run.record.settings.hidden.is_empty());
    let same = |a: &CompleteRun, b: &CompleteRun| a.record.result == b.record.result;
    let linear = linear.filter(|(_, linear)| !best.is_some_and(|(_, best)| same(best, linear)));
    let chosen = best.into_iter().chain(linear);
    chosen
        .map(|(experiment, run)| model(models, experiment, run))
        .collect()
}

fn model(
    models: &Models<'_>,
    experiment: &ExperimentFindings,
    run: &CompleteRun,
) -> Result<ModelFile> {
    let seed = run.record.result.seed;
    Ok(ModelFile {
        title: format!("{}, seed {seed}", experiment.record.title),
        bytes: match models.find(run)? {
            None => Err("its model.safetensors was not found; running the seed again writes it"),
            Some(bytes) if bytes.len() > LARGEST => {
                Err("its model.safetensors is larger than 512 KiB")
            }
            Some(bytes) => Ok(bytes),
        },
    })
}
