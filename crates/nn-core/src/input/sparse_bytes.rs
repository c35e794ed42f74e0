//! Bytes that are mostly zeros, stored without the zeros.

use crate::error::Error;

/// The number of neighbouring columns that the products treat together: a group.
pub(crate) const GROUP: usize = 4;

/// Bytes in a cache line.
const LINE: usize = 64;

/// Rows of bytes, stored without their zeros.
///
/// A row is stored as those groups of four columns in which at least one byte is not 0. This takes about two
/// bytes for each non-zero byte. The groups of a row are contiguous in memory.
#[derive(Clone, Debug)]
pub struct SparseBytes {
    columns: usize,
    /// The number of bytes that are not 0.
    entries: usize,
    /// The position of each row's first group, and the end of the last row.
    starts: Vec<u32>,
    groups: Vec<GroupBytes>,
}

/// The bytes of a row in the columns 4g to 4g + 3, with g = `group`. Beyond the last column, bytes are 0.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct GroupBytes {
    pub(crate) group: u16,
    pub(crate) bytes: [u8; GROUP],
}

impl SparseBytes {
    /// Stores rows of `columns` bytes, given one after another.
    ///
    /// # Errors
    /// More than 65,536 columns, a number of bytes that is not a multiple of `columns`, or 2³⁰ bytes or more.
    pub fn from_dense(bytes: &[u8], columns: usize) -> Result<Self, Error> {
        Self::check(bytes.len(), columns)?;
        let entries = bytes.iter().filter(|&&byte| byte != 0).count();
        let mut starts = Vec::with_capacity(bytes.len() / columns + 1);
        // Enough for typical images; the vector grows for others.
        let mut groups = Vec::with_capacity(entries * 2 / 5);
        starts.push(0);
        for row in bytes.chunks_exact(columns) {
            let (whole, rest) = row.as_chunks::<GROUP>();
            let mut last = [0; GROUP];
            last[..rest.len()].copy_from_slice(rest);
            for (group, &bytes) in whole.iter().chain([&last]).enumerate() {
                if bytes != [0; GROUP] {
                    let group = group as u16;
                    groups.push(GroupBytes { group, bytes });
                }
            }
            starts.push(groups.len() as u32);
        }
        groups.shrink_to_fit();
        Ok(Self {
            columns,
            entries,
            starts,
            groups,
        })
    }

    /// Checks that a number of bytes in rows of `columns` is supported.
    ///
    /// # Errors
    /// As [`from_dense`](Self::from_dense).
    pub fn check(bytes: usize, columns: usize) -> Result<(), Error> {
        if columns > 1 << 16 {
            return Err(Error::TooManyColumns { found: columns });
        }
        if columns == 0 || !bytes.is_multiple_of(columns) {
            return Err(Error::RaggedRows { bytes, columns });
        }
        if bytes >= 1 << 30 {
            return Err(Error::TooManyBytes { found: bytes });
        }
        Ok(())
    }

    /// The number of rows of bytes.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of bytes in a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The share of bytes that are not 0; 0 for an empty matrix.
    pub fn density(&self) -> f64 {
        self.entries as f64 / (self.rows() * self.columns).max(1) as f64
    }

    /// The columns of row `row` that are not 0, ascending, and their bytes.
    ///
    /// # Panics
    /// If the row does not exist.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, u8)> {
        self.groups(row).iter().flat_map(GroupBytes::nonzero)
    }

    /// The groups of row `row` that are not all 0, ascending.
    ///
    /// # Panics
    /// If the row does not exist.
    #[inline(always)]
    pub(crate) fn groups(&self, row: usize) -> &[GroupBytes] {
        &self.groups[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// Reads from each cache line of a row, so that the processor fetches them in parallel. The result depends on all
    /// reads, so the compiler does not remove them.
    #[inline(always)]
    pub(super) fn touch(&self, row: usize) -> u16 {
        let lines = self.groups(row).chunks(LINE / size_of::<GroupBytes>());
        lines.fold(0, |mix, line| mix ^ line[0].group)
    }
}

impl GroupBytes {
    /// The columns that are not 0, ascending, and their bytes.
    #[inline(always)]
    fn nonzero(&self) -> impl Iterator<Item = (usize, u8)> {
        let columns = usize::from(self.group) * GROUP..;
        columns.zip(self.bytes).filter(|&(_, byte)| byte != 0)
    }
}
