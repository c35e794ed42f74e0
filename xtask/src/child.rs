//! Child processes, and the signals that are meant for them.

use std::path::Path;
use std::process::Command;
#[cfg(unix)]
use std::process::ExitStatus;
#[cfg(unix)]
use std::sync::atomic::{AtomicI32, Ordering};

use anyhow::{Context, Result, bail};

/// A child was interrupted, and has said how to go on; or it was killed.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) code: u8,
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The child that runs now; 0 for none.
#[cfg(unix)]
static CHILD: AtomicI32 = AtomicI32::new(0);

/// From now on a signal does not end this process while a child runs, which then ends in its own way.
/// A terminal sends SIGINT to both; SIGTERM comes to us alone, and is passed on.
///
/// # Errors
/// The system does not let us.
#[cfg(unix)]
pub(crate) fn listen() -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for signal in &mut signals {
            let child = Pid::from_raw(CHILD.load(Ordering::SeqCst));
            match (child, signal) {
                (None, _) => std::process::exit(128 + signal),
                (Some(child), SIGTERM) => drop(kill_process(child, Signal::TERM)),
                (Some(_), _) => {}
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn listen() -> Result<()> {
    Ok(())
}

/// Runs a command to its end and expects it to be well.
///
/// # Errors
/// [`Interrupted`], or the command and how it ended.
pub(crate) fn start(command: &mut Command) -> Result<()> {
    let words = command.get_args().map(|word| word.to_string_lossy());
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{program} {}", words.collect::<Vec<_>>().join(" "));
    let mut child = command.spawn().with_context(|| line.clone())?;
    #[cfg(unix)]
    CHILD.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
    let status = child.wait();
    #[cfg(unix)]
    CHILD.store(0, Ordering::SeqCst);
    let status = status.with_context(|| line.clone())?;
    #[cfg(unix)]
    if let Some(code) = interruption(status) {
        bail!(Interrupted { code });
    }
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// The exit code for a child that a signal ended, itself or by its own exit code.
#[cfg(unix)]
fn interruption(status: ExitStatus) -> Option<u8> {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    code.filter(|code| *code > 128)
        .and_then(|code| u8::try_from(code).ok())
}
