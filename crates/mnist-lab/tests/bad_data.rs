//! Tests of data files that are missing, damaged or not MNIST's. Each mistake gives one line that names the file and
//! the place, and earlier results do not change.

mod common;

use common::{DATA, Lab, NAMES, gzip, run_softmax, small_files};

/// A data file that cannot be used.
struct Case {
    /// The fault of the file, and the name of its folder.
    name: &'static str,
    /// The index of the file among the four.
    file: usize,
    bytes: Vec<u8>,
    /// Parts of the message besides the file's path.
    expected: &'static [&'static str],
}

/// A file with other bytes from `place` on.
fn with(file: &[u8], place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    file[place..place + bytes.len()].copy_from_slice(bytes);
    file
}

/// Files that are cut short, too long, or another kind of file.
fn other_files() -> Vec<Case> {
    let [images, labels, test_images, test_labels] = small_files();
    let html = b"<!DOCTYPE html>\n<html><body>Moved</body></html>\n";
    vec![
        Case {
            name: "images cut short",
            file: 0,
            bytes: images[..5000].to_vec(),
            expected: &[
                "byte 5000: expected 470416 bytes as the header declares",
                "after 5000",
            ],
        },
        Case {
            name: "labels cut short",
            file: 1,
            bytes: labels[..100].to_vec(),
            expected: &["byte 100: expected 608 bytes"],
        },
        Case {
            name: "header cut short",
            file: 2,
            bytes: test_images[..9].to_vec(),
            expected: &["byte 9: expected a header of 16 bytes"],
        },
        Case {
            name: "more than declared",
            file: 3,
            bytes: [&test_labels[..], &[0]].concat(),
            expected: &["byte 208: expected the end of the file"],
        },
        Case {
            name: "labels as images",
            file: 0,
            bytes: labels.clone(),
            expected: &["byte 3: expected images (3-dimensional), found labels (1-dimensional)"],
        },
        Case {
            name: "images as labels",
            file: 3,
            bytes: test_images.clone(),
            expected: &["byte 3: expected labels (1-dimensional), found images (3-dimensional)"],
        },
        Case {
            name: "wrong magic",
            file: 0,
            bytes: with(&images, 0, b"IDX!"),
            expected: &[
                "byte 0: expected the two zero bytes of the IDX magic number, found \"IDX!\"",
            ],
        },
        Case {
            name: "floats",
            file: 2,
            bytes: with(&test_images, 2, &[0x0D]),
            expected: &["byte 2: expected element type u8 (0x08), found f32 (0x0D)"],
        },
        Case {
            name: "web page",
            file: 1,
            bytes: html.to_vec(),
            expected: &["expected an IDX file, found a web page"],
        },
        Case {
            name: "empty",
            file: 2,
            bytes: Vec::new(),
            expected: &["byte 0: expected an IDX header, found an empty file"],
        },
    ]
}

/// Files with impossible headers or labels, and damaged gzip files.
fn wrong_contents() -> Vec<Case> {
    let [images, labels, _, test_labels] = small_files();
    vec![
        Case {
            name: "oversized",
            file: 0,
            bytes: with(&images, 4, &[0xFF; 12]),
            expected: &["byte 4: expected dimensions of at most 2147483648 bytes"],
        },
        Case {
            name: "declared too many",
            file: 0,
            bytes: with(&images, 4, &60_000_u32.to_be_bytes()),
            expected: &["byte 470416: expected 47040016 bytes"],
        },
        Case {
            name: "unequal counts",
            file: 1,
            bytes: [&[0, 0, 8, 1, 0, 0, 2, 0x57], &labels[8..607]].concat(),
            expected: &["expected 600 labels, one for each image of", "found 599"],
        },
        Case {
            name: "label of no class",
            file: 3,
            bytes: with(&test_labels, 20, &[10]),
            expected: &["byte 20: expected a label in 0..10, found 10 as label 12"],
        },
        Case {
            name: "truncated gzip",
            file: 0,
            bytes: gzip(&images)[..2000].to_vec(),
            expected: &["expected more gzip data, found the end of the file"],
        },
        Case {
            name: "damaged gzip",
            file: 1,
            bytes: with(&gzip(&labels), 60, &[0xFF; 40]),
            expected: &["expected valid gzip data"],
        },
    ]
}

#[test]
fn spoiled_data_is_named_with_its_place() {
    let lab = Lab::with_results();
    for case in other_files().into_iter().chain(wrong_contents()) {
        let Case {
            name,
            file,
            bytes,
            expected,
        } = case;
        lab.write_spoiled_data(name, file, &bytes);
        let place = format!("{name}/{}: ", NAMES[file]);
        let expected = [&[place.as_str()], expected].concat();
        let data = ["--data-dir", name, "--checksums", "off"];
        lab.refuse(1, &[&["run", "softmax"][..], &data].concat(), &expected);
    }
}

