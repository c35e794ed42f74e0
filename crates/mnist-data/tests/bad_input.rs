//! Errors in a data set have one line: file, offset, expected, found.

mod common;

use std::fs;
use std::io;

use common::{NAMES, failure, gzip, idx, mnist_dir, small_dir, small_files, unchecked};
use mnist_data::idx::Limits;
use mnist_data::source::{self, Content};
use mnist_data::{Checksums, Dataset, OpenOptions};

/// Opens the small data set with file `i` replaced.
fn with_file(i: usize, bytes: &[u8]) -> String {
    let dir = small_dir();
    fs::write(dir.path().join(NAMES[i]), bytes).unwrap();
    failure(dir.path(), &unchecked())
}

#[test]
fn a_missing_file() {
    let dir = small_dir();
    fs::remove_file(dir.path().join(NAMES[3])).unwrap();
    assert_eq!(
        failure(dir.path(), &unchecked()),
        ": expected t10k-labels-idx1-ubyte.gz or t10k-labels-idx1-ubyte, found neither"
    );
}

#[test]
fn a_missing_directory() {
    let dir = small_dir().path().join("elsewhere");
    assert_eq!(
        failure(&dir, &unchecked()),
        ": expected train-images-idx3-ubyte.gz or train-images-idx3-ubyte, found no such directory"
    );
}

#[test]
fn a_directory_in_place_of_a_file() {
    let dir = small_dir();
    fs::remove_file(dir.path().join(NAMES[0])).unwrap();
    fs::create_dir(dir.path().join("train-images-idx3-ubyte.gz")).unwrap();
    let message = failure(dir.path(), &unchecked());
    assert!(
        message.starts_with("train-images-idx3-ubyte.gz: "),
        "{message}"
    );
    assert!(message.contains("directory"), "{message}");
}

#[test]
fn an_empty_file() {
    let expected = "t10k-labels-idx1-ubyte: byte 0: expected an IDX header, found an empty file";
    assert_eq!(with_file(3, b""), expected);
    assert_eq!(with_file(3, &gzip(b"")), expected);
}

#[test]
fn a_web_page() {
    let page = b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>";
    let expected = "train-images-idx3-ubyte: expected an IDX file, \
                    found a web page (HTML); download the file itself";
    assert_eq!(with_file(0, page), expected);
    assert_eq!(with_file(0, &gzip(page)), expected);
}

#[test]
fn a_file_in_another_format_is_named() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    assert_eq!(
        with_file(0, pointer),
        "train-images-idx3-ubyte: expected an IDX file, \
         found a Git LFS pointer; `git lfs pull` downloads the file itself"
    );
    assert_eq!(
        with_file(0, b"MNIST"),
        "train-images-idx3-ubyte: byte 0: expected the two zero bytes of the IDX magic number, \
         found \"MNIS\""
    );
}

#[test]
fn mnist_in_another_form_is_named_with_a_way_out() {
    let way_out = "docs/src/experiment.md has a script that converts";
    for name in ["train.csv", "mnist_train.csv", "mnist.npz"] {
        let dir = folder_with(&[name]);
        let message = failure(dir.path(), &unchecked());
        let found = format!("found {name}, which is not in IDX; MNIST itself is built in");
        assert!(message.contains(&found), "{message}");
        assert!(message.contains(way_out), "{message}");
    }
    let dir = folder_with(&["archive.zip"]);
    let message = failure(dir.path(), &unchecked());
    assert!(message.ends_with("unpack it first"), "{message}");

    let files = [
        ("train.csv", &b"label,pixel0\n"[..], "found a CSV table"),
        ("mnist.npz", b"PK\x03\x04x_test.npy", "found NumPy arrays"),
    ];
    for (name, bytes, found) in files {
        let file = dir.path().join(name);
        fs::write(&file, bytes).unwrap();
        let message = failure(&file, &unchecked());
        let is_told = message.contains(found) && message.contains(way_out);
        assert!(is_told, "{message}");
    }
}

/// torchvision with `root=dir`.
fn with_torchvision(set: &str, prefix: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join(set).join("raw");
    fs::create_dir_all(&raw).unwrap();
    for (name, bytes) in NAMES.iter().zip(small_files()) {
        let name = match prefix {
            "" => (*name).to_owned(),
            prefix => format!("{prefix}-{}", name.replace("t10k", "test")),
        };
        fs::write(raw.join(name), bytes).unwrap();
    }
    dir
}

