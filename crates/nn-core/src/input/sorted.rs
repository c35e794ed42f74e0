//! The examples of a sparse batch, sorted by feature for both products.

use std::ops::Range;

use crate::float::Float;

use super::sparse::SparseBatch;
use super::sparse_bytes::GROUP;

/// The most examples that are sorted together, so that a set of them is the bits of one number.
pub(super) const BLOCK: usize = 64;

/// Consecutive examples of a batch, with their non-zero bytes sorted by group of features.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sorted {
    examples: Range<usize>,
    /// The examples with a non-zero byte in each group.
    inked: Vec<Inked>,
    /// The bytes of each group and example [groups × BLOCK], where they are not all 0. Other bytes are of earlier
    /// examples.
    bytes: Vec<[u8; GROUP]>,
}

/// The examples with a non-zero byte in a group. The products skip a half in which an example's bytes are 0, which saves
/// a fifth of the arithmetic for MNIST.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inked {
    /// In the first two features.
    pub(super) first: Examples,
    /// In the last two features.
    pub(super) second: Examples,
}

/// A set of examples, counted from the first of the sorted ones. As an iterator, it gives them in ascending order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Examples(u64);

impl Examples {
    pub(super) const NONE: Self = Self(0);

    /// The examples that are in both sets.
    #[inline(always)]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The examples that are in this set only.
    #[inline(always)]
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    #[inline(always)]
    fn insert_if(&mut self, example: usize, condition: bool) {
        self.0 |= u64::from(condition) << example;
    }
}

impl Iterator for Examples {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let next = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(next)
    }
}

impl Sorted {
    /// Sorts some examples of a batch, at most [`BLOCK`], in the memory of the last ones.
    pub(super) fn sort<F: Float>(&mut self, x: &SparseBatch<F>, examples: Range<usize>) {
        let (_, features) = x.shape();
        let rows = &x.rows[examples.clone()];
        self.examples = examples;
        self.inked.clear();
        self.inked
            .resize(features.div_ceil(GROUP), Inked::default());
        self.bytes.resize(self.inked.len() * BLOCK, [0; GROUP]);
        // The rows are scattered in memory. Touching them all first lets the processor fetch them in parallel.
        let touched = rows.iter().map(|&row| x.bytes.touch(row as usize));
        std::hint::black_box(touched.fold(0, |mix, x| mix ^ x));
        for (example, &row) in rows.iter().enumerate() {
            for entry in x.bytes.groups(row as usize) {
                let group = usize::from(entry.group);
                let bytes = u32::from_le_bytes(entry.bytes);
                let inked = &mut self.inked[group];
                inked.first.insert_if(example, bytes & 0xffff != 0);
                inked.second.insert_if(example, bytes >> 16 != 0);
                self.bytes[group * BLOCK + example] = entry.bytes;
            }
        }
    }

    /// Removes all examples.
    pub(crate) fn clear(&mut self) {
        self.examples = 0..0;
    }

    /// The sorted examples.
    pub(super) fn examples(&self) -> Range<usize> {
        self.examples.clone()
    }

    /// The examples with a non-zero byte in `group`, and the bytes of each example there.
    #[inline(always)]
    pub(super) fn group(&self, group: usize) -> (Inked, &[[u8; GROUP]; BLOCK]) {
        let (bytes, _) = self.bytes.as_chunks();
        (self.inked[group], &bytes[group])
    }
}
