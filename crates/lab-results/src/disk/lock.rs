//! The lock that gives a folder of results to one process at a time.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use same_file::Handle;

use super::atomic_file::{self, Flush};

/// The name of the lock file. The file is never removed, because a process may be about to open it.
const NAME: &str = ".lock";

/// The lock on a folder. It ends with the last copy of this value, or with the process, so no lock is ever stale.
///
/// Files are written through the lock, which checks the folder before each write: the folder may have been moved away
/// and replaced by another process's folder.
#[derive(Clone, Debug)]
pub struct Lock {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    _file: File,
    path: PathBuf,
    folder: Handle,
}

impl Lock {
    /// Makes the folder if necessary, locks it, and removes temporary files of killed processes.
    ///
    /// # Errors
    /// Another process has the lock; the message names it. The folder cannot be made or written to.
    pub fn take(folder: &Path) -> Result<Self> {
        atomic_file::make_folder(folder)?;
        let path = folder.join(NAME);
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let cannot = || format!("{}: cannot be locked", folder.display());
        if fs::symlink_metadata(&path).is_ok_and(|it| !it.is_file()) {
            // A link may lead to a file outside of the folder.
            bail!("{}: not a regular file; remove it", path.display());
        }
        let mut file = options.open(&path).with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // If a locked file cannot be read, the message does not name its owner.
                let _ = file.take(100).read_to_string(&mut owner);
                let owner = owner.trim();
                bail!(
                    "{} is in use by {}; wait for it, or name another folder",
                    folder.display(),
                    if owner.is_empty() {
                        "another process"
                    } else {
                        owner
                    }
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        let mut sign = || {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "process {}", std::process::id())
        };
        sign().with_context(cannot)?;
        let handle = Handle::from_path(folder).with_context(cannot)?;
        atomic_file::remove_unfinished(folder)?;
        let held = Held {
            _file: file,
            path: folder.to_owned(),
            folder: handle,
        };
        Ok(Self {
            held: Arc::new(held),
        })
    }

    /// Checks that the path still leads to the locked folder.
    ///
    /// # Errors
    /// The folder was moved, removed or replaced, or cannot be opened.
    pub fn expect_here(&self) -> Result<()> {
        let path = &self.held.path;
        match Handle::from_path(path) {
            Ok(now) if now == self.held.folder => Ok(()),
            Ok(_) => bail!(
                "{}: was moved away, and another folder is in its place; nothing more is written",
                path.display()
            ),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{}: was moved away or removed", path.display()))
            }
            // For example too many open files, which does not mean that the folder was moved.
            Err(error) => {
                Err(error).with_context(|| format!("{}: cannot be opened", path.display()))
            }
        }
    }

    /// Writes a file in the folder, as [`atomic_file::write`] does.
    ///
    /// # Errors
    /// The file cannot be written, or the path no longer leads to the locked folder.
    pub fn write(&self, path: &Path, contents: &[u8]) -> Result<()> {
        atomic_file::write_if(path, contents, Flush::Yes, || self.expect_here())
    }

    /// Writes a file like [`write`](Self::write), without flushing it to disk. A power cut may destroy the file, so
    /// another file that is written later must have its SHA-256.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_unflushed(&self, path: &Path, contents: &[u8]) -> Result<()> {
        atomic_file::write_if(path, contents, Flush::No, || self.expect_here())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep").join("down");
        let lock = Lock::take(&folder).unwrap();
        let message = Lock::take(&folder).unwrap_err().to_string();
        // On Windows, no other process can read a locked file.
        let owner = match cfg!(windows) {
            true => "is in use by another process;".to_owned(),
            false => format!("is in use by process {};", std::process::id()),
        };
        assert!(message.contains(&owner), "{message}");
        drop(lock);
        Lock::take(&folder).unwrap();
    }

    // On Windows, a folder with an open file cannot be moved.
    #[cfg(unix)]
    #[test]
    fn nothing_is_written_into_a_folder_that_took_its_place() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a");
        let lock = Lock::take(&folder).unwrap();
        lock.write(&folder.join("first"), b"1").unwrap();
        std::fs::rename(&folder, parent.path().join("b")).unwrap();
        let message = format!("{:#}", lock.expect_here().unwrap_err());
        assert!(message.contains("was moved away or removed"), "{message}");
        let _other = Lock::take(&folder).unwrap();
        let message = format!(
            "{:#}",
            lock.write(&folder.join("second"), b"2").unwrap_err()
        );
        assert!(
            message.contains("another folder is in its place"),
            "{message}"
        );
        // Not even a temporary file is left.
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_a_link_leads_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let thesis = folder.path().join("thesis");
        std::fs::write(&thesis, "mine").unwrap();
        std::os::unix::fs::symlink(&thesis, folder.path().join(NAME)).unwrap();
        let message = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(message.contains("not a regular file"), "{message}");
        assert_eq!(std::fs::read_to_string(&thesis).unwrap(), "mine");
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        // A folder inside may belong to another process.
        let deep = folder.path().join("a");
        std::fs::create_dir(&deep).unwrap();
        for name in [".unfinished-1", "kept", "a/.unfinished-1"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let _lock = Lock::take(folder.path()).unwrap();
        let there = |name| folder.path().join(name).exists();
        assert!(there("kept") && there("a/.unfinished-1") && !there(".unfinished-1"));
    }
}
