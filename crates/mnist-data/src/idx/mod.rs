//! The IDX format: a header, and then the elements of one array.
//!
//! ```text
//! offset  bytes      meaning
//! 0       2          zero
//! 2       1          element type: 08 u8, 09 i8, 0B i16, 0C i32, 0D f32, 0E f64
//! 3       1          number of dimensions D
//! 4       4 each     D dimensions, u32 big-endian, outermost first
//! 4+4D    the rest   elements, big-endian, last dimension fastest
//! ```
//!
//! A header is not trusted. Memory is allocated only as the bytes arrive, and reading ends one byte after the declared
//! length.
//!
//! ```
//! use mnist_data::idx::{IdxError, Limits, read_u8};
//!
//! let file = [0, 0, 0x08, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
//! let array = read_u8(&mut &file[..], &Limits::default())?;
//! assert_eq!((&array.dims[..], &array.data[..]), (&[1, 3][..], &[7, 8, 9][..]));
//!
//! let error = read_u8(&mut &file[..14], &Limits::default()).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "byte 14: expected 15 bytes as the header declares, found the end of the file after 14",
//! );
//! # Ok::<(), IdxError>(())
//! ```

mod error;
mod header;

use std::io::{self, Read};

pub use error::IdxError;
pub use header::{ElementType, IdxHeader, Limits};

/// The maximum number of bytes that are allocated before any byte has arrived.
const CHUNK: usize = 1 << 20;

/// An array of bytes read from an IDX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxU8 {
    /// The length of each dimension, outermost first.
    pub dims: Vec<usize>,
    /// The elements, last dimension fastest; as many as the product of `dims`.
    pub data: Vec<u8>,
}

/// Reads a header. The next byte of `reader` is then the first element.
///
/// # Errors
///
/// The bytes are not a header, or declare more than `limits`.
pub fn read_header(reader: &mut impl Read, limits: &Limits) -> Result<IdxHeader, IdxError> {
    let (element, rank) = read_magic(reader)?;
    if rank > limits.dims {
        return Err(IdxError::TooManyDims {
            limit: limits.dims,
            found: rank,
        });
    }
    let mut header = IdxHeader {
        element,
        dims: vec![0; rank],
    };
    let expected = header.len_bytes();
    for (i, dim) in header.dims.iter_mut().enumerate() {
        let offset = 4 + 4 * i as u64;
        let mut word = [0; 4];
        let n = read_full(reader, &mut word, offset)?;
        if n < word.len() {
            let found = offset + n as u64;
            return Err(IdxError::HeaderTruncated { expected, found });
        }
        *dim = u32::from_be_bytes(word) as usize;
    }
    if header.nonzero_bytes().is_none_or(|n| n > limits.bytes) {
        return Err(IdxError::TooLarge {
            limit: limits.bytes,
            dims: header.dims,
            element,
        });
    }
    Ok(header)
}

/// Reads the elements that follow `header`, and checks that the file ends there.
///
/// # Errors
///
/// The elements are not bytes, are fewer or more than the header declares, or cannot be read.
pub fn read_data_u8(reader: &mut impl Read, header: IdxHeader) -> Result<IdxU8, IdxError> {
    if header.element != ElementType::U8 {
        return Err(IdxError::Element {
            expected: ElementType::U8,
            found: header.element,
        });
    }
    let start = header.len_bytes();
    // A header that the caller made may declare any length; the saturated sum gives `Truncated`.
    let length = header.data_bytes().unwrap_or(u64::MAX - start);
    let data = read_growing(reader, length, start)?;
    let expected = start + length;
    let found = start + data.len() as u64;
    if found < expected {
        return Err(IdxError::Truncated { expected, found });
    }
    // A gzip decoder compares its checksum only when it reads to the end.
    if read_full(reader, &mut [0], expected)? > 0 {
        return Err(IdxError::Trailing { expected });
    }
    Ok(IdxU8 {
        dims: header.dims,
        data,
    })
}

/// Reads a whole IDX file of bytes: [`read_header`], then [`read_data_u8`].
///
/// # Errors
///
/// Those of [`read_header`] and [`read_data_u8`].
pub fn read_u8(reader: &mut impl Read, limits: &Limits) -> Result<IdxU8, IdxError> {
    let header = read_header(reader, limits)?;
    read_data_u8(reader, header)
}

fn read_magic(reader: &mut impl Read) -> Result<(ElementType, usize), IdxError> {
    let mut magic = [0; 4];
    let n = read_full(reader, &mut magic, 0)?;
    if n == 0 {
        return Err(IdxError::Empty);
    }
    if n < magic.len() {
        return Err(IdxError::HeaderTruncated {
            expected: 4,
            found: n as u64,
        });
    }
    match magic {
        [0, 0, code, rank] => ElementType::from_code(code)
            .map(|element| (element, usize::from(rank)))
            .ok_or(IdxError::UnknownElement { found: code }),
        found => Err(IdxError::Magic { found }),
    }
}

/// Reads until `buffer` is full or the input ends, and returns the number of bytes read.
fn read_full(reader: &mut impl Read, buffer: &mut [u8], offset: u64) -> Result<usize, IdxError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let offset = offset + filled as u64;
                return Err(IdxError::Io { offset, error });
            }
        }
    }
    Ok(filled)
}

