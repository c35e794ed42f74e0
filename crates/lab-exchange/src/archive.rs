//! NumPy's npz format: a zip archive of named arrays.

use std::io::{Cursor, Read, Write};

use anyhow::{Context, Result, ensure};
use lab_results::quote::quoted;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The maximum size of any archive's arrays, in bytes, after decompression.
const LARGEST: u64 = 1 << 30;

/// The size, in bytes, and the compression that every archive may have. Weights hardly compress.
const SMALL: u64 = 64 << 20;
const COMPRESSION: u64 = 20;

/// The maximum number of arrays.
const MOST_ARRAYS: usize = 1000;

/// The first bytes of an npz file.
pub(crate) const MAGIC: &[u8] = b"PK";

/// The bytes of an archive with these arrays, given by name and file. The same arrays always give the same bytes.
pub(crate) fn to_bytes(arrays: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // Compression would not make weights smaller.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, file) in arrays {
        archive.start_file(format!("{name}.npy"), options)?;
        archive.write_all(file)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The names and files of an archive's arrays.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).context("not an npz file")?;
    let count = archive.len();
    ensure!(
        count <= MOST_ARRAYS,
        "{count} arrays; expected at most {MOST_ARRAYS}"
    );
    let mut arrays = Vec::new();
    let compressed = bytes.len() as u64;
    let most = (COMPRESSION * compressed).clamp(SMALL, LARGEST);
    let mut left = most;
    for index in 0..count {
        let entry = archive.by_index(index).context("not an npz file")?;
        let name = entry.name().to_owned();
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let mut file = Vec::new();
        // The length in the archive is not trusted.
        let read = entry.take(left + 1).read_to_end(&mut file);
        read.with_context(|| format!("array {} cannot be unpacked", quoted(&name)))?;
        left = left
            .checked_sub(file.len() as u64)
            .with_context(|| format!("the arrays have more than {most} bytes"))?;
        arrays.push((name, file));
    }
    Ok(arrays)
}
