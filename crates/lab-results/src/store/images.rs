//! The test images that the runs of a suite misclassify: `images.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::disk::atomic_file::read_if_there;
use crate::names::IMAGES;
use crate::tables::MistakeRow;

/// For each test image and each experiment, the number of runs that misclassify the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    experiments: Vec<String>,
    /// By the image's position in the test set. Images that every run classifies correctly are not in the table.
    counts: BTreeMap<usize, Vec<u32>>,
}

impl Images {
    /// No mistakes of these experiments.
    pub fn new(experiments: impl IntoIterator<Item = String>) -> Self {
        Self {
            experiments: experiments.into_iter().collect(),
            counts: BTreeMap::new(),
        }
    }

    /// Adds the mistakes of a run; nothing for an unknown experiment.
    pub fn add(&mut self, experiment: &str, mistakes: &[MistakeRow]) {
        let Some(at) = self.experiments.iter().position(|it| it == experiment) else {
            return;
        };
        for mistake in mistakes {
            let none = || vec![0; self.experiments.len()];
            self.counts.entry(mistake.image).or_insert_with(none)[at] += 1;
        }
    }

    /// For each image that runs of two experiments misclassify, the numbers of runs of the two; `None` for an unknown
    /// experiment.
    pub fn of(&self, experiments: [&str; 2]) -> Option<Vec<[u32; 2]>> {
        let column = |id: &str| self.experiments.iter().position(|it| it == id);
        let [a, b] = [column(experiments[0])?, column(experiments[1])?];
        let pairs = self.counts.values().map(|counts| [counts[a], counts[b]]);
        Some(pairs.filter(|pair| *pair != [0, 0]).collect())
    }

    /// Reads `images.csv` in a folder, if it is there.
    ///
    /// # Errors
    /// A file that cannot be read; a table that is not as [`to_csv`](Self::to_csv) wrote it.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(IMAGES);
        let Some(bytes) = read_if_there(&path)? else {
            return Ok(None);
        };
        let images = Self::parse_csv(&bytes);
        Ok(Some(images.with_context(|| path.display().to_string())?))
    }

    /// The bytes of `images.csv`.
    ///
    /// # Errors
    /// Errors of the CSV library; none is known to occur.
    pub fn to_csv(&self) -> Result<Vec<u8>> {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(
            std::iter::once("image").chain(self.experiments.iter().map(|it| &**it)),
        )?;
        for (image, counts) in &self.counts {
            let counts = counts.iter().map(u32::to_string);
            table.write_record(std::iter::once(image.to_string()).chain(counts))?;
        }
        Ok(table.into_inner()?)
    }

    fn parse_csv(bytes: &[u8]) -> Result<Self> {
        let mut table = csv::Reader::from_reader(bytes);
        let mut columns = table.headers()?.iter().map(str::to_owned);
        ensure!(
            columns.next().as_deref() == Some("image"),
            "expected the first column to be `image`"
        );
        let mut images = Self::new(columns);
        for (row, line) in table.records().zip(2..) {
            let row: Vec<u32> = row?
                .deserialize(None)
                .with_context(|| format!("line {line}: expected an image and numbers of runs"))?;
            images.counts.insert(row[0] as usize, row[1..].to_vec());
        }
        Ok(images)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let mistake = |image| MistakeRow {
            image,
            ..MistakeRow::default()
        };
        let mut images = Images::new(["a", "b"].map(str::to_owned));
        images.add("a", &[mistake(7), mistake(3)]);
        images.add("a", &[mistake(7)]);
        images.add("b", &[mistake(9)]);
        images.add("c", &[mistake(1)]);
        let table = images.to_csv().unwrap();
        assert_eq!(table, b"image,a,b\n3,1,0\n7,2,0\n9,0,1\n");
        assert_eq!(Images::parse_csv(&table).unwrap(), images);
        assert_eq!(images.of(["a", "b"]), Some(vec![[1, 0], [2, 0], [0, 1]]));
        assert_eq!(images.of(["a", "c"]), None);
        for bad in [
            "seed,a\n",
            "image,a\n1,x\n",
            "image,a\n1\n",
            "image,a\n1,-1\n",
        ] {
            assert!(Images::parse_csv(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
