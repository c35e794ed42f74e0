//! The committed results, for tests: only the files in git.

use std::fs;
use std::path::Path;

use lab_results::names::{CONFUSION, GRADCHECK, METRICS, MISTAKES, RUN, SUITE};
use lab_results::store::{Store, SuiteRecord};

use crate::findings::Findings;

/// The paper's runs with seeds 0 to 4, without models.
pub(crate) fn paper() -> Findings {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("paper");
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../../results/paper");
    let copy = |name: &str| {
        let to = folder.join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(Path::new(results).join(name), to).unwrap();
    };
    copy(SUITE);
    copy(GRADCHECK);
    let suite = fs::read(folder.join(SUITE)).unwrap();
    let suite: SuiteRecord = serde_json::from_slice(&suite).unwrap();
    for experiment in &suite.experiments {
        for seed in 0..5 {
            for file in [RUN, METRICS, CONFUSION, MISTAKES] {
                copy(&format!("{}/seed-{seed}/{file}", experiment.id));
            }
        }
    }
    Findings::read(&Store::open(&folder), None).unwrap()
}
