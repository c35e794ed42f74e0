//! Atomic writes: a result file is complete or absent.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mnist_data::format::FileFormat;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The prefix of temporary files. Only killed processes leave such files behind.
const UNFINISHED: &str = ".unfinished-";

/// Makes a folder and its parent folders.
///
/// # Errors
/// An error of the system; the message has the path.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("{}: cannot be made", path.display()))
}

/// Writes a file atomically: a temporary file beside it is flushed to disk and renamed. A reader sees the old or the
/// new contents, never a part. The folder must exist; a folder that was removed is not made again.
///
/// # Errors
/// An error of the system; the message has the path.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    write_if(path, contents, Flush::Yes, || Ok(()))
}

/// Writes a file like [`write()`], but only if `may` returns no error just before the rename.
pub(super) fn write_if(
    path: &Path,
    contents: &[u8],
    flush: Flush,
    may: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let cannot = || format!("{}: cannot be written", path.display());
    let file = unfinished(path, contents, flush).with_context(cannot)?;
    may()?;
    let finish = || -> std::io::Result<()> {
        file.persist(path).map_err(|error| error.error)?;
        // The rename is on disk only when the folder is flushed. Only Unix can open folders.
        #[cfg(unix)]
        if flush == Flush::Yes {
            fs::File::open(folder_of(path))?.sync_all()?;
        }
        Ok(())
    };
    finish().with_context(cannot)
}

/// Whether a file is flushed to disk, so that a power cut cannot destroy it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// The file is flushed.
    Yes,
    /// The file is not flushed; a checksum in another file will reveal its loss.
    No,
}

/// A temporary file beside `path` with these contents.
fn unfinished(
    path: &Path,
    contents: &[u8],
    flush: Flush,
) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // The permissions that `File::create` gives: 0666 without the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(contents)?;
    if flush == Flush::Yes {
        file.as_file().sync_all()?;
    }
    Ok(file)
}

/// Writes a new file atomically; `false` if the file exists already. If several processes write at once, exactly one
/// succeeds, on network file systems too.
///
/// # Errors
/// An error of the system; the message has the path.
pub fn write_new(path: &Path, contents: &[u8]) -> Result<bool> {
    let cannot = || format!("{}: cannot be written", path.display());
    let file = unfinished(path, contents, Flush::Yes).with_context(cannot)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error).with_context(cannot),
    }
}

/// Writes a folder with files atomically: under a temporary name beside it, then renamed.
///
/// # Errors
/// The path exists already, or an error of the system; the message has the path.
pub fn write_folder(path: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        bail!("{}: exists already", path.display());
    }
    let mut builder = tempfile::Builder::new();
    let unfinished = builder.prefix(UNFINISHED).tempdir_in(folder_of(path));
    let unfinished = unfinished.with_context(|| format!("{}: cannot be made", path.display()))?;
    // A folder in the temporary one, because only the owner can read a temporary folder.
    let inner = unfinished.path().join("whole");
    for (name, contents) in files {
        let file = inner.join(name);
        make_folder(folder_of(&file))?;
        write(&file, contents)?;
    }
    fs::rename(&inner, path).with_context(|| format!("{}: cannot be written", path.display()))
}

/// The folder of a path.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Removes temporary files of killed processes in a folder, but not in its subfolders.
///
/// # Errors
/// An error of the system; the message has the path.
pub fn remove_unfinished(folder: &Path) -> Result<()> {
    let attempt = || -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let is_ours = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
            if is_ours && entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    attempt().with_context(|| format!("{}: cannot be tidied", folder.display()))
}

/// Removes a file if it exists.
///
/// # Errors
/// An error of the system; the message has the path.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// The SHA-256 of some bytes, 64 hexadecimal digits in lower case.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The maximum size of a model or a checkpoint, in bytes.
const LARGEST: u64 = 4 << 30;

/// The maximum size of any other file, such as a table, a suite or a picture, in bytes.
const LONGEST: u64 = 256 << 20;

/// Reads a model or a checkpoint, of at most 4 GiB.
///
/// # Errors
/// An error of the system, or a larger file; the message has the path.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    bytes(path, LARGEST).with_context(|| format!("{}: cannot be read", path.display()))
}