#[test]
fn a_test_set_without_images_scores_nothing() {
    let lab = Lab::with_results();
    std::fs::remove_file(lab.path(&format!("data/{}.gz", NAMES[2]))).unwrap();
    let images = [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28];
    lab.write(&format!("data/{}", NAMES[2]), &images);
    lab.write(&format!("data/{}", NAMES[3]), &[0, 0, 8, 1, 0, 0, 0, 0]);
    lab.refuse(
        1,
        &run_softmax(&["--out", "other"]),
        &["the test set has no images"],
    );
}

#[test]
fn a_web_page_named_gz_is_recognised() {
    let lab = Lab::with_results();
    lab.write(&format!("data/{}.gz", NAMES[3]), b"<html>Moved</html>");
    let expected = [&*format!("data/{}.gz: ", NAMES[3]), "found a web page"];
    for command in [
        &["run"][..],
        &["gradcheck", "--out", "runs/paper"],
        &["report", "runs/paper"],
    ] {
        lab.refuse(1, &[command, &DATA].concat(), &expected);
    }
}

#[test]
fn missing_data_is_named() {
    let lab = Lab::with_results();
    let words = ["run", "--data-dir", "nowhere", "--checksums", "off"];
    let expected = "nowhere: expected train-images-idx3-ubyte.gz or train-images-idx3-ubyte, found no such directory";
    lab.refuse(1, &words, &[expected]);
    std::fs::remove_file(lab.path("data").join(NAMES[3])).unwrap();
    let expected =
        "data: expected t10k-labels-idx1-ubyte.gz or t10k-labels-idx1-ubyte, found neither";
    lab.refuse(1, &run_softmax(&[]), &[expected]);
}

#[test]
fn other_data_than_mnists_own_must_be_asked_for() {
    let lab = Lab::with_results();
    let words = ["run", "softmax", "--data-dir", "data"];
    let advice = "; add --checksums off for another data set";
    let expected = [
        "data/train-images-idx3-ubyte: expected a file of MNIST, Fashion-MNIST or KMNIST, found SHA-256 ",
        advice,
    ];
    lab.refuse(1, &words, &expected);
    let words = [&words[..], &["--checksums", "mnist"]].concat();
    let expected = [
        "data/train-images-idx3-ubyte: expected SHA-256 ba891046",
        "(uncompressed, of an unknown set)",
        advice,
    ];
    lab.refuse(1, &words, &expected);
}

#[test]
fn emnist_and_qmnist_are_known_by_their_names() {
    let lab = Lab::with_results();
    let emnist = |split| format!("emnist/emnist-{split}-train-images-idx3-ubyte.gz");
    let words = ["run", "softmax", "--data-dir", "emnist"];
    lab.write(&emnist("letters"), b"");
    let letters = "--prefix emnist-letters --classes 27 --checksums off";
    let found = "emnist: expected train-images-idx3-ubyte and three more, found EMNIST: ";
    let expected = format!("{found}emnist-letters (27 classes); add {letters}");
    lab.refuse(1, &words, &[&expected]);
    lab.write(&emnist("byclass"), b"");
    let expected = format!("add --prefix emnist-byclass --classes 62 --checksums off or {letters}");
    lab.refuse(1, &words, &[found, &expected]);

    lab.write("qmnist/qmnist-train-images-idx3-ubyte.gz", b"");
    let words = ["run", "softmax", "--data-dir", "qmnist"];
    let expected = ["found QMNIST; its labels (idx2-int"];
    lab.refuse(1, &words, &expected);
}

/// Does what the message advises.
#[test]
fn a_split_of_emnist_is_run_as_advised() {
    let lab = Lab::new();
    let [mut images, mut labels, test_images, test_labels] = small_files();
    images[16] = 1;
    labels[8] = 26;
    let files = [images, labels, test_images, test_labels];
    for (name, bytes) in NAMES.iter().zip(files) {
        let name = name.replace("t10k", "test").replace("-idx", ".idx");
        lab.write(&format!("emnist/emnist-letters-{name}"), &bytes);
    }
    let data = "--data-dir emnist --prefix emnist-letters --classes 27 --checksums off";
    let words = "run softmax --epochs 1 --quiet";
    let words: Vec<&str> = words.split(' ').chain(data.split(' ')).collect();
    lab.succeed(&words);
    let record = lab.text("runs/paper/softmax/seed-0/run.json");
    assert!(record.contains("\"classes\": 27"), "{record}");
}
