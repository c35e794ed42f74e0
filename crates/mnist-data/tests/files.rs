//! The paths where files are looked for, and compressed files.

mod common;

use std::fs;

use common::{NAMES, gzip, small_dir, small_files, unchecked};
use mnist_data::{Dataset, OpenOptions};

#[test]
fn gzip_is_told_by_content_not_by_name() {
    let raw = small_dir();
    let expected = Dataset::open(raw.path(), &unchecked()).unwrap();
    assert_eq!(expected.train().images().image(1), [5, 6, 7, 8]);
    assert_eq!(expected.test().labels(), [3, 4]);

    type Encoding = fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, Encoding); 3] = [(".gz", gzip), (".gz", <[u8]>::to_vec), ("", gzip)];
    for (suffix, encode) in cases {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in NAMES.iter().zip(small_files()) {
            fs::write(dir.path().join(format!("{name}{suffix}")), encode(&bytes)).unwrap();
        }
        // Equality includes the digests of the uncompressed bytes.
        assert_eq!(Dataset::open(dir.path(), &unchecked()).unwrap(), expected);
    }
}

#[test]
fn a_gz_file_goes_before_a_raw_one() {
    let dir = small_dir();
    let mut labels = small_files()[3].clone();
    labels[9] = 5;
    fs::write(dir.path().join(format!("{}.gz", NAMES[3])), gzip(&labels)).unwrap();
    let dataset = Dataset::open(dir.path(), &unchecked()).unwrap();
    assert_eq!(dataset.test().labels(), [3, 5]);
}

#[test]
fn a_gzip_file_may_have_several_members() {
    let dir = small_dir();
    let bytes = &small_files()[0];
    let members = [gzip(&bytes[..5]), gzip(&bytes[5..])].concat();
    fs::write(dir.path().join(NAMES[0]), members).unwrap();
    let dataset = Dataset::open(dir.path(), &unchecked()).unwrap();
    assert_eq!(dataset.train().images().as_bytes(), &bytes[16..]);
}

#[test]
fn names_may_have_a_dot_before_idx() {
    let expected = Dataset::open(small_dir().path(), &unchecked()).unwrap();
    for suffix in ["", ".gz"] {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in NAMES.iter().zip(small_files()) {
            let name = name.replace("-idx", ".idx");
            fs::write(dir.path().join(format!("{name}{suffix}")), bytes).unwrap();
            // Some archivers unpack each archive into a folder with its name.
            fs::create_dir(dir.path().join(name.replace(".idx", "-idx"))).unwrap();
        }
        assert_eq!(Dataset::open(dir.path(), &unchecked()).unwrap(), expected);
    }
    assert_eq!(expected.digests()[0].name, NAMES[0]);
}

#[test]
fn a_name_with_a_dash_goes_before_one_with_a_dot() {
    let dir = small_dir();
    fs::write(dir.path().join("t10k-labels.idx1-ubyte.gz"), b"").unwrap();
    assert!(Dataset::open(dir.path(), &unchecked()).is_ok());
}

#[test]
fn a_prefix_selects_the_names_of_emnist() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = small_files();
    // 26 is the last letter.
    files[1][8] = 26;
    for (name, bytes) in NAMES.iter().zip(&files) {
        let name = format!("emnist-letters-{}.gz", name.replace("t10k", "test"));
        fs::write(dir.path().join(name), gzip(bytes)).unwrap();
    }
    let options = OpenOptions {
        classes: 27,
        prefix: Some("emnist-letters".to_owned()),
        ..unchecked()
    };
    let letters = Dataset::open(dir.path(), &options).unwrap();
    assert_eq!(letters.train().labels(), [26, 9, 1]);
    // Stored column by column, returned row by row.
    assert_eq!(letters.train().images().image(0), [1, 3, 2, 4]);
    assert_eq!(
        letters.digests()[2].name,
        "emnist-letters-test-images-idx3-ubyte"
    );
}

#[test]
fn truncation_keeps_the_first_of_each_part_and_the_record_of_the_files() {
    let dir = small_dir();
    let whole = Dataset::open(dir.path(), &unchecked()).unwrap();
    let part = whole.clone().truncated(2, 9);
    assert_eq!(part.train().labels(), [0, 9]);
    assert_eq!(part.train().images().as_bytes(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(part.test(), whole.test());
    assert_eq!(part.digests(), whole.digests());
}
