//! Tests a suite without runs, like results whose runs are not in version control.

use std::fs;
use std::path::Path;

use lab_report::Findings;
use lab_results::store::Store;

#[test]
fn there_is_nothing_to_report_on_without_runs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-runs");
    fs::create_dir_all(folder.join("softmax").join("seed-0")).unwrap();
    fs::write(
        folder.join("suite.json"),
        r#"{"title": "Trial", "experiments": []}"#,
    )
    .unwrap();
    let message = Findings::read(&Store::open(&folder), None)
        .unwrap_err()
        .to_string();
    assert!(message.contains("no-runs: no runs here"), "{message}");
    assert!(message.contains("`mnist-lab run`"), "{message}");
}
