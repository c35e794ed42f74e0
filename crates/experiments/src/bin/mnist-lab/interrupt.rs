//! Ctrl-C and its like: the first asks the runs to stop, so that each leaves a checkpoint.

use std::sync::atomic::{AtomicBool, AtomicI32};

use anyhow::Result;

/// Whether runs are to stop.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// The signal that asked for it; 0 for none.
pub(crate) static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// Hears of signals from now on: SIGINT and SIGTERM ask the runs to stop. A second SIGINT ends
/// the process at once; the last checkpoint counts.
///
/// # Errors
/// The system does not let us.
#[cfg(unix)]
pub(crate) fn listen() -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use std::sync::atomic::Ordering::Relaxed;
    use std::time::{Duration, Instant};

    /// What sends a signal to a process and its group sends it twice; nobody's finger is so fast.
    const SECOND: Duration = Duration::from_millis(50);

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
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
                Some(first) if signal == SIGINT && first.elapsed() > SECOND => {
                    std::process::exit(128 + signal);
                }
                Some(_) => {}
            }
        }
    });
    Ok(())
}

/// Where there are no such signals, a process is killed, and the last checkpoint counts.
#[cfg(not(unix))]
pub(crate) fn listen() -> Result<()> {
    Ok(())
}