#[test]
fn torchvisions_folder_is_found_below_its_root() {
    for set in ["MNIST", "FashionMNIST", "KMNIST"] {
        let dir = with_torchvision(set, "");
        for place in [dir.path().to_owned(), dir.path().join(set)] {
            let data = Dataset::open(place, &unchecked()).unwrap();
            assert_eq!(data.train().labels(), [0, 9, 1]);
        }
    }
    let dir = with_torchvision("EMNIST", "emnist-digits");
    let expected = "found EMNIST: emnist-digits (10 classes)";
    let message = failure(dir.path(), &unchecked());
    assert!(message.ends_with(expected), "{message}");
    let options = OpenOptions {
        prefix: Some("emnist-digits".to_owned()),
        ..unchecked()
    };
    assert!(Dataset::open(dir.path(), &options).is_ok());
}

#[test]
fn a_folder_of_several_sets_is_ambiguous() {
    let dir = with_torchvision("MNIST", "");
    let other = dir.path().join("KMNIST/raw");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join(NAMES[0]), b"").unwrap();
    let message = failure(dir.path(), &unchecked());
    let expected = format!(
        "found several data sets; name one of {}, {}",
        dir.path().join("MNIST/raw").display(),
        other.display()
    );
    assert!(message.ends_with(&expected), "{message}");
    // Files in the folder itself come first.
    fs::write(dir.path().join(NAMES[0]), b"").unwrap();
    let message = failure(dir.path(), &unchecked());
    assert!(message.starts_with(NAMES[0]), "{message}");
}

#[test]
fn zeros_after_gzip_data_are_padding_and_other_bytes_an_error() {
    let whole = gzip(&small_files()[0]);
    let dir = small_dir();
    let padded = [&whole[..], &[0; 512]].concat();
    fs::write(dir.path().join(NAMES[0]), padded).unwrap();
    Dataset::open(dir.path(), &unchecked()).unwrap();
    assert_eq!(
        with_file(0, &[&whole[..], b"\n"].concat()),
        "train-images-idx3-ubyte: byte 28 (uncompressed): expected valid gzip data, \
         found: other bytes after the end of the gzip data"
    );
}

#[test]
fn a_gzip_file_cut_off_anywhere() {
    // Noise, which does not compress, so that there is data to truncate.
    let pixels = [3, 141, 59, 26, 53, 58, 97, 93, 238, 46, 26, 43];
    let whole = gzip(&idx(8, &[3, 2, 2], &pixels));
    for end in 2..whole.len() {
        let message = with_file(0, &whole[..end]);
        assert!(
            message.starts_with("train-images-idx3-ubyte: byte ")
                && message.ends_with(
                    "expected more gzip data, found the end of the file (truncated gzip)"
                ),
            "{end} of {}: {message}",
            whole.len()
        );
    }
}

#[test]
fn a_gzip_file_with_a_wrong_checksum_of_its_own() {
    let mut bytes = gzip(&small_files()[0]);
    let crc = bytes.len() - 8;
    bytes[crc] ^= 1;
    assert_eq!(
        with_file(0, &bytes),
        "train-images-idx3-ubyte: byte 28 (uncompressed): expected valid gzip data, \
         found: corrupt gzip stream does not have a matching checksum"
    );
}

/// A reader that returns some bytes, and then a system error.
struct Refusing<'a>(&'a [u8], io::ErrorKind);

impl io::Read for Refusing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(self.1.into()),
            n => Ok(n),
        }
    }
}

#[test]
fn a_fault_of_the_system_is_not_blamed_on_the_gzip_data() {
    let whole = gzip(&small_files()[0]);
    for (kind, words) in [
        (io::ErrorKind::OutOfMemory, "out of memory"),
        (io::ErrorKind::TimedOut, "timed out"),
    ] {
        let reader = io::BufReader::new(Refusing(&whole[..whole.len() - 1], kind));
        let limits = Limits::default();
        let error = source::read("images.gz", reader, Content::Images, &limits).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("images.gz: byte 28: cannot read on: {words}")
        );
    }
}

