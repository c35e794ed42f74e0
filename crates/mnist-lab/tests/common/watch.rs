//! The program under way, watched by what it does to its results. Whenever they change it is held still,
//! so that what a test sees is what is there, however fast or busy the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, waitid};

use super::Lab;

/// What tells a file from its successor of the same name: inode, time of change in seconds and
/// nanoseconds, length.
type Stamp = (u64, i64, i64, u64);

/// The files in `runs` while the program is held still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    files: BTreeMap<PathBuf, Stamp>,
}

impl Held {
    /// The files that are there now; only of a program held still, or at its end, do they belong together.
    pub(crate) fn look(lab: &Lab) -> Self {
        let stamp = |path: PathBuf| {
            let it = fs::metadata(&path).ok()?;
            Some((path, (it.ino(), it.mtime(), it.mtime_nsec(), it.len())))
        };
        let files = lab.files("runs").into_iter().filter_map(stamp).collect();
        Self { files }
    }

    /// The runs that have a file of this name, each as `softmax seed 0`.
    pub(crate) fn with(&self, name: &str) -> BTreeSet<String> {
        let paths = self.files.keys();
        let runs = paths.filter(|path| path.file_name().is_some_and(|it| it == name));
        runs.filter_map(|path| run_of(path)).collect()
    }

    /// The runs that have come to their end.
    pub(crate) fn whole(&self) -> BTreeSet<String> {
        self.with("run.json")
    }

    /// The runs of which there are files, but not all.
    pub(crate) fn begun(&self) -> BTreeSet<String> {
        let runs: BTreeSet<String> = self.files.keys().filter_map(|path| run_of(path)).collect();
        &runs - &self.whole()
    }

    /// The runs that have left a checkpoint and are not at their end.
    pub(crate) fn in_the_middle(&self) -> BTreeSet<String> {
        let newest = self.with("checkpoint.safetensors");
        &(&newest | &self.with("checkpoint-before.safetensors")) - &self.whole()
    }
}

/// The run whose folder a file is in.
fn run_of(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let seed = folder.file_name()?.to_str()?.strip_prefix("seed-")?;
    let experiment = folder.parent()?.file_name()?.to_str()?;
    Some(format!("{experiment} seed {seed}"))
}

/// The program under way; it does not outlive this value.
pub(crate) struct Watched<'a> {
    lab: &'a Lab,
    child: Child,
    seen: Held,
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, with SIGINT and SIGTERM as this option of `env` sets them, whatever the tests' caller ignores: a
/// background job of a shell inherits an ignored SIGINT, and so would the program.
fn with_signals(option: &str) -> Command {
    let program = env!("CARGO_BIN_EXE_mnist-lab");
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let mut command = Command::new("env");
    command.args([option, program]);
    command
}

impl Lab {
    /// Starts the program with these words, in this folder.
    pub(crate) fn watch(&self, words: &[&str]) -> Watched<'_> {
        self.watch_with("--default-signal=INT,TERM", words)
    }

    /// Starts the program as a caller does that ignores SIGINT.
    pub(crate) fn watch_ignoring_int(&self, words: &[&str]) -> Watched<'_> {
        self.watch_with("--ignore-signal=INT", words)
    }

    fn watch_with(&self, signals: &str, words: &[&str]) -> Watched<'_> {
        let seen = Held::look(self);
        let child = with_signals(signals)
            .args(words)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Watched {
            lab: self,
            child,
            seen,
        }
    }
}

impl Watched<'_> {
    /// Lets the program go on until its files have changed and are as `wanted`, and holds it still then.
    /// False if it came to its end before.
    pub(crate) fn hold_when(&mut self, mut wanted: impl FnMut(&Held) -> bool) -> bool {
        loop {
            if Held::look(self.lab) != self.seen {
                if !self.hold() {
                    return false;
                }
                self.seen = Held::look(self.lab);
                if wanted(&self.seen) {
                    return true;
                }
                self.release();
            } else if self.has_ended() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Holds the program still; false if it has come to its end.
    pub(crate) fn hold(&mut self) -> bool {
        self.send(Signal::STOP);
        let stopped_or_ended = WaitIdOptions::STOPPED | WaitIdOptions::EXITED;
        self.state(stopped_or_ended).unwrap().stopped()
    }

    fn has_ended(&self) -> bool {
        let status = self.state(WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        status.is_some_and(|status| !status.stopped())
    }

    /// As `waitid` sees it; the process stays there to be waited for.
    fn state(&self, options: WaitIdOptions) -> Option<WaitIdStatus> {
        let pid = WaitId::Pid(Pid::from_child(&self.child));
        waitid(pid, options | WaitIdOptions::NOWAIT).unwrap()
    }

    /// Lets the program go on.
    pub(crate) fn release(&self) {
        self.send(Signal::CONT);
    }

    /// Sends a signal. While the program is held still, only `SIGKILL` reaches it at once.
    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Its process number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the program has written a line on standard error that holds these words.
    pub(crate) fn wait_until_it_says(&mut self, words: &str) {
        let mut said = Vec::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        while !(said.ends_with(b"\n") && String::from_utf8_lossy(&said).contains(words)) {
            // Byte by byte: what follows the line is left for `end`.
            let mut byte = [0];
            stderr.read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
    }

    /// Lets the program go on to its end; gives how it ended and what it said on standard error.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        self.release();
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}