/// Reads up to `length` bytes. The buffer at most doubles in each round, so it is at most twice as large as the bytes
/// read so far, and a complete file leaves no spare capacity.
fn read_growing(reader: &mut impl Read, length: u64, start: u64) -> Result<Vec<u8>, IdxError> {
    let mut data = Vec::new();
    loop {
        let missing = length - data.len() as u64;
        let room = usize::try_from(missing).map_or(CHUNK, |n| n.min(CHUNK.max(data.len())));
        if room == 0 {
            return Ok(data);
        }
        let round = data
            .try_reserve_exact(room)
            .map_err(|_| io::ErrorKind::OutOfMemory.into())
            .and_then(|()| reader.by_ref().take(room as u64).read_to_end(&mut data));
        match round {
            Ok(n) if n < room => return Ok(data),
            Ok(_) => {}
            Err(error) => {
                let offset = start + data.len() as u64;
                return Err(IdxError::Io { offset, error });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<IdxU8, String> {
        read_u8(&mut &*bytes, &Limits::default()).map_err(|e| e.to_string())
    }

    /// A reader that returns one byte at a time, each after an interruption, and records the largest buffer.
    struct Slow<'a> {
        bytes: &'a [u8],
        interrupt: bool,
        largest_buffer: usize,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.largest_buffer = self.largest_buffer.max(buffer.len());
            self.interrupt = !self.interrupt;
            if self.interrupt {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let n = buffer.len().min(1);
            self.bytes.read(&mut buffer[..n])
        }
    }

    #[test]
    fn every_element_type_is_recognised_and_only_bytes_are_read_as_bytes() {
        let known = (0..=u8::MAX).filter_map(ElementType::from_code);
        assert!(known.eq(ElementType::ALL));
        for element in ElementType::ALL {
            let mut file = vec![0, 0, element.code(), 1, 0, 0, 0, 2];
            file.resize(8 + 2 * element.size(), 0);
            let header = read_header(&mut &file[..], &Limits::default()).unwrap();
            assert_eq!((header.element, &header.dims[..]), (element, &[2][..]));
            assert_eq!(header.data_bytes(), Some(2 * element.size() as u64));
            match read(&file) {
                Ok(array) => assert_eq!((element, array.data.len()), (ElementType::U8, 2)),
                Err(message) => assert_eq!(
                    message,
                    format!("byte 2: expected element type u8 (0x08), found {element}")
                ),
            }
        }
    }

    #[test]
    fn broken_headers_are_named_with_their_place() {
        let cases: [(&[u8], &str); 8] = [
            (b"", "byte 0: expected an IDX header, found an empty file"),
            (
                b"PK\x03\x04",
                r#"byte 0: expected the two zero bytes of the IDX magic number, found "PK\x03\x04""#,
            ),
            (
                &[0, 0, 8],
                "byte 3: expected a header of 4 bytes, found the end of the file after 3",
            ),
            (
                &[0, 0, 10, 1],
                "byte 2: expected an IDX element type (0x08, 0x09, 0x0B to 0x0E), found 0x0A",
            ),
            (
                &[0, 0, 8, 5],
                "byte 3: expected at most 4 dimensions, found 5",
            ),
            (
                &[0, 0, 8, 2, 0, 0, 0, 1, 0],
                "byte 9: expected a header of 12 bytes, found the end of the file after 9",
            ),
            (
                &[0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF],
                "byte 4: expected dimensions of at most 2147483648 bytes in all, found [4294967295] of u8 (0x08)",
            ),
            (
                &[0, 0, 8, 1, 0, 0, 0, 1, 5, 6],
                "byte 9: expected the end of the file, as the header declares 9 bytes, found more bytes",
            ),
        ];
        for (bytes, expected) in cases {
            let message = read(bytes).unwrap_err();
            assert!(message.ends_with(expected), "{message}");
            assert_eq!(message.lines().count(), 1);
        }
    }

    #[test]
    fn dimensions_whose_product_overflows_are_refused_even_beside_a_zero() {
        let mut file = vec![0, 0, 0x0E, 4];
        file.extend([0xFF; 12]);
        file.extend([0; 4]);
        let message = read(&file).unwrap_err();
        assert!(
            message.starts_with("byte 4: expected dimensions"),
            "{message}"
        );
    }

    #[test]
    fn an_array_without_dimensions_has_one_element() {
        let array = read(&[0, 0, 8, 0, 42]).unwrap();
        assert_eq!((array.dims.len(), &array.data[..]), (0, &[42][..]));
    }

    #[test]
    fn a_header_alone_takes_no_memory_and_a_slow_reader_is_read_to_the_end() {
        // The header declares 2³⁰ bytes, and 3 follow.
        let file = [0, 0, 8, 1, 0x40, 0, 0, 0, 1, 2, 3];
        let mut slow = Slow {
            bytes: &file,
            interrupt: false,
            largest_buffer: 0,
        };
        let message = read_u8(&mut slow, &Limits::default())
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "byte 11: expected 1073741832 bytes as the header declares, found the end of the file after 11"
        );
        assert!(slow.largest_buffer <= CHUNK, "{}", slow.largest_buffer);
    }

    #[test]
    fn data_of_several_chunks_arrive_whole_and_without_spare_capacity() {
        let n = 5 * CHUNK + 17;
        let mut file = vec![0, 0, 8, 1];
        file.extend(u32::try_from(n).unwrap().to_be_bytes());
        file.extend((0..n).map(|i| (i % 251) as u8));
        let array = read(&file).unwrap();
        assert_eq!(array.data, file[8..]);
        assert_eq!(array.data.capacity(), n);
    }

    #[test]
    fn a_header_made_by_hand_beyond_all_files_reads_as_truncated() {
        let header = IdxHeader {
            element: ElementType::U8,
            dims: vec![usize::MAX; 3],
        };
        let error = read_data_u8(&mut &[1, 2][..], header).unwrap_err();
        assert!(matches!(error, IdxError::Truncated { found: 18, .. }));
    }
}
