//! Result files: each is whole or absent.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mnist_data::format::FileFormat;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// What temporary files' names begin with. One that is left behind belongs to a process that was killed.
const UNFINISHED: &str = ".unfinished-";

/// Makes a folder, and those that it is in.
///
/// # Errors
/// The path, and what the system said.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("{}: cannot be made", path.display()))
}

/// Writes a file in one go: a temporary file beside it, flushed to disk, then renamed. Whoever looks
/// sees the old contents or the new, never a part. The folder exists: one that was removed meanwhile
/// is not made again.
///
/// # Errors
/// The path, and what the system said.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    write_if(path, contents, Flush::Yes, || Ok(()))
}

/// As [`write()`], if `may` still says so just before the rename.
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
        // The rename itself is on disk once the folder is; only Unix opens folders.
        #[cfg(unix)]
        if flush == Flush::Yes {
            fs::File::open(folder_of(path))?.sync_all()?;
        }
        Ok(())
    };
    finish().with_context(cannot)
}

/// Whether a file is on disk when it is written, and not lost in a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// It is.
    Yes,
    /// Something else will tell if it is lost.
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
    // As `File::create` would: readable for everybody, less the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(contents)?;
    if flush == Flush::Yes {
        file.as_file().sync_all()?;
    }
    Ok(file)
}

/// Writes a file that is not there yet, in one go, and says whether it did: of several processes at once
/// one does, on a network's file system too.
///
/// # Errors
/// The path, and what the system said.
pub fn write_new(path: &Path, contents: &[u8]) -> Result<bool> {
    let cannot = || format!("{}: cannot be written", path.display());
    let file = unfinished(path, contents, Flush::Yes).with_context(cannot)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error).with_context(cannot),
    }
}

/// Writes a folder with files in one go: under another name beside it, then renamed.
///
/// # Errors
/// Something of that name is there already; the path, and what the system said.
pub fn write_folder(path: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        bail!("{}: exists already", path.display());
    }
    let mut builder = tempfile::Builder::new();
    let unfinished = builder.prefix(UNFINISHED).tempdir_in(folder_of(path));
    let unfinished = unfinished.with_context(|| format!("{}: cannot be made", path.display()))?;
    // In it, as a temporary folder is for its owner alone.
    let inner = unfinished.path().join("whole");
    for (name, contents) in files {
        let file = inner.join(name);
        make_folder(folder_of(&file))?;
        write(&file, contents)?;
    }
    fs::rename(&inner, path).with_context(|| format!("{}: cannot be written", path.display()))
}

/// The folder that a path's last part is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Removes what killed processes have left in a folder, but not in those in it.
///
/// # Errors
/// The path, and what the system said.
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

/// Removes a file, if it is there.
///
/// # Errors
/// The path, and what the system said.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// SHA-256, 64 hexadecimal digits in lower case.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The most that is read of a model or a checkpoint, which must be in memory as a whole.
const LARGEST: u64 = 4 << 30;

/// The most of what is no such file: a table, a suite, a picture.
const LONGEST: u64 = 256 << 20;

/// Reads a model or a checkpoint, of at most 4 GiB.
///
/// # Errors
/// The path, and what the system said, or that it is larger.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    bytes(path, LARGEST).with_context(|| format!("{}: cannot be read", path.display()))
}

/// As [`read()`], but a file that is not there is `None`.
///
/// # Errors
/// As [`read()`].
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match bytes(path, LARGEST) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        bytes => {
            Ok(Some(bytes.with_context(|| {
                format!("{}: cannot be read", path.display())
            })?))
        }
    }
}

/// Reads any other file, of at most 256 MiB.
///
/// # Errors
/// As [`read()`].
pub fn read_small(path: &Path) -> Result<Vec<u8>> {
    bytes(path, LONGEST).with_context(|| format!("{}: cannot be read", path.display()))
}

/// Refuses the bytes of a file in another format than those in `expected`; a format that is not known passes.
///
/// # Errors
/// The file, what was expected and what the file is.
pub fn expect_format(path: &Path, bytes: &[u8], what: &str, expected: &[FileFormat]) -> Result<()> {
    let path = path.display().to_string();
    match FileFormat::detect(&path, bytes) {
        Some(found) if !expected.contains(&found) => {
            bail!("{path}: expected {what}, found {found}")
        }
        _ => Ok(()),
    }
}

/// Checks that a path leads to a file: a pipe in a folder of results would be waited for without end.
///
/// # Errors
/// The path, and that it leads elsewhere; not, that it leads nowhere.
pub fn expect_file(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            bail!("{}: cannot be read: not a regular file", path.display())
        }
        _ => Ok(()),
    }
}

/// A file of at most so many bytes, for callers who say themselves what is wrong with the path.
pub(crate) fn bytes(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    // What has no length to go by, as a pipe, may go on without end.
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

/// Writes rows as CSV, with a header line. Numbers are the shortest that read back exactly.
///
/// # Errors
/// As [`write()`].
pub fn write_csv<T: Serialize + Default>(path: &Path, rows: &[T]) -> Result<()> {
    write(path, &to_csv(rows)?)
}

/// Rows as CSV, with a header line even if there are none.
///
/// # Errors
/// A row that CSV cannot hold.
pub fn to_csv<T: Serialize + Default>(rows: &[T]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    if rows.is_empty() {
        // The header is known only from a row; this one is cut off again.
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
/// The path, and what is wrong in which line.
pub fn read_csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    expect_file(path)?;
    let bytes = read_small(path)?;
    parse_csv(&bytes).with_context(|| format!("{}: not the table expected", path.display()))
}

/// As [`read_csv`], but a file that is not there is `None`.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<Vec<T>>> {
    match is_there(path)? {
        true => read_csv(path).map(Some),
        false => Ok(None),
    }
}

/// Whether a path leads anywhere.
///
/// # Errors
/// The path, if the system does not say so.
pub fn is_there(path: &Path) -> Result<bool> {
    let there = path.try_exists();
    there.with_context(|| format!("{}: cannot be read", path.display()))
}

/// Reads CSV with a header line from a file's bytes.
///
/// # Errors
/// What is wrong in which line.
pub fn parse_csv<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>> {
    let mut table = csv::Reader::from_reader(bytes);
    if table.headers()?.is_empty() {
        bail!("no header line");
    }
    Ok(table.deserialize().collect::<Result<_, _>>()?)
}

/// A value as JSON that a person can read.
///
/// # Errors
/// A value that JSON cannot hold.
pub fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads a value from JSON.
///
/// # Errors
/// The path, and what is wrong in which line.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    expect_file(path)?;
    serde_json::from_slice(&read_small(path)?)
        .with_context(|| format!("{}: not the value expected", path.display()))
}
