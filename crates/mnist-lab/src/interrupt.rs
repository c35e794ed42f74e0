//! Signals such as Ctrl-C: the first one asks the runs to stop, and each writes a checkpoint.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether runs are to stop.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// The signal that stopped the runs; 0 for none.
pub(crate) static SIGNAL: AtomicUsize = AtomicUsize::new(0);

/// Whether the next signal ends the process.
static LAST: AtomicBool = AtomicBool::new(false);

/// Handles SIGXFSZ. A file larger than `ulimit -f` allows then gives a write error with the file's name; by default,
/// the signal would end the process without a message.
///
/// # Errors
/// The system refuses the handler.
#[cfg(unix)]
pub(crate) fn survive_limits() -> Result<()> {
    static UNUSED: AtomicBool = AtomicBool::new(false);
    flag::register(signal_hook::consts::SIGXFSZ, &UNUSED)?;
    Ok(())
}

/// Other systems do not have this signal.
#[cfg(not(unix))]
pub(crate) fn survive_limits() -> Result<()> {
    Ok(())
}

/// Starts to handle signals. The first SIGINT (Ctrl-C, also on Windows) or SIGTERM asks the runs to stop. A second
/// signal ends the process at once, and the last checkpoints stay. Signals that the caller ignores are still ignored.
///
/// # Errors
/// The system refuses the handler.
pub(crate) fn listen() -> Result<()> {
    /// The polling interval: Windows has no call that waits for a signal.
    const LOOK: Duration = Duration::from_millis(20);
    /// A signal to a process and its group arrives twice. No person presses Ctrl-C twice in this time.
    const TWICE: Duration = Duration::from_millis(50);

    for signal in [SIGINT, SIGTERM] {
        if !is_ignored(signal) {
            flag::register_conditional_shutdown(signal, 128 + signal, &LAST)
                .and_then(|_| flag::register_usize(signal, &SIGNAL, signal as usize))
                .and_then(|_| flag::register(signal, &STOP))
                .context("cannot listen for signals")?;
        }
    }
    let listener = thread::Builder::new().spawn(|| {
        while !STOP.load(Relaxed) {
            thread::sleep(LOOK);
        }
        thread::sleep(TWICE);
        LAST.store(true, Relaxed);
        crate::output::complain(
            "stopping after the current step; press Ctrl-C again to stop at once",
        );
    });
    listener.context("cannot start a thread for signals")?;
    Ok(())
}

/// Whether the caller ignores a signal, as `nohup` and `trap '' INT` do. Known only on Linux.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
