//! Memory for numbers, aligned to cache lines.

use std::ops::{Deref, DerefMut};

/// The number of bytes in a cache line, and in the widest vector.
const LINE: usize = 64;

/// A buffer of numbers that begins at a cache line. Unaligned, every load of a 64-byte vector would read two cache
/// lines and take twice as long.
#[derive(Debug, Default)]
pub struct Buffer<F> {
    /// The numbers, with padding on both sides.
    data: Vec<F>,
    start: usize,
    len: usize,
}

impl<F: Copy + Default> Buffer<F> {
    /// A buffer of `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let spare = LINE / size_of::<F>().max(1);
        let data = vec![F::default(); len + spare];
        let start = line_start(data.as_ptr(), spare);
        Self { data, start, len }
    }

    /// A buffer with a copy of `numbers`.
    pub fn of(numbers: &[F]) -> Self {
        let mut buffer = Self::zeros(numbers.len());
        buffer.copy_from_slice(numbers);
        buffer
    }

    /// The first `len` numbers, with unspecified values. If the buffer has to grow, they are zeros.
    pub fn sized(&mut self, len: usize) -> &mut [F] {
        if self.len < len {
            *self = Self::zeros(len);
        }
        &mut self[..len]
    }
}

/// The position of the first cache line in a vector's memory. On a platform where this is unknown, the buffer is not
/// aligned, but correct.
fn line_start<F>(data: *const F, spare: usize) -> usize {
    data.align_offset(LINE).min(spare)
}

impl<F: Clone> Clone for Buffer<F> {
    fn clone(&self) -> Self {
        let mut data = Vec::with_capacity(self.data.len());
        let start = line_start(data.as_ptr(), self.data.len() - self.len);
        data.extend_from_slice(&self.data[..start]);
        data.extend_from_slice(self);
        data.extend_from_slice(&self.data[start + self.len..]);
        Self {
            data,
            start,
            len: self.len,
        }
    }
}

impl<F: PartialEq> PartialEq for Buffer<F> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<F> Deref for Buffer<F> {
    type Target = [F];

    fn deref(&self) -> &[F] {
        &self.data[self.start..self.start + self.len]
    }
}

impl<F> DerefMut for Buffer<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.data[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_at_a_cache_line_after_cloning_and_growing_too() {
        for len in [0, 1, 5, 1000] {
            let mut buffer = Buffer::<f64>::zeros(len);
            buffer.iter_mut().for_each(|x| *x = 1.0);
            let copy = buffer.clone();
            assert_eq!(copy, buffer);
            buffer.sized(2 * len + 1);
            for buffer in [&copy, &buffer] {
                assert_eq!(buffer.as_ptr() as usize % LINE, 0);
            }
        }
    }
}
