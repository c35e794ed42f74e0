//! Ctrl-C and its like: the first asks the runs to stop, so that each leaves a checkpoint.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether runs are to stop.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// The signal that asked for it; 0 for none.
pub(crate) static SIGNAL: AtomicUsize = AtomicUsize::new(0);

/// Whether the next signal ends the process.
static LAST: AtomicBool = AtomicBool::new(false);

/// Has a file that may not grow (`ulimit -f`) be an error of the write, with the file's name, where the
/// signal would end the process without a word.
///
/// # Errors
/// The system does not let us.
#[cfg(unix)]
pub(crate) fn survive_limits() -> Result<()> {
    static UNUSED: AtomicBool = AtomicBool::new(false);
    flag::register(signal_hook::consts::SIGXFSZ, &UNUSED)?;
    Ok(())
}

/// Where there are no such limits, there is nothing to survive.
#[cfg(not(unix))]
pub(crate) fn survive_limits() -> Result<()> {
    Ok(())
}

/// Hears of signals from now on: the first SIGINT (Ctrl-C, on Windows too) or SIGTERM asks the runs to stop, a
/// second one ends the process at once; then the last checkpoint counts. What our caller has told us to ignore is
/// ignored.
///
/// # Errors
/// The system does not let us.
pub(crate) fn listen() -> Result<()> {
    /// Windows has nothing to wait for; so we look now and then.
    const LOOK: Duration = Duration::from_millis(20);
    /// What sends a signal to a process and its group sends it twice; nobody's finger is so fast.
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

/// Whether our caller ignores a signal, as `nohup` and `trap '' INT` do. Only Linux tells.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