/// Reads a model or a checkpoint, of at most 4 GiB; `None` if the file does not exist.
///
/// # Errors
/// As [`read()`].
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match bytes(path, LARGEST) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        bytes => bytes
            .map(Some)
            .with_context(|| format!("{}: cannot be read", path.display())),
    }
}

/// Reads any other file, of at most 256 MiB.
///
/// # Errors
/// As [`read()`].
pub fn read_small(path: &Path) -> Result<Vec<u8>> {
    bytes(path, LONGEST).with_context(|| format!("{}: cannot be read", path.display()))
}

/// Checks that the bytes of a file are in one of the formats in `expected`, or in an unknown format.
///
/// # Errors
/// Another format; the message has the path, `what` was expected, and the format found.
pub fn expect_format(path: &Path, bytes: &[u8], what: &str, expected: &[FileFormat]) -> Result<()> {
    let path = path.display().to_string();
    match FileFormat::detect(&path, bytes) {
        Some(found) if !expected.contains(&found) => {
            bail!("{path}: expected {what}, found {found}")
        }
        _ => Ok(()),
    }
}

/// Checks that a path does not lead to anything but a file: reading a pipe would block forever.
///
/// # Errors
/// The path leads to something else than a file. A path that leads nowhere is not an error.
pub fn expect_file(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            bail!("{}: cannot be read: not a regular file", path.display())
        }
        _ => Ok(()),
    }
}

/// The bytes of a file of at most `most` bytes. The error does not contain the path.
pub(crate) fn bytes(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    // A pipe has no length and may never end.
    let (known, most) = match metadata.is_file() {
        true => (metadata.len(), most),
        false => (0, most.min(LONGEST)),
    };
    let mut bytes = Vec::new();
    if known <= most {
        file.take(most + 1).read_to_end(&mut bytes)?;
    }
    if known.max(bytes.len() as u64) > most {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Writes rows as CSV, with a header line. Numbers have the fewest digits that read back exactly.
///
/// # Errors
/// As [`write()`].
pub fn write_csv<T: Serialize + Default>(path: &Path, rows: &[T]) -> Result<()> {
    write(path, &to_csv(rows)?)
}

/// Converts rows to CSV, with a header line even without rows.
///
/// # Errors
/// A row that cannot be written as CSV.
pub fn to_csv<T: Serialize + Default>(rows: &[T]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    if rows.is_empty() {
        // The CSV library takes the header from a row; this row is removed again.
        table.serialize(T::default())?;
        let mut text = table.into_inner()?;
        let header = text
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        text.truncate(header);
        return Ok(text);
    }
    for row in rows {
        table.serialize(row)?;
    }
    Ok(table.into_inner()?)
}

/// Reads CSV with a header line.
///
/// # Errors
/// The file cannot be read, or a line is invalid; the message has the path and the line.
pub fn read_csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    expect_file(path)?;
    let bytes = read_small(path)?;
    parse_csv(&bytes).with_context(|| format!("{}: not the table expected", path.display()))
}

/// Reads CSV with a header line; `None` if the file does not exist.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<Vec<T>>> {
    match is_there(path)? {
        true => read_csv(path).map(Some),
        false => Ok(None),
    }
}

/// Whether a path leads to something.
///
/// # Errors
/// An error of the system; the message has the path.
pub fn is_there(path: &Path) -> Result<bool> {
    let there = path.try_exists();
    there.with_context(|| format!("{}: cannot be read", path.display()))
}

/// Reads CSV with a header line from a file's bytes.
///
/// # Errors
/// An invalid line; the message has its number.
pub fn parse_csv<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>> {
    let mut table = csv::Reader::from_reader(bytes);
    if table.headers()?.is_empty() {
        bail!("no header line");
    }
    Ok(table.deserialize().collect::<Result<_, _>>()?)
}

/// Converts a value to indented JSON.
///
/// # Errors
/// A value that cannot be written as JSON.
pub fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads a value from JSON.
///
/// # Errors
/// The file cannot be read, or is invalid; the message has the path and the line.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    expect_file(path)?;
    serde_json::from_slice(&read_small(path)?)
        .with_context(|| format!("{}: not the value expected", path.display()))
}
