//! Bytes that are mostly zeros, kept without them; and some of their rows sorted by column.

use std::ops::Range;

use crate::error::Error;

/// The number of neighbouring columns that Xᵀ·D treats together: a group.
pub(crate) const GROUP: usize = 4;

/// Rows of bytes with their zeros left out.
///
/// Each row is kept twice: byte by byte, which X·W reads, and in groups of four neighbouring columns
/// of which at least one is not 0, which Xᵀ·D reads. Together that is about five bytes for each that
/// is not 0. A row's numbers lie side by side, so that one fetched from memory comes as a whole.
#[derive(Clone, Debug)]
pub struct SparseBytes {
    columns: usize,
    entries: usize,
    rows: Vec<Row>,
    /// Row by row: columns, bytes (two in each number, perhaps one too many), groups, their bytes.
    data: Vec<u16>,
}

/// Where a row begins in the data, and how long its lists are.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: u32,
    entries: u32,
    groups: u32,
}

impl SparseBytes {
    /// Takes rows of `columns` bytes, one after another.
    ///
    /// # Errors
    /// More than 65,536 columns, bytes that fill no whole number of rows, 2³⁰ bytes or more.
    pub fn from_dense(bytes: &[u8], columns: usize) -> Result<Self, Error> {
        if columns > 1 << 16 {
            return Err(Error::TooManyColumns { found: columns });
        }
        if columns == 0 || !bytes.len().is_multiple_of(columns) {
            return Err(Error::RaggedRows {
                bytes: bytes.len(),
                columns,
            });
        }
        if bytes.len() >= 1 << 30 {
            return Err(Error::TooManyBytes { found: bytes.len() });
        }
        let entries = bytes.iter().filter(|&&byte| byte != 0).count();
        let mut sparse = Self {
            columns,
            entries,
            rows: Vec::with_capacity(bytes.len() / columns),
            // Enough for images as they are; it grows for others.
            data: Vec::with_capacity(entries * 11 / 4),
        };
        let (mut singles, mut groups) = (Vec::new(), Vec::new());
        for row in bytes.chunks_exact(columns) {
            singles.clear();
            groups.clear();
            for (group, bytes) in row.chunks(GROUP).enumerate() {
                if bytes.iter().all(|&byte| byte == 0) {
                    continue;
                }
                let mut four = [0; GROUP];
                four[..bytes.len()].copy_from_slice(bytes);
                groups.push((group as u16, four));
                for (j, &byte) in bytes.iter().enumerate().filter(|&(_, &byte)| byte != 0) {
                    singles.push(((group * GROUP + j) as u16, byte));
                }
            }
            sparse.push_row(&singles, &groups);
        }
        sparse.data.shrink_to_fit();
        Ok(sparse)
    }

    fn push_row(&mut self, singles: &[(u16, u8)], groups: &[(u16, [u8; GROUP])]) {
        self.rows.push(Row {
            start: self.data.len() as u32,
            entries: singles.len() as u32,
            groups: groups.len() as u32,
        });
        let data = &mut self.data;
        data.extend(singles.iter().map(|&(column, _)| column));
        data.extend(singles.chunks(2).map(|pair| {
            let second = pair.get(1).map_or(0, |&(_, byte)| byte);
            u16::from_ne_bytes([pair[0].1, second])
        }));
        data.extend(groups.iter().map(|&(group, _)| group));
        for &(_, [a, b, c, d]) in groups {
            data.extend([u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d])]);
        }
    }

    /// The number of rows of bytes.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The number of bytes in a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The share of bytes that are not 0; 0 for an empty matrix.
    pub fn density(&self) -> f64 {
        self.entries as f64 / (self.rows() * self.columns).max(1) as f64
    }

    /// Row `row`'s non-zero columns, ascending, and their values.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    pub fn row(&self, row: usize) -> (&[u16], &[u8]) {
        let Row { start, entries, .. } = self.rows[row];
        let (start, entries) = (start as usize, entries as usize);
        let (columns, rest) = self.data[start..].split_at(entries);
        let bytes: &[u8] = bytemuck::cast_slice(&rest[..entries.div_ceil(2)]);
        (columns, &bytes[..entries])
    }

    /// Row `row`'s groups that are not all 0, ascending, and their bytes; group g begins at column 4g.
    #[inline(always)]
    pub(crate) fn groups(&self, row: usize) -> (&[u16], &[[u8; GROUP]]) {
        let Row {
            start,
            entries,
            groups: count,
        } = self.rows[row];
        let (entries, count) = (entries as usize, count as usize);
        let start = start as usize + entries + entries.div_ceil(2);
        let (groups, rest) = self.data[start..].split_at(count);
        (groups, bytemuck::cast_slice(&rest[..GROUP / 2 * count]))
    }

    /// Reads a little of each cache line of a row, so that the processor fetches them all at once;
    /// returns something that depends on it.
    #[inline(always)]
    pub(crate) fn touch(&self, row: usize) -> u16 {
        let Row {
            start,
            entries,
            groups,
        } = self.rows[row];
        let len = entries + entries.div_ceil(2) + groups * (1 + GROUP as u32 / 2);
        let lines = self.data[start as usize..(start + len) as usize].chunks(32);
        lines.fold(0, |mix, line| mix ^ line[0])
    }
}

/// Some groups of columns of a list of rows, sorted by group: what Xᵀ·D reads. The entries of the i-th
/// group are `entries[i · stride..][..counts[i]]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortedColumns {
    /// The first of the groups.
    first: usize,
    counts: Vec<u32>,
    entries: Vec<GroupEntry>,
    stride: usize,
}

/// An example's bytes in the columns of a group.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GroupEntry {
    pub(crate) example: u32,
    pub(crate) bytes: [u8; GROUP],
}

impl SortedColumns {
    /// Sorts the entries of `groups` in the given rows, each of which is an example.
    pub(crate) fn sort(&mut self, bytes: &SparseBytes, rows: &[u32], groups: Range<usize>) {
        if self.stride < rows.len() {
            // An odd number of cache lines, so that the groups' ends do not share a cache's sets.
            self.stride = rows.len().next_multiple_of(16) + 8;
        }
        let needed = groups.len() * self.stride;
        if self.entries.len() < needed {
            self.entries.resize(needed, GroupEntry::default());
        }
        self.first = groups.start;
        self.counts.clear();
        self.counts.resize(groups.len(), 0);
        for (example, &row) in rows.iter().enumerate() {
            let (indices, entries) = bytes.groups(row as usize);
            let first = match groups.start {
                0 => 0,
                start => indices.partition_point(|&group| usize::from(group) < start),
            };
            for (&group, &bytes) in indices[first..].iter().zip(&entries[first..]) {
                let group = usize::from(group);
                if group >= groups.end {
                    break;
                }
                let count = &mut self.counts[group - groups.start];
                self.entries[(group - groups.start) * self.stride + *count as usize] = GroupEntry {
                    example: example as u32,
                    bytes,
                };
                *count += 1;
            }
        }
    }

    /// The entries of `group`, which is among those that were sorted, by ascending example.
    #[inline(always)]
    pub(crate) fn group(&self, group: usize) -> &[GroupEntry] {
        let i = group - self.first;
        &self.entries[i * self.stride..][..self.counts[i] as usize]
    }
}
