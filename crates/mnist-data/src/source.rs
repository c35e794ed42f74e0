//! Reads a file, compressed or not, and computes its SHA-256, in one pass.
//!
//! The first two bytes decide whether a file is compressed, not the name: browsers and archivers uncompress a `.gz`
//! file without renaming it.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use crate::{
    Error,
    checksum::HashingReader,
    format::FileFormat,
    gunzip::{GZIP_MAGIC, Members},
    idx::{self, IdxError, IdxU8, Limits},
};

pub use crate::content::Content;

/// The array and checksum of a file that was read to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The array in the file.
    pub array: IdxU8,
    /// The SHA-256 of the uncompressed bytes, 64 hexadecimal digits in lower case.
    pub sha256: String,
}

/// Reads the file at `path`, gzip or raw.
///
/// # Errors
///
/// [`Error::Open`] if it cannot be opened, otherwise as [`read`].
pub fn open(path: &Path, content: Content, limits: &Limits) -> Result<Loaded, Error> {
    let name = path.display().to_string();
    // Opening a pipe without a writer would block forever.
    if fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        let error = io::Error::other("not a regular file");
        return Err(Error::Open { file: name, error });
    }
    match File::open(path) {
        Ok(file) => read(&name, BufReader::new(file), content, limits),
        Err(error) => Err(Error::Open { file: name, error }),
    }
}

/// The length of the file at `path`, compressed or not; 0 if the length is unknown.
pub(crate) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |it| it.len())
}

/// The SHA-256 of the file at `path` as stored, without decompression.
pub(crate) fn sum_as_stored(path: &Path) -> Result<String, Error> {
    let sum = || {
        let mut reader = HashingReader::new(File::open(path)?);
        io::copy(&mut reader, &mut io::sink())?;
        Ok(reader.finish())
    };
    sum().map_err(|error| Error::Open {
        file: path.display().to_string(),
        error,
    })
}

/// Reads a file from `reader`, gzip or raw; `file` is the name for errors.
///
/// # Errors
///
/// * [`Error::GzipTruncated`] or [`Error::Gzip`]: the file cannot be decompressed.
/// * [`Error::Foreign`]: the file has another format.
/// * [`Error::Idx`]: the bytes are not a complete IDX file within `limits`.
/// * [`Error::Content`]: the number of dimensions is not that of `content`.
pub fn read(
    file: &str,
    mut reader: impl BufRead,
    content: Content,
    limits: &Limits,
) -> Result<Loaded, Error> {
    let mut start = Vec::with_capacity(GZIP_MAGIC.len());
    reader
        .by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut start)
        .map_err(|error| idx_error(file, IdxError::Io { offset: 0, error }))?;
    let gzip = start == GZIP_MAGIC;
    let whole = Cursor::new(start).chain(reader);
    if gzip {
        expect_memory().map_err(|error| idx_error(file, IdxError::Io { offset: 0, error }))?;
        parse(file, Members::new(whole), content, limits).map_err(name_gzip)
    } else {
        parse(file, whole, content, limits)
    }
}

fn parse(
    file: &str,
    mut reader: impl Read,
    content: Content,
    limits: &Limits,
) -> Result<Loaded, Error> {
    let in_file = |problem| idx_error(file, problem);
    let mut start = Vec::new();
    reader
        .by_ref()
        .take(FileFormat::PREFIX as u64)
        .read_to_end(&mut start)
        .map_err(|error| {
            let offset = start.len() as u64;
            in_file(IdxError::Io { offset, error })
        })?;
    let mut reader = HashingReader::new(Cursor::new(&start).chain(reader));
    let header = idx::read_header(&mut reader, limits).map_err(|problem| match problem {
        IdxError::Magic { .. } | IdxError::UnknownElement { .. } => {
            match FileFormat::detect(file, &start) {
                Some(found) => Error::Foreign {
                    file: file.to_owned(),
                    found,
                },
                None => in_file(problem),
            }
        }
        problem => in_file(problem),
    })?;
    // Checked before the data, because a wrong kind of file is a more useful message than a wrong length.
    if header.dims.len() != content.dims() {
        return Err(Error::Content {
            file: file.to_owned(),
            expected: content,
            found: header.dims.len(),
        });
    }
    let array = idx::read_data_u8(&mut reader, header).map_err(in_file)?;
    let sha256 = reader.finish();
    Ok(Loaded { array, sha256 })
}

fn idx_error(file: &str, problem: IdxError) -> Error {
    Error::Idx {
        file: file.to_owned(),
        problem,
    }
}

/// Fails if there is too little memory for the decompressor, which would panic.
fn expect_memory() -> io::Result<()> {
    const ENOUGH: usize = 1 << 19;
    let mut memory: Vec<u8> = Vec::new();
    let found = memory.try_reserve_exact(ENOUGH);
    // Without a use, the compiler may remove the allocation.
    std::hint::black_box(&memory);
    found.map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Turns errors of the decompressor into gzip errors; errors of the system, such as a lack of memory, stay as they are.
fn name_gzip(error: Error) -> Error {
    match error {
        Error::Idx {
            file,
            problem: IdxError::Io { offset, error },
        } if error.kind() == io::ErrorKind::UnexpectedEof => Error::GzipTruncated { file, offset },
        Error::Idx {
            file,
            problem: IdxError::Io { offset, error },
        } if error.kind() == io::ErrorKind::InvalidInput => Error::Gzip {
            file,
            offset,
            error,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_summed_as_it_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        fs::write(&path, "abc").unwrap();
        // printf abc | sha256sum
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((length(&path), &*sum_as_stored(&path).unwrap()), (3, sum));
        let absent = dir.path().join("absent");
        let message = sum_as_stored(&absent).unwrap_err().to_string();
        assert!(message.contains("absent: cannot read: "), "{message}");
        assert_eq!(length(&absent), 0);
    }
}
