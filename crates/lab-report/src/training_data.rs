//! `mnist.js`: the data set for the section "Train" of `report.html`. A page that is opened from a file cannot read
//! other files, but can run them as scripts.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use lab_results::disk::atomic_file::{read_if_there, remove};
use lab_results::names::TRAINING_DATA;
use lab_results::store::Writer;
use mnist_data::known::KnownSet;
use mnist_data::{Dataset, LabelledImages};

use crate::findings::Findings;
use crate::page::trainable;

/// The first words of every `mnist.js`.
const START: &str =
    "// The data set of the section Train in report.html; `mnist-lab report` writes this file.";

/// The code of unsigned bytes in an IDX file.
const BYTES: u8 = 8;

/// The data set that a page can train with.
#[derive(Clone, Copy)]
pub(crate) struct TrainingData<'a> {
    name: &'static str,
    dataset: &'a Dataset,
}

impl<'a> TrainingData<'a> {
    /// The data set for a page about these findings. `None` if the page has no section "Train", or if the trainer does
    /// not recognise the data set by the SHA-256 of the uncompressed files, as it does not with KMNIST.
    pub(crate) fn of(findings: &Findings, dataset: &'a Dataset) -> Option<Self> {
        let (name, _) = trainable(findings)?;
        let sums = dataset.digests().each_ref().map(|it| it.sha256.as_str());
        KnownSet::of_uncompressed(&sums).map(|_| Self { name, dataset })
    }

    /// Comment lines with the SHA-256 of the uncompressed files.
    fn head(&self) -> Result<String> {
        let mut head = format!("{START}\n// SHA-256 of the uncompressed files:\n");
        for file in self.dataset.digests() {
            writeln!(head, "// {}  {}", file.sha256, file.name)?;
        }
        Ok(head)
    }

    /// The script: the four IDX files in the order of [`Dataset::digests`], gzip in base64.
    fn script(&self, head: &str) -> Result<String> {
        let mut files = Vec::new();
        for part in [self.dataset.train(), self.dataset.test()] {
            files.extend(idx_files(part)?.map(|file| STANDARD.encode(file)));
        }
        let (name, files) = (
            serde_json::to_string(self.name)?,
            serde_json::to_string(&files)?,
        );
        Ok(format!(
            "{head}globalThis.MNIST_FILES = {{\"name\":{name},\"files\":{files}}};\n"
        ))
    }
}

/// Writes `mnist.js`, unless the file has the same data already, or removes the file if the page does not train.
pub(crate) fn update(store: &Writer, data: Option<&TrainingData<'_>>) -> Result<()> {
    let path = store.folder().join(TRAINING_DATA);
    let found = read_if_there(&path)?.unwrap_or_default();
    match data {
        Some(data) => {
            let head = data.head()?;
            if !found.starts_with(head.as_bytes()) {
                store.write(TRAINING_DATA, data.script(&head)?.as_bytes())?;
            }
            Ok(())
        }
        None if found.starts_with(START.as_bytes()) => remove(&path),
        None => Ok(()),
    }
}

/// The compressed IDX files of the images and of their labels.
fn idx_files(part: &LabelledImages) -> Result<[Vec<u8>; 2]> {
    let images = part.images();
    let dims = [images.len(), images.rows(), images.cols()];
    Ok([
        idx_file(&dims, images.as_bytes())?,
        idx_file(&dims[..1], part.labels())?,
    ])
}