#[test]
fn labels_in_place_of_images_and_the_reverse() {
    let [images, labels, ..] = small_files();
    assert_eq!(
        with_file(0, &labels),
        "train-images-idx3-ubyte: byte 3: expected images (3-dimensional), \
         found labels (1-dimensional)"
    );
    assert_eq!(
        with_file(1, &gzip(&images)),
        "train-labels-idx1-ubyte: byte 3: expected labels (1-dimensional), \
         found images (3-dimensional)"
    );
    assert_eq!(
        with_file(1, &idx(8, &[2, 2], &[0; 4])),
        "train-labels-idx1-ubyte: byte 3: expected labels (1-dimensional), \
         found neither images nor labels (2-dimensional)"
    );
}

#[test]
fn another_element_type() {
    assert_eq!(
        with_file(0, &idx(0x0D, &[3, 2, 2], &[0; 48])),
        "train-images-idx3-ubyte: byte 2: expected element type u8 (0x08), found f32 (0x0D)"
    );
}

#[test]
fn a_header_that_declares_more_than_the_file_has() {
    let bytes = idx(8, &[40_000, 28, 28], &[7; 1000]);
    let expected = "train-images-idx3-ubyte: byte 1016: expected 31360016 bytes as the header \
                    declares, found the end of the file after 1016";
    assert_eq!(with_file(0, &bytes), expected);
    assert_eq!(with_file(0, &gzip(&bytes)), expected);
}

#[test]
fn a_header_that_declares_more_than_the_limit() {
    assert_eq!(
        with_file(0, &idx(8, &[u32::MAX, 28, 28], &[7; 1000])),
        "train-images-idx3-ubyte: byte 4: expected dimensions of at most 2147483648 bytes in all, \
         found [4294967295, 28, 28] of u8 (0x08)"
    );
    let mut options = unchecked();
    options.limits.bytes = 11;
    assert_eq!(
        failure(small_dir().path(), &options),
        "train-images-idx3-ubyte: byte 4: expected dimensions of at most 11 bytes in all, \
         found [3, 2, 2] of u8 (0x08)"
    );
}

#[test]
fn bytes_after_the_end() {
    let mut bytes = small_files()[1].clone();
    bytes.push(0);
    let expected = "train-labels-idx1-ubyte: byte 11: expected the end of the file, \
                    as the header declares 11 bytes, found more bytes";
    assert_eq!(with_file(1, &bytes), expected);
    assert_eq!(with_file(1, &gzip(&bytes)), expected);
}

#[test]
fn a_decompression_bomb_is_left_after_one_byte_too_many() {
    // 64 MiB of zeros, compressed to 64 KiB.
    let mut bytes = small_files()[1].clone();
    bytes.resize(64 << 20, 0);
    let message = with_file(1, &gzip(&bytes));
    assert!(message.contains("byte 11: expected the end"), "{message}");
}

#[test]
fn a_label_outside_the_classes() {
    assert_eq!(
        with_file(1, &idx(8, &[3], &[0, 9, 10])),
        "train-labels-idx1-ubyte: byte 10: expected a label in 0..10, found 10 as label 2"
    );
}

