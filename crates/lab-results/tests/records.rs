//! A run's record has a checksum of itself and must agree with the run's tables. The tests change a committed run in
//! every way.

use std::fs;
use std::path::{Path, PathBuf};

use lab_results::disk::atomic_file::{sha256, to_csv};
use lab_results::store::{RunRecord, RunState, Store};
use lab_results::tables::{EpochRow, StepRow};

/// A copy of a committed run, in a temporary store.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn new() -> Self {
        let copy = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        // A copy of results/paper/relu/seed-0, because a reproduction may be writing the original at the same time.
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run");
        fs::create_dir_all(copy.path("")).unwrap();
        for name in ["run.json", "metrics.csv", "confusion.csv", "mistakes.csv"] {
            fs::copy(from.join(name), copy.path(name)).unwrap();
        }
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("relu/seed-0").join(name)
    }

    fn record(&self) -> RunRecord {
        RunRecord::parse(&fs::read(self.path("run.json")).unwrap()).unwrap()
    }

    /// Writes a record with a matching checksum.
    fn write(&self, record: &RunRecord) {
        fs::write(self.path("run.json"), record.to_bytes().unwrap()).unwrap();
    }

    fn state(&self) -> RunState {
        let runs = Store::open(self.folder.path()).runs("relu").unwrap();
        runs.into_iter().next().unwrap().1
    }

    #[track_caller]
    fn expect_damaged(&self, expected: &str) {
        match self.state() {
            RunState::Damaged(error) => {
                let message = format!("{error:#}");
                assert!(message.contains(expected), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_committed_run_is_whole_without_its_model() {
    match Copy::new().state() {
        RunState::Complete(run) => assert!(!run.has_model && run.epochs.len() == 21),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_flip_of_a_bit_of_a_record_is_noticed() {
    let bytes = fs::read(Copy::new().path("run.json")).unwrap();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            assert!(
                RunRecord::parse(&flipped).is_err(),
                "bit {bit} of byte {place}"
            );
        }
    }
}

#[test]
fn numbers_that_are_not_those_of_the_tables_are_damage() {
    type Change = fn(&mut RunRecord);
    let cases: [(Change, &str); 7] = [
        (
            |r| r.result.test_accuracy = Some(0.999),
            "test_accuracy is Some(0.999)",
        ),
        (|r| r.result.val_loss = Some(0.01), "val_loss is Some(0.01)"),
        (
            |r| r.result.val_accuracy = Some(1.0),
            "val_accuracy is Some(1.0)",
        ),
        (|r| r.result.best_epoch = 3, "best_epoch is 3"),
        (|r| r.result.epochs_run = 22, "epochs_run is 22"),
        (
            |r| r.files.clear(),
            "unexpected file: not listed in run.json",
        ),
        (|r| r.result.test_loss = None, "a test result, or neither"),
    ];
    for (change, expected) in cases {
        let copy = Copy::new();
        let mut record = copy.record();
        change(&mut record);
        copy.write(&record);
        copy.expect_damaged(expected);
    }
}

#[test]
fn tables_that_fit_their_hash_but_not_each_other_are_damage() {
    let copy = Copy::new();
    let mut record = copy.record();
    let table = to_csv(&[EpochRow {
        epoch: 2,
        ..EpochRow::default()
    }]);
    let table = table.unwrap();
    fs::write(copy.path("metrics.csv"), &table).unwrap();
    record
        .files
        .insert("metrics.csv".to_owned(), sha256(&table));
    copy.write(&record);
    copy.expect_damaged("epochs_run is 21");
}

#[test]
fn a_file_that_the_record_does_not_name_is_damage() {
    let copy = Copy::new();
    fs::write(copy.path("steps.csv"), to_csv::<StepRow>(&[]).unwrap()).unwrap();
    copy.expect_damaged("steps.csv: unexpected file");
}

#[test]
fn what_cannot_be_read_is_no_damage() {
    let copy = Copy::new();
    fs::remove_file(copy.path("metrics.csv")).unwrap();
    fs::create_dir(copy.path("metrics.csv")).unwrap();
    assert!(matches!(copy.state(), RunState::Unreadable(_)));
}

#[test]
fn a_record_of_another_form_says_so() {
    let copy = Copy::new();
    let text = fs::read_to_string(copy.path("run.json")).unwrap();
    for (form, expected) in [
        ("\"format\": 3,", "run.json: format 3; expected 2"),
        ("", "missing field `format`"),
    ] {
        let text = text.replace("\"format\": 2,", form);
        fs::write(copy.path("run.json"), text).unwrap();
        copy.expect_damaged(expected);
    }
}
