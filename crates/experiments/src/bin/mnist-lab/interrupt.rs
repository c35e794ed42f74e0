//! Ctrl-C and its like: the first asks the runs to stop, so that each leaves a checkpoint.

use std::sync::atomic::{AtomicBool, AtomicI32};

use anyhow::Result;

/// Whether runs are to stop.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// The signal that asked for it; 0 for none.
pub(crate) static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// Has a file that may not grow (`ulimit -f`) be an error of the write, with the file's name, where the
/// signal would end the process without a word.
///
/// # Errors
/// The system does not let us.
#[cfg(unix)]
pub(crate) fn survive_limits() -> Result<()> {
    let unused = std::sync::Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, unused)?;
    Ok(())
}

/// Where there are no signals, there is none of this kind.
#[cfg(not(unix))]
pub(crate) fn survive_limits() -> Result<()> {
    Ok(())
}

/// Hears of signals from now on: the first SIGINT or SIGTERM asks the runs to stop, a second one ends the
/// process at once; then the last checkpoint counts. What our caller has told us to ignore is ignored.
///
/// # Errors
/// The system does not let us.
#[cfg(unix)]
pub(crate) fn listen() -> Result<()> {
    use anyhow::Context;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use std::sync::atomic::Ordering::Relaxed;
    use std::time::{Duration, Instant};

    /// What sends a signal to a process and its group sends it twice; nobody's finger is so fast.
    const SECOND: Duration = Duration::from_millis(50);

    let heard = [SIGINT, SIGTERM]
        .into_iter()
        .filter(|&signal| !is_ignored(signal));
    let mut signals = Signals::new(heard).context("signals cannot be heard")?;
    let hear = move || {
        let mut first: Option<Instant> = None;
        for signal in &mut signals {
            match first {
                None => {
                    first = Some(Instant::now());
                    SIGNAL.store(signal, Relaxed);
                    STOP.store(true, Relaxed);
                    crate::commands::complain(
                        "stopping after the step under way; Ctrl-C again to stop at once",
                    );
                }
                Some(first) if first.elapsed() > SECOND => std::process::exit(128 + signal),
                Some(_) => {}
            }
        }
    };
    let listener = std::thread::Builder::new().spawn(hear);
    listener.context("a thread for signals cannot be started")?;
    Ok(())
}

/// Whether our caller ignores a signal, as `nohup` and `trap '' INT` do. Only Linux tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Where there are no such signals, a process is killed, and the last checkpoint counts.
#[cfg(not(unix))]
pub(crate) fn listen() -> Result<()> {
    Ok(())
}