fn idx_file(dims: &[usize], data: &[u8]) -> Result<Vec<u8>> {
    let mut file = GzEncoder::new(Vec::new(), Compression::default());
    file.write_all(&[0, 0, BYTES, u8::try_from(dims.len())?])?;
    for &dim in dims {
        file.write_all(&u32::try_from(dim)?.to_be_bytes())?;
    }
    file.write_all(data)?;
    Ok(file.finish()?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use mnist_data::{Checksums, OpenOptions};

    use super::*;

    fn mnist() -> Dataset {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data");
        Dataset::open(data, &OpenOptions::default()).unwrap()
    }

    /// The committed runs, which were on MNIST.
    fn findings() -> Findings {
        let mut findings = crate::committed::paper();
        findings.data_set = Some("MNIST");
        findings
    }

    #[test]
    fn the_script_has_the_four_files() {
        let (dataset, findings) = (mnist(), findings());
        let folder = tempfile::tempdir().unwrap();
        let store = Writer::lock(folder.path()).unwrap();
        update(&store, TrainingData::of(&findings, &dataset).as_ref()).unwrap();

        let script = fs::read_to_string(folder.path().join(TRAINING_DATA)).unwrap();
        let (comment, rest) = script.split_once("globalThis.MNIST_FILES = ").unwrap();
        assert!(comment.lines().all(|line| line.starts_with("// ")));
        let data: serde_json::Value =
            serde_json::from_str(rest.strip_suffix(";\n").unwrap()).unwrap();
        assert_eq!(data["name"], "MNIST");
        let files: [Vec<u8>; 4] = std::array::from_fn(|i| {
            let file = data["files"][i].as_str().unwrap();
            STANDARD.decode(file).unwrap()
        });
        // Reading them compares their SHA-256 with the published ones.
        let options = OpenOptions {
            checksums: Checksums::Mnist,
            ..OpenOptions::default()
        };
        let read = Dataset::from_bytes(files.each_ref().map(|it| &it[..]), &options).unwrap();
        assert_eq!(read, dataset);
        for file in dataset.digests() {
            assert!(comment.contains(&format!("// {}  {}\n", file.sha256, file.name)));
        }
    }

    #[test]
    fn a_script_of_the_same_data_is_kept_and_another_one_replaced() {
        let (dataset, findings) = (mnist(), findings());
        let folder = tempfile::tempdir().unwrap();
        let store = Writer::lock(folder.path()).unwrap();
        let path = folder.path().join(TRAINING_DATA);
        let data = TrainingData::of(&findings, &dataset).unwrap();
        let same = format!("{}and other bytes", data.head().unwrap());
        fs::write(&path, &same).unwrap();
        update(&store, Some(&data)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), same);

        let sum = &dataset.digests()[2].sha256;
        let other = same.replace(sum.as_str(), &"0".repeat(64));
        fs::write(&path, &other).unwrap();
        update(&store, Some(&data)).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        assert!(written.starts_with(&data.head().unwrap()) && written.len() > 10_000_000);
    }

    #[test]
    fn a_page_that_does_not_train_has_no_script() {
        let (dataset, mut findings) = (mnist(), findings());
        for experiment in &mut findings.experiments {
            experiment.runs.clear();
        }
        assert!(TrainingData::of(&findings, &dataset).is_none());
        let folder = tempfile::tempdir().unwrap();
        let store = Writer::lock(folder.path()).unwrap();
        let path = folder.path().join(TRAINING_DATA);
        for (found, is_kept) in [(format!("{START}\n"), false), ("// mine".to_owned(), true)] {
            fs::write(&path, &found).unwrap();
            update(&store, None).unwrap();
            assert_eq!(path.exists(), is_kept, "{found}");
        }
    }

    #[test]
    fn an_unknown_data_set_is_not_for_training() {
        let folder = tempfile::tempdir().unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
        // The test set in place of the training set: no known set has these four files.
        for (from, to) in [("t10k", "train"), ("t10k", "t10k")] {
            for name in ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"] {
                let copy = folder.path().join(format!("{to}-{name}"));
                fs::copy(data.join(format!("{from}-{name}")), copy).unwrap();
            }
        }
        let options = OpenOptions {
            checksums: Checksums::Off,
            ..OpenOptions::default()
        };
        let dataset = Dataset::open(folder.path(), &options).unwrap();
        assert!(TrainingData::of(&findings(), &dataset).is_none());
    }
}
