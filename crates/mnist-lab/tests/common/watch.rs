//! A running program that is stopped whenever its results change. So a test sees the same on fast and busy machines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, waitid};

use super::{Lab, files_below};

/// Distinguishes a file from a later one with the same name: inode, time of change in seconds and nanoseconds, length.
type Stamp = (u64, i64, i64, u64);

/// The files in `runs` while the program is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    files: BTreeMap<PathBuf, Stamp>,
}

impl Held {
    /// The files that exist now. They are consistent only if the program is stopped or has ended.
    pub(crate) fn look(lab: &Lab) -> Self {
        let stamp = |path: PathBuf| {
            let it = fs::metadata(&path).ok()?;
            Some((path, (it.ino(), it.mtime(), it.mtime_nsec(), it.len())))
        };
        let files = files_below(&lab.path("runs")).into_iter();
        let files = files.filter_map(stamp).collect();
        Self { files }
    }

    /// The runs that have a file of this name, each as `softmax seed 0`.
    pub(crate) fn with(&self, name: &str) -> BTreeSet<String> {
        let paths = self.files.keys();
        let runs = paths.filter(|path| path.file_name().is_some_and(|it| it == name));
        runs.filter_map(|path| run_of(path)).collect()
    }

    /// The runs that are complete.
    pub(crate) fn complete(&self) -> BTreeSet<String> {
        self.with("run.json")
    }

    /// The runs with some of their files.
    pub(crate) fn begun(&self) -> BTreeSet<String> {
        let runs: BTreeSet<String> = self.files.keys().filter_map(|path| run_of(path)).collect();
        &runs - &self.complete()
    }

    /// The runs with a checkpoint that are not complete.
    pub(crate) fn in_the_middle(&self) -> BTreeSet<String> {
        let newest = self.with("checkpoint.safetensors");
        &(&newest | &self.with("checkpoint-before.safetensors")) - &self.complete()
    }
}

/// The run whose folder a file is in.
fn run_of(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let seed = folder.file_name()?.to_str()?.strip_prefix("seed-")?;
    let experiment = folder.parent()?.file_name()?.to_str()?;
    Some(format!("{experiment} seed {seed}"))
}

/// A running program; dropping this value kills it.
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

/// The program, with SIGINT and SIGTERM as this option of `env` sets them. Otherwise the program would inherit an
/// ignored SIGINT from a shell's background job.
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

    /// Starts the program like a caller that ignores SIGINT.
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
    /// Continues the program until its files have changed and are as `wanted`, and stops it then. False if the program
    /// ended before.
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

    /// Stops the program; false if it has ended.
    pub(crate) fn hold(&mut self) -> bool {
        self.send(Signal::STOP);
        let stopped_or_ended = WaitIdOptions::STOPPED | WaitIdOptions::EXITED;
        self.state(stopped_or_ended).unwrap().stopped()
    }

    fn has_ended(&self) -> bool {
        let status = self.state(WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        status.is_some_and(|status| !status.stopped())
    }

    /// The state from `waitid`, which leaves the process to be waited for.
    fn state(&self, options: WaitIdOptions) -> Option<WaitIdStatus> {
        let pid = WaitId::Pid(Pid::from_child(&self.child));
        waitid(pid, options | WaitIdOptions::NOWAIT).unwrap()
    }

    /// Continues the program.
    pub(crate) fn release(&self) {
        self.send(Signal::CONT);
    }

    /// Sends a signal. A stopped program receives only `SIGKILL` at once.
    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the program has written a line with these words to standard error.
    pub(crate) fn wait_until_it_says(&mut self, words: &str) {
        let mut said = Vec::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        while !(said.ends_with(b"\n") && String::from_utf8_lossy(&said).contains(words)) {
            // Byte by byte: the rest is left for `end`.
            let mut byte = [0];
            stderr.read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
    }

    /// Continues the program to its end; returns exit status and standard error.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        self.release();
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}