#[test]
fn a_number_of_classes_that_labels_cannot_have() {
    let dir = small_dir();
    for classes in [0, 257] {
        let options = OpenOptions {
            classes,
            ..unchecked()
        };
        let error = Dataset::open(dir.path(), &options).unwrap_err();
        let expected = format!("classes: expected 1 to 256, found {classes}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn different_numbers_of_images_and_labels() {
    let message = with_file(3, &idx(8, &[3], &[1, 2, 3]));
    assert!(
        message.starts_with("t10k-labels-idx1-ubyte: expected 2 labels, one for each image of ")
    );
    assert!(
        message.ends_with("t10k-images-idx3-ubyte, found 3"),
        "{message}"
    );
}

#[test]
fn test_images_of_another_size() {
    let message = with_file(2, &idx(8, &[2, 1, 3], &[0; 6]));
    assert!(message.starts_with("t10k-images-idx3-ubyte: expected images of 2 x 2 pixels as in "));
    assert!(
        message.ends_with("train-images-idx3-ubyte, found 1 x 3"),
        "{message}"
    );
}

/// The output of sha256sum for the first of `small_files`.
const SMALL_SUM: &str = "791217a0ad3768e8809487aab66ad0efaa213debef48bd02d340e0ff84a63a73";

#[test]
fn an_unknown_data_set_where_a_known_one_is_expected() {
    assert_eq!(
        failure(small_dir().path(), &OpenOptions::default()),
        format!(
            "train-images-idx3-ubyte: expected a file of MNIST, Fashion-MNIST or KMNIST, \
             found SHA-256 {SMALL_SUM}"
        )
    );
}

#[test]
fn any_other_data_set_where_mnist_is_expected() {
    let options = OpenOptions {
        checksums: Checksums::Mnist,
        ..OpenOptions::default()
    };
    assert_eq!(
        failure(small_dir().path(), &options),
        format!(
            "train-images-idx3-ubyte: expected SHA-256 \
             ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db \
             (MNIST's train-images-idx3-ubyte), found {SMALL_SUM} (uncompressed, of an unknown set)"
        )
    );
}

/// Labels of a single class, so that the file belongs to no known set.
#[test]
fn a_file_of_another_set_among_those_of_a_known_one() {
    let dir = tempfile::tempdir().unwrap();
    for name in NAMES {
        let file = format!("{name}.gz");
        fs::copy(mnist_dir().join(&file), dir.path().join(&file)).unwrap();
    }
    let labels = idx(8, &[10_000], &[7; 10_000]);
    fs::write(dir.path().join(format!("{}.gz", NAMES[3])), &labels).unwrap();
    let message = failure(dir.path(), &OpenOptions::default());
    let expected = "t10k-labels-idx1-ubyte.gz: expected SHA-256 \
                    ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 \
                    (MNIST's t10k-labels-idx1-ubyte), found ";
    assert!(message.starts_with(expected), "{message}");
    let end = " (uncompressed, of an unknown set)";
    assert!(message.ends_with(end), "{message}");
    let data = Dataset::open(dir.path(), &unchecked()).unwrap();
    assert_eq!((data.name(), data.class_names()), (None, None));
}

/// A folder with these files, all empty, because only the names matter.
fn folder_with(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        fs::write(dir.path().join(file), b"").unwrap();
    }
    dir
}

#[test]
fn emnist_and_qmnist_are_known_by_their_names() {
    let letters = "emnist-letters-train-images-idx3-ubyte.gz";
    let emnist = "expected train-images-idx3-ubyte and three more, found EMNIST: ";
    for options in [unchecked(), OpenOptions::default()] {
        let dir = folder_with(&[letters]);
        let expected = format!(": {emnist}emnist-letters (27 classes)");
        assert_eq!(failure(dir.path(), &options), expected);
        let dir = folder_with(&["emnist-mnist-train-images-idx3-ubyte", letters]);
        let expected = format!(": {emnist}emnist-letters (27 classes), emnist-mnist (10 classes)");
        assert_eq!(failure(dir.path(), &options), expected);
        let dir = folder_with(&[
            "qmnist-train-images-idx3-ubyte.gz",
            "qmnist-train-labels-idx2-int.gz",
        ]);
        assert_eq!(
            failure(dir.path(), &options),
            ": expected train-images-idx3-ubyte and three more, found QMNIST; its labels \
             (idx2-int, eight numbers per image) are not read; docs/src/experiment.md has a script that converts them"
        );
    }
    // Files of EMNIST beside MNIST's files do not matter.
    let dir = folder_with(&[letters, NAMES[0]]);
    let message = failure(dir.path(), &unchecked());
    assert!(
        message.starts_with("train-images-idx3-ubyte: byte 0"),
        "{message}"
    );
}

#[test]
fn of_several_faults_the_first_file_is_named() {
    let dir = small_dir();
    for name in NAMES {
        fs::write(dir.path().join(name), b"").unwrap();
    }
    for name in NAMES {
        let message = failure(dir.path(), &unchecked());
        assert!(message.starts_with(name), "{message}");
        let i = NAMES.iter().position(|&n| n == name).unwrap();
        fs::write(dir.path().join(name), &small_files()[i]).unwrap();
    }
    assert!(Dataset::open(dir.path(), &unchecked()).is_ok());
}
