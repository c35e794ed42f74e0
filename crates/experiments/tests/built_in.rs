//! Tests that the built-in model is the best ReLU run of the reference results.

use std::fs;
use std::path::Path;

use experiments::built_in;
use lab_results::disk::atomic_file;
use lab_results::model::AnyModel;
use lab_results::tables::RunRow;

#[test]
fn the_built_in_model_is_the_best_relu_run_of_the_reference_results() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/paper");
    let runs: Vec<RunRow> = atomic_file::read_csv(&results.join("runs.csv")).unwrap();
    // The committed seeds; `cargo xtask reproduce --seeds 10` adds rows for more.
    let best = runs
        .iter()
        .filter(|run| run.experiment == "relu" && run.seed < 5)
        .min_by(|a, b| a.val_loss.partial_cmp(&b.val_loss).unwrap())
        .unwrap();
    let metadata = built_in::model().unwrap().metadata().clone();
    assert_eq!((&*metadata.experiment, metadata.seed), ("relu", best.seed));
    let sums = fs::read_to_string(results.join("SHA256SUMS")).unwrap();
    let name = format!("relu/seed-{}/model.safetensors", best.seed);
    let line = format!("{}  {name}", atomic_file::sha256(built_in::MODEL));
    assert!(
        sums.lines().any(|known| known == line),
        "crates/experiments/model/model.safetensors is not {name} of results/paper"
    );
}

#[test]
fn a_model_that_is_read_is_written_with_the_same_bytes() {
    let AnyModel::F32(model) = built_in::model().unwrap() else {
        panic!("single precision");
    };
    assert!(model.to_bytes().unwrap() == built_in::MODEL);
}
