//! The examples of a sparse batch, sorted by feature for both products.

use std::ops::Range;

use crate::float::Float;

use super::sparse::SparseBatch;
use super::sparse_bytes::GROUP;

/// Consecutive examples of a batch, with their non-zero values sorted by group of features.
#[derive(Clone, Debug)]
pub(crate) struct Sorted<F> {
    examples: Range<usize>,
    /// The start of each group's entries, and the end of the last group's.
    starts: Vec<u32>,
    entries: Vec<Entry<F>>,
}

/// An example's values in the features of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<F> {
    pub(crate) values: [F; GROUP],
    /// The example, counted from the first of the sorted examples.
    pub(crate) example: u32,
}

impl<F> Default for Sorted<F> {
    fn default() -> Self {
        Self {
            examples: 0..0,
            starts: Vec::new(),
            entries: Vec::new(),
        }
    }
}

impl<F: Float> Sorted<F> {
    /// Sorts some examples of a batch, in the memory of the last ones.
    pub(super) fn sort(&mut self, x: &SparseBatch<F>, examples: Range<usize>) {
        let (_, features) = x.shape();
        let rows = &x.rows[examples.clone()];
        self.examples = examples;
        // Shifted by two: while entries are put into place, `starts[group + 1]` is the position of the next one.
        self.starts.clear();
        self.starts.resize(features.div_ceil(GROUP) + 2, 0);
        // The rows are scattered in memory. Touching them all first lets the processor fetch them in parallel.
        let touched = rows.iter().map(|&row| x.bytes.touch(row as usize));
        std::hint::black_box(touched.fold(0, |mix, x| mix ^ x));
        for &row in rows {
            for entry in x.bytes.groups(row as usize) {
                self.starts[usize::from(entry.group) + 2] += 1;
            }
        }
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
        if self.entries.len() < sum as usize {
            let nothing = Entry {
                values: [F::zero(); GROUP],
                example: 0,
            };
            self.entries.resize(sum as usize, nothing);
        }
        for (example, &row) in rows.iter().enumerate() {
            for entry in x.bytes.groups(row as usize) {
                let place = &mut self.starts[usize::from(entry.group) + 1];
                self.entries[*place as usize] = Entry {
                    values: entry.bytes.map(F::of_byte),
                    example: example as u32,
                };
                *place += 1;
            }
        }
    }

    /// Removes all examples.
    pub(crate) fn clear(&mut self) {
        self.examples = 0..0;
        self.starts.clear();
    }

    /// The sorted examples.
    pub(super) fn examples(&self) -> Range<usize> {
        self.examples.clone()
    }

    /// The entries of `group`, by ascending example.
    #[inline(always)]
    pub(super) fn group(&self, group: usize) -> &[Entry<F>] {
        &self.entries[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}
